/**
 * Random programs that the kernel's verifier accepts as a rule: registers have fixed roles, so that every path into
 * a place leaves the same kinds of values there.
 *
 *   r6       the context (main function), a scalar elsewhere
 *   r7, r8   scalars, always
 *   r9       counter of the outermost loop, else a scalar
 *   r0–r5    scalars when `known` says so, pointers within one statement
 *   r10      frame pointer; fp−8 … fp−64 hold scalars from the start, fp−72 … keys, values and counters
 */
import { Jump, Opcode } from '#dist/shared/program/insn/opcodes.js';
import { MapType, ProgramType } from '#dist/shared/uapi.js';
import { arithmetic } from './arithmetic.js';
import { Code, type Label, type MapUse } from './code.js';
import { branch, loop } from './control.js';
import { callFunction, loopHelper } from './functions.js';
import { directValue, mapStatement, visitMap } from './maps.js';
import { atomicOnStack, stackLoad, stackStore } from './memory.js';
import { contextStatement, packetHelper, packetStatement, packetLoad } from './packets.js';
import { Random } from './random.js';

export interface FuzzMap {
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  /** Packed pairs that are there at the start. */
  readonly entries: readonly (readonly [key: Uint8Array, value: Uint8Array])[];
}

export interface FuzzProgram {
  readonly seed: number;
  readonly type: number;
  readonly insns: Code['insns'];
  readonly uses: readonly MapUse[];
  readonly maps: readonly FuzzMap[];
  readonly packet: Uint8Array;
  /** First slots of the functions, the main one's first, ascending. */
  readonly functions: readonly number[];
}

export interface GenerateOptions {
  /** Map types that may occur; none: programs without maps. */
  readonly mapTypes: readonly number[];
}

/** What a statement generator works on. */
export class Generator {
  readonly random: Random;
  readonly code = new Code();
  readonly maps: FuzzMap[] = [];
  readonly type: number;
  /** Registers of r0–r5 that hold scalars here. */
  known = new Set<number>();
  /** Functions that still have to be written. */
  readonly functions: {
    readonly label: Label;
    readonly kind: 'static' | 'callback' | 'visitor';
    readonly level: number;
    /** False: elements come in no order that two maps share. */
    readonly ordered?: boolean;
  }[] = [];
  inMain = true;
  level = 0;
  /** Loops around this place, and how often their bodies run together. */
  loops = 0;
  rounds = 1;
  branches = 0;
  /** Times that the packet grows, at most. */
  growths = 0;
  /** Statements that may still be made. */
  budget: number;

  constructor(seed: number, options: GenerateOptions) {
    this.random = new Random(seed);
    this.type = this.random.pick([
      ProgramType.SCHED_CLS,
      ProgramType.SCHED_CLS,
      ProgramType.XDP,
      ProgramType.SOCKET_FILTER,
    ]);
    this.budget = this.random.between(25, 70);
    if (options.mapTypes.length > 0 && this.random.chance(0.6)) this.#makeMaps(options.mapTypes);
  }

  /** A register that holds a scalar. */
  scalar(): number {
    return this.random.pick([7, 8, ...(this.inMain ? [] : [6]), ...(this.loops === 0 ? [9] : []), ...this.known]);
  }

  /** A register that may be overwritten with a scalar; it counts as known from here on. */
  target(): number {
    const register = this.random.pick([
      7,
      8,
      0,
      1,
      2,
      3,
      4,
      5,
      ...(this.inMain ? [] : [6]),
      ...(this.loops === 0 ? [9] : []),
    ]);
    if (register <= 5) this.known.add(register);
    return register;
  }

  /** A call was made: r1–r5 are gone, r0 is a scalar. */
  called(): void {
    this.known = new Set([0]);
  }

  statement(): void {
    this.budget--;
    const { random } = this;
    const kind = random.below(100);
    if (kind < 36) arithmetic(this);
    else if (kind < 44) stackStore(this);
    else if (kind < 52) stackLoad(this);
    else if (kind < 59) atomicOnStack(this);
    else if (kind < 70) branch(this);
    else if (kind < 75) loop(this);
    else if (kind < 80) callFunction(this);
    else if (kind < 82) loopHelper(this);
    else if (!this.inMain) arithmetic(this);
    else if (kind < 92 && this.maps.length > 0)
      random.pick([directValue, mapStatement, mapStatement, mapStatement, visitMap])(this);
    else if (kind < 94) contextStatement(this);
    else if (kind < 97) packetStatement(this);
    else if (kind < 98) packetLoad(this);
    else packetHelper(this);
  }

