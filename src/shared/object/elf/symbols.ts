import { ByteReader } from '../bytes.js';
import { malformed } from '../errors.js';
import { SectionType, SymbolType, UNDEFINED } from './constants.js';
import { contentsOf, type ElfFile, elfString } from './read.js';

export interface ElfSymbol {
  readonly index: number;
  readonly name: string;
  readonly type: number;
  readonly binding: number;
  readonly visibility: number;
  /** Index of the section that it lies in; 0 = not defined here. */
  readonly section: number;
  /** Bytes from the start of its section. */
  readonly value: number;
  readonly size: number;
}

const SYMBOL_SIZE = 24;

/** The symbols of an object; none when it has no symbol table. Throws ObjectError. */
export function readSymbols(elf: ElfFile): ElfSymbol[] {
  const table = elf.sections.find((section) => section.type === SectionType.SYMTAB);
  if (table === undefined) return [];
  const data = contentsOf(table);
  if (table.entrySize !== SYMBOL_SIZE || data.length % SYMBOL_SIZE !== 0) {
    throw malformed(
      `symbols: ${data.length} bytes in entries of ${table.entrySize}, expected ${SYMBOL_SIZE}`,
      table.offset,
    );
  }
  const strings = elf.sections[table.link];
  if (strings === undefined || strings.type !== SectionType.STRTAB) {
    throw malformed(`symbols: their names are in section ${table.link}, which is no string table`, table.offset);
  }
  const reader = new ByteReader(data, elf.littleEndian);
  const symbols: ElfSymbol[] = [];
  for (let at = 0; at < data.length; at += SYMBOL_SIZE) symbols.push(readSymbol(elf, reader, strings.data, at));
  return symbols;
}

function readSymbol(elf: ElfFile, reader: ByteReader, strings: Uint8Array, at: number): ElfSymbol {
  const index = at / SYMBOL_SIZE;
  const info = reader.u8(at + 4);
  const section = reader.u16(at + 6);
  const type = info & 0xf;
  const given = elfString(strings, reader.u32(at), `name of symbol ${index}`);
  return {
    index,
    name: type === SymbolType.SECTION && given === '' ? (elf.sections[section]?.name ?? '') : given,
    type,
    binding: info >>> 4,
    visibility: reader.u8(at + 5) & 3,
    section,
    value: reader.size64(at + 8),
    size: reader.size64(at + 16),
  };
}

export function isUndefined(symbol: ElfSymbol): boolean {
  return symbol.section === UNDEFINED;
}
