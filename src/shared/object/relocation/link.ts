/**
 * Linking: a program is its own instructions, and behind them every subprogram that it reaches, each once, with
 * calls and addresses of functions turned into distances. References to maps and data stay symbolic.
 */
import { ByteReader } from '../bytes.js';
import { contentsOf, type ElfRelocation, type ElfSection, RelocationType, relocationsOf } from '../elf/index.js';
import { malformed, unresolved, unsupported } from '../errors.js';
import { functionAt, INSTRUCTION_SIZE, type ObjectFunction } from '../programs/functions.js';
import { isProgramSection, type ObjectSource } from '../source.js';
import type { ObjectMapReference } from '../spec.js';
import { addressOf, type SymbolTargets } from './targets.js';

/** A function in a linked program: where it went. */
export interface LinkedPiece {
  readonly function: ObjectFunction;
  /** Its first instruction in the program. */
  readonly at: number;
}

export interface LinkedProgram {
  readonly insns: Uint8Array;
  readonly pieces: readonly LinkedPiece[];
  readonly references: readonly ObjectMapReference[];
  readonly problems: readonly string[];
}

const CALL = 0x85;
const LOAD_64 = 0x18;
const Pseudo = { MAP_FD: 1, MAP_VALUE: 2, FUNCTION: 4, CALL: 1 } as const;
/** As libbpf marks a call of a weak kernel function that is not there: no such helper exists. */
const POISONED_KFUNC = 2_002_000_000;
const MAX_DEPTH = 256;
/** The kernel takes no more instructions in a program. */
const MAX_INSTRUCTIONS = 1_000_000;
/** Of all programs together, in bytes: what a file of a sensible size never reaches. */
const MAX_LINKED = 64 * 1024 * 1024;

export class Linker {
  readonly #source: ObjectSource;
  readonly #functions: readonly ObjectFunction[];
  readonly #targets: SymbolTargets;
  /** Relocations of each section, by instruction. */
  readonly #relocations = new Map<ElfSection, Map<number, ElfRelocation>>();
  #total = 0;

  constructor(source: ObjectSource, functions: readonly ObjectFunction[], targets: SymbolTargets) {
    this.#source = source;
    this.#functions = functions;
    this.#targets = targets;
  }

  /** Throws ObjectError for a reference that leads nowhere. */
  link(program: ObjectFunction): LinkedProgram {
    const image = new Image();
    this.#place(image, program, 0);
    this.#total += image.length * INSTRUCTION_SIZE;
    if (this.#total > MAX_LINKED)
      throw malformed(`programs that link to more than ${MAX_LINKED} bytes in all`, program.section.offset);
    const insns = new Uint8Array(image.length * INSTRUCTION_SIZE);
    for (const { function: piece, at } of image.pieces) insns.set(instructionsOf(piece), at * INSTRUCTION_SIZE);
    const view = new DataView(insns.buffer);
    const result = { insns, pieces: image.pieces, references: [] as ObjectMapReference[], problems: [] as string[] };
    for (const piece of image.pieces) this.#resolve(piece, image, view, result);
    return result;
  }

  /** Put a function into the image, then those that it reaches, in the order of their first mention. */
  #place(image: Image, piece: ObjectFunction, depth: number): void {
    if (depth > MAX_DEPTH)
      throw unsupported(
        `function ${piece.name}: calls that are nested more than ${MAX_DEPTH} deep`,
        piece.section.offset,
      );
    image.add(piece);
    if (image.length > MAX_INSTRUCTIONS)
      throw malformed(
        `function ${piece.name}: more than ${MAX_INSTRUCTIONS} instructions with what it calls`,
        piece.section.offset,
      );
    const reader = new ByteReader(instructionsOf(piece), true);
    for (const slot of slotsOf(reader)) {
      const callee = this.#callee(piece, reader, slot);
      if (callee !== undefined && !image.has(callee)) this.#place(image, callee, depth + 1);
    }
  }