  #makeMaps(types: readonly number[]): void {
    const { random } = this;
    for (let count = random.between(1, 3); count > 0; count--) {
      const type = random.pick(types);
      const isArray = type === MapType.ARRAY || type === MapType.PERCPU_ARRAY;
      const keySize = isArray ? 4 : random.pick([4, 8, 16, 12]);
      const valueSize = random.pick([8, 16, 32, 64]);
      const maxEntries = random.pick([1, 2, 4, 8]);
      const entries = Array.from({ length: isArray ? maxEntries : random.below(maxEntries + 1) }, (_, index) => {
        const key = new Uint8Array(keySize);
        key[0] = index;
        return [key, random.bytes(valueSize)] as const;
      });
      this.maps.push({ type, keySize, valueSize, maxEntries, entries });
    }
  }
}

/** Bytes below r10 that hold scalars from the start of every function. */
export const SCALAR_STACK = 64;

/** The program of a seed. */
export function generate(seed: number, options: GenerateOptions): FuzzProgram {
  const generator = new Generator(seed, options);
  const { code, random } = generator;
  const packet = random.bytes(random.between(54, 200));
  packet[12] = 0x08;
  packet[13] = 0;
  code.copy(6, 1);
  prologue(generator, [7, 8, 9]);
  while (generator.budget > 0) generator.statement();
  epilogue(generator);
  const functions = [0];
  while (generator.functions.length > 0) functions.push(writeFunction(generator));
  code.finish();
  const { type, maps } = generator;
  return { seed, type, insns: code.insns, uses: code.uses, maps, packet, functions };
}

function prologue({ code, random }: Generator, registers: readonly number[]): void {
  for (const register of registers) {
    const value = random.wide();
    const imm = Number(BigInt.asIntN(32, value));
    const immHigh = Number(BigInt.asIntN(32, value >> 32n));
    code.emit({ opcode: Opcode.LOAD_IMMEDIATE, dst: register, imm, immHigh });
  }
  for (let offset = 8; offset <= SCALAR_STACK; offset += 8) {
    if (random.chance(0.5)) code.storeImmediate(8, 10, -offset, random.immediate());
    else code.store(8, 10, random.pick(registers), -offset);
  }
}

/** r0 shows all that the function knows, folded to 32 bits. */
function epilogue(generator: Generator): void {
  const { code } = generator;
  code.copy(0, 7);
  const fold = (register: number) => {
    code.emit({ opcode: 0x27, dst: 0, imm: 31 });
    code.emit({ opcode: 0xaf, dst: 0, src: register });
  };
  for (const register of [8, 9]) fold(register);
  for (let offset = 8; offset <= SCALAR_STACK; offset += 8) {
    code.load(8, 1, 10, -offset);
    fold(1);
  }
  code.copy(1, 0);
  code.emit({ opcode: 0x77, dst: 1, imm: 32 });
  code.emit({ opcode: 0xaf, dst: 0, src: 1 });
  code.emit({ opcode: Opcode.EXIT });
}

/** Argument registers that hold scalars. */
const ARGUMENTS = { static: [1, 2, 3, 4, 5], callback: [1], visitor: [] } as const;

/** r2 points to the key, r3 to the value of the element. */
function visitElement({ code, random }: Generator): void {
  code.load(4, 6, 2, 0);
  code.load(8, 7, 3, 0);
  code.emit({ opcode: random.pick([0x0f, 0xaf, 0x2f]), dst: 7, src: random.pick([6, 8]) });
  code.store(random.pick([1, 2, 4, 8] as const), 3, 7, 0);
}

/** Returns where it begins. */
function writeFunction(generator: Generator): number {
  const next = generator.functions.shift() as Generator['functions'][number];
  const { code, random } = generator;
  code.place(next.label);
  generator.inMain = false;
  generator.level = next.level;
  generator.loops = 0;
  generator.rounds = 1;
  generator.branches = 0;
  generator.known = new Set(ARGUMENTS[next.kind]);
  prologue(generator, [6, 7, 8, 9]);
  for (const register of generator.known) {
    code.emit({ opcode: 0xaf, dst: random.pick([6, 7, 8, 9]), src: register });
  }
  if (next.kind === 'visitor') visitElement(generator);
  generator.budget = random.between(4, 14);
  while (generator.budget > 0) generator.statement();
  if (next.kind === 'static') {
    epilogue(generator);
    return next.label.slot;
  }
  // A callback says 0 (go on) or 1 (stop), the latter rarely; never in a hash, whose order is the map's own affair.
  code.mov(0, 0);
  if (next.ordered === false) {
    code.emit({ opcode: Opcode.EXIT });
    return next.label.slot;
  }
  code.emit({ opcode: 0x05 | Jump.JNE, dst: 7, offset: 1, imm: random.immediate() });
  code.mov(0, 1);
  code.emit({ opcode: Opcode.EXIT });
  return next.label.slot;
}
