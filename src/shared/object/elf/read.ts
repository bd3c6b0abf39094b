import { ByteReader, plainBytes } from '../bytes.js';
import { malformed, unsupported } from '../errors.js';
import { ElfType, EXTENDED_INDEX, Machine, SectionFlag, SectionType } from './constants.js';

export interface ElfSection {
  readonly index: number;
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  /** First byte in the file. */
  readonly offset: number;
  /** Bytes when loaded; a section of type NOBITS has none of them in the file. */
  readonly size: number;
  readonly link: number;
  readonly info: number;
  readonly entrySize: number;
  /** A view of the file; empty for NOBITS. */
  readonly data: Uint8Array;
}

export interface ElfFile {
  readonly littleEndian: boolean;
  readonly machine: number;
  readonly sections: readonly ElfSection[];
  readonly reader: ByteReader;
}

const HEADER_SIZE = 64;
const SECTION_SIZE = 64;
const MAX_NAME = 1024;

interface RawSection extends Omit<ElfSection, 'name' | 'data'> {
  readonly nameOffset: number;
}

/**
 * Read a relocatable ELF64 file of either byte order. Throws ObjectError for what is no such file, or whose
 * parts lie outside of it. Nothing is allocated by a count that the file only claims.
 */
export function readElf(given: Uint8Array): ElfFile {
  const bytes = plainBytes(given);
  const littleEndian = checkIdent(bytes);
  const reader = new ByteReader(bytes, littleEndian);
  const type = reader.u16(16);
  const machine = reader.u16(18);
  if (type !== ElfType.RELOCATABLE) throw unsupported(`ELF type ${type}, expected a relocatable object (1)`, 16);
  if (machine !== Machine.BPF && machine !== Machine.NONE) {
    throw unsupported(`ELF machine ${machine}, expected BPF (${Machine.BPF}): compile with -target bpf`, 18);
  }
  const raw = readHeaders(reader);
  return { littleEndian, machine, sections: nameSections(reader, raw), reader };
}

/** Whether the file is little-endian. */
function checkIdent(bytes: Uint8Array): boolean {
  if (bytes.length < 4 || bytes[0] !== 0x7f || bytes[1] !== 0x45 || bytes[2] !== 0x4c || bytes[3] !== 0x46) {
    throw malformed('not an ELF file: its magic is missing', 0);
  }
  if (bytes.length < HEADER_SIZE)
    throw malformed(`cut off: ${bytes.length} bytes of an ELF header of ${HEADER_SIZE}`, 0);
  if (bytes[4] !== 2) throw unsupported(`ELF class ${bytes[4]}, expected 64-bit (2)`, 4);
  if (bytes[5] !== 1 && bytes[5] !== 2) throw malformed(`byte order ${bytes[5]}, expected 1 (little) or 2 (big)`, 5);
  if (bytes[6] !== 1) throw unsupported(`ELF version ${bytes[6]}, expected 1`, 6);
  return bytes[5] === 1;
}

function readHeaders(reader: ByteReader): RawSection[] {
  const table = reader.size64(40);
  const entry = reader.u16(58);
  if (table === 0) throw malformed('no section headers', 40);
  if (entry !== SECTION_SIZE) throw malformed(`section headers of ${entry} bytes, expected ${SECTION_SIZE}`, 58);
  if (table + SECTION_SIZE > reader.length)
    throw malformed(`section headers at ${table}, past the end of ${reader.length} bytes`, 40);
  // A count that needs more than 16 bits lies in the first header.
  const count = reader.u16(60) || reader.size64(table + 32);
  if (count === 0 || table + count * SECTION_SIZE > reader.length) {
    throw malformed(`${count} section headers at ${table}, the file ends at ${reader.length}`, 60);
  }
  const sections: RawSection[] = [];
  for (let index = 0; index < count; index++) sections.push(readHeader(reader, table + index * SECTION_SIZE, index));
  return sections;
}

function readHeader(reader: ByteReader, at: number, index: number): RawSection {
  const section = {
    index,
    nameOffset: reader.u32(at),
    type: reader.u32(at + 4),
    flags: Number(reader.u64(at + 8) & 0xffff_ffffn),
    offset: reader.size64(at + 24),
    size: reader.size64(at + 32),
    link: reader.u32(at + 40),
    info: reader.u32(at + 44),
    entrySize: reader.size64(at + 56),
  };
  const inFile = section.type !== SectionType.NOBITS && section.type !== 0;
  if (inFile && section.offset + section.size > reader.length) {
    throw malformed(
      `section ${index}: ${section.size} bytes at ${section.offset}, the file ends at ${reader.length}`,
      at,
    );
  }
  return section;
}

function nameSections(reader: ByteReader, raw: readonly RawSection[]): ElfSection[] {
  let tableIndex = reader.u16(62);
  if (tableIndex === EXTENDED_INDEX) tableIndex = raw[0]!.link;
  const table = raw[tableIndex];
  if (table === undefined || table.type !== SectionType.STRTAB) {
    throw malformed(`section names in section ${tableIndex}, which is no string table`, 62);
  }
  const names = reader.bytes.subarray(table.offset, table.offset + table.size);
  return raw.map(({ nameOffset, ...section }) => {
    const name = section.index === 0 ? '' : elfString(names, nameOffset, `name of section ${section.index}`);
    const inFile = section.type !== SectionType.NOBITS && section.type !== 0;
    const data = inFile ? reader.bytes.subarray(section.offset, section.offset + section.size) : new Uint8Array(0);
    return { ...section, name, data };
  });
}

/** A NUL-terminated string of a string table. */
export function elfString(table: Uint8Array, offset: number, what: string): string {
  let text = '';
  for (let at = offset; at < table.length && text.length < MAX_NAME; at++) {
    const byte = table[at]!;
    if (byte === 0) return text;
    text += String.fromCharCode(byte);
  }
  throw malformed(
    `${what}: at ${offset} of a string table of ${table.length} bytes, without an end within ${MAX_NAME} bytes`,
  );
}

/** The bytes of a section that must be readable as they are. */
export function contentsOf(section: ElfSection): Uint8Array {
  if (section.flags & SectionFlag.COMPRESSED)
    throw unsupported(`section ${section.name} is compressed`, section.offset);
  return section.data;
}

export function sectionNamed(elf: ElfFile, name: string): ElfSection | undefined {
  return elf.sections.find((section) => section.name === name);
}