  /** The function that an instruction calls or takes the address of. */
  #callee(piece: ObjectFunction, reader: ByteReader, slot: number): ObjectFunction | undefined {
    const at = slot * INSTRUCTION_SIZE;
    const code = reader.u8(at);
    const source = reader.u8(at + 1) >>> 4;
    const relocation = this.#relocationsOf(piece.section).get(piece.start + slot);
    const isCall = code === CALL && source === Pseudo.CALL;
    if (relocation === undefined) {
      if (!isCall) return undefined;
      return this.#function(piece, slot, piece.section, piece.start + slot + 1 + reader.i32(at + 4));
    }
    const section = this.#source.elf.sections[relocation.symbol.section];
    if (section === undefined || relocation.symbol.section === 0 || !isProgramSection(section)) return undefined;
    if (isCall)
      return this.#function(piece, slot, section, relocation.symbol.value / INSTRUCTION_SIZE + reader.i32(at + 4) + 1);
    if (code !== LOAD_64) return undefined;
    return this.#function(piece, slot, section, (relocation.symbol.value + reader.i32(at + 4)) / INSTRUCTION_SIZE);
  }

  #function(piece: ObjectFunction, slot: number, section: ElfSection, start: number): ObjectFunction {
    const callee = functionAt(this.#functions, section, start);
    if (callee !== undefined) return callee;
    throw unresolved(
      `${where(piece, slot)}: no function begins at instruction ${start} of section ${section.name}`,
      byteOf(piece, slot),
    );
  }

  #resolve(piece: LinkedPiece, image: Image, view: DataView, result: MutableProgram): void {
    const reader = new ByteReader(instructionsOf(piece.function), true);
    for (const slot of slotsOf(reader)) {
      const at = (piece.at + slot) * INSTRUCTION_SIZE;
      const callee = this.#callee(piece.function, reader, slot);
      if (callee !== undefined) {
        view.setInt32(at + 4, image.at(callee) - (piece.at + slot) - 1, true);
        if (reader.u8(slot * INSTRUCTION_SIZE) === LOAD_64) setSource(view, at, Pseudo.FUNCTION);
        continue;
      }
      const relocation = this.#relocationsOf(piece.function.section).get(piece.function.start + slot);
      if (relocation !== undefined) this.#apply(piece, slot, relocation, view, result);
    }
  }

  /** References to what is no function of the object. */
  #apply(piece: LinkedPiece, slot: number, relocation: ElfRelocation, view: DataView, result: MutableProgram): void {
    const at = (piece.at + slot) * INSTRUCTION_SIZE;
    const code = view.getUint8(at);
    const here = where(piece.function, slot);
    if (code !== LOAD_64 && code !== CALL) {
      throw unsupported(
        `${here}: symbol ${relocation.symbol.name} in an instruction 0x${code.toString(16)}`,
        byteOf(piece.function, slot),
      );
    }
    const target = this.#targets.find(relocation.symbol, code === LOAD_64 ? view.getInt32(at + 4, true) : 0);
    switch (target.kind) {
      case 'map':
        if (code === CALL) break;
        setSource(view, at, target.offset === undefined ? Pseudo.MAP_FD : Pseudo.MAP_VALUE);
        view.setInt32(at + 4, 0, true);
        view.setInt32(at + 12, target.offset ?? 0, true);
        result.references.push({ slot: piece.at + slot, map: target.map, ...addressOf(target) });
        return;
      case 'absent':
        if (!target.weak) result.problems.push(`${here}: ${target.what}`);
        setSource(view, at, 0);
        view.setInt32(at + 4, code === CALL ? POISONED_KFUNC + target.index : 0, true);
        if (code === LOAD_64) view.setInt32(at + 12, 0, true);
        return;
    }
    throw unresolved(`${here}: calls ${relocation.symbol.name}, which is no function`, byteOf(piece.function, slot));
  }

  #relocationsOf(section: ElfSection): Map<number, ElfRelocation> {
    let bySlot = this.#relocations.get(section);
    if (bySlot !== undefined) return bySlot;
    bySlot = new Map();
    for (const relocation of relocationsOf(this.#source.elf, this.#source.symbols, section)) {
      const { offset, type } = relocation;
      if (type === RelocationType.NONE) continue;
      if (type !== RelocationType.LD64 && type !== RelocationType.CALL) {
        throw unsupported(
          `section ${section.name}: relocation of type ${type} at byte ${offset} of a program`,
          section.offset + offset,
        );
      }
      if (offset % INSTRUCTION_SIZE !== 0)
        throw malformed(
          `section ${section.name}: a relocation at byte ${offset}, inside of an instruction`,
          section.offset + offset,
        );
      bySlot.set(offset / INSTRUCTION_SIZE, relocation);
    }
    this.#relocations.set(section, bySlot);
    return bySlot;
  }
}

interface MutableProgram {
  readonly references: ObjectMapReference[];
  readonly problems: string[];
}

/** Functions in the order in which they lie in a linked program. */
class Image {
  readonly pieces: LinkedPiece[] = [];
  readonly #at = new Map<ObjectFunction, number>();
  length = 0;

  has(piece: ObjectFunction): boolean {
    return this.#at.has(piece);
  }

  at(piece: ObjectFunction): number {
    return this.#at.get(piece)!;
  }

  add(piece: ObjectFunction): void {
    this.#at.set(piece, this.length);
    this.pieces.push({ function: piece, at: this.length });
    this.length += piece.end - piece.start;
  }
}

function instructionsOf(piece: ObjectFunction): Uint8Array {
  return contentsOf(piece.section).subarray(piece.start * INSTRUCTION_SIZE, piece.end * INSTRUCTION_SIZE);
}

/** Slots at which instructions begin: a 64-bit load takes two. */
function* slotsOf(reader: ByteReader): Iterable<number> {
  const count = reader.length / INSTRUCTION_SIZE;
  for (let slot = 0; slot < count; slot++) {
    const wide = reader.u8(slot * INSTRUCTION_SIZE) === LOAD_64;
    if (wide && slot + 1 === count) throw malformed('a 64-bit load whose second half is missing');
    yield slot;
    if (wide) slot++;
  }
}

function setSource(view: DataView, at: number, source: number): void {
  view.setUint8(at + 1, (view.getUint8(at + 1) & 0xf) | (source << 4));
}

function where(piece: ObjectFunction, slot: number): string {
  return `function ${piece.name}, instruction ${slot}`;
}

function byteOf(piece: ObjectFunction, slot: number): number {
  return piece.section.offset + (piece.start + slot) * INSTRUCTION_SIZE;
}
