import { ByteReader } from '../bytes.js';
import { malformed, unsupported } from '../errors.js';
import { RelocationType, SectionType } from './constants.js';
import { contentsOf, type ElfFile, type ElfSection } from './read.js';
import type { ElfSymbol } from './symbols.js';

export interface ElfRelocation {
  /** Byte in the section that is changed. */
  readonly offset: number;
  readonly type: number;
  readonly symbol: ElfSymbol;
}

const ENTRY_SIZE = 16;

/** The relocations of a section, in the order of the file. What is added to the symbol lies in the section. */
export function relocationsOf(elf: ElfFile, symbols: readonly ElfSymbol[], target: ElfSection): ElfRelocation[] {
  const relocations: ElfRelocation[] = [];
  for (const section of elf.sections) {
    if (section.info !== target.index) continue;
    if (section.type === SectionType.RELA) {
      throw unsupported(
        `section ${section.name}: relocations with addends (RELA), which no compiler for BPF writes`,
        section.offset,
      );
    }
    if (section.type === SectionType.REL) readInto(relocations, elf, symbols, section, target);
  }
  return relocations;
}

function readInto(
  into: ElfRelocation[],
  elf: ElfFile,
  symbols: readonly ElfSymbol[],
  section: ElfSection,
  target: ElfSection,
): void {
  const data = contentsOf(section);
  if (data.length % ENTRY_SIZE !== 0) {
    throw malformed(
      `section ${section.name}: ${data.length} bytes of relocations, expected a multiple of ${ENTRY_SIZE}`,
      section.offset,
    );
  }
  const reader = new ByteReader(data, elf.littleEndian);
  for (let at = 0; at < data.length; at += ENTRY_SIZE) {
    const offset = reader.size64(at);
    const info = reader.u64(at + 8);
    const symbol = symbols[Number(info >> 32n)];
    if (symbol === undefined)
      throw malformed(`section ${section.name}: symbol ${info >> 32n} of ${symbols.length}`, section.offset + at);
    if (offset >= target.size) {
      throw malformed(
        `section ${section.name}: changes byte ${offset} of ${target.size} of ${target.name}`,
        section.offset + at,
      );
    }
    into.push({ offset, type: Number(info & 0xffff_ffffn), symbol });
  }
}

/**
 * A copy of a debug section (`.BTF`, `.BTF.ext`) with its relocations applied: each adds the place of a symbol in
 * its section to what is there.
 */
export function relocatedData(elf: ElfFile, symbols: readonly ElfSymbol[], section: ElfSection): Uint8Array {
  const data = contentsOf(section).slice();
  const view = new DataView(data.buffer);
  for (const { offset, type, symbol } of relocationsOf(elf, symbols, section)) {
    if (symbol.value === 0) continue;
    const width = type === RelocationType.ABS64 ? 8 : 4;
    if (offset + width > data.length)
      throw malformed(`${section.name}: a relocation at byte ${offset} of ${data.length}`, section.offset + offset);
    if (width === 8)
      view.setBigUint64(offset, view.getBigUint64(offset, elf.littleEndian) + BigInt(symbol.value), elf.littleEndian);
    else view.setUint32(offset, view.getUint32(offset, elf.littleEndian) + symbol.value, elf.littleEndian);
  }
  return data;
}
