/** `.BTF.ext`: which function and which source line an instruction belongs to, and the CO-RE relocations. */
import { ByteReader } from '../bytes.js';
import { BtfError } from '../errors.js';
import { BTF_MAGIC } from './header.js';
import { type Btf, stringAt } from './types.js';

/** A function begins at `insn`. */
export interface FunctionInfo {
  /** In `.BTF.ext`: byte in the section. In PROG_LOAD: instruction of 8 bytes. */
  readonly insn: number;
  /** Id of a `func` type. */
  readonly type: number;
}

/** From `insn` on, instructions come from this line. */
export interface LineInfo {
  readonly insn: number;
  /** Offsets in the strings of the BTF. */
  readonly file: number;
  readonly text: number;
  readonly line: number;
  readonly column: number;
}

/** A value in an instruction that depends on the target's types. */
export interface CoreRelocation {
  readonly insn: number;
  /** Id of the type in the object's own BTF. */
  readonly type: number;
  /** Where in the type, as `0:1:2`. */
  readonly access: string;
  /** Number of `enum bpf_core_relo_kind`. */
  readonly kind: number;
}

/** Records by the name of the section whose instructions they are about. */
export interface BtfExtension {
  readonly functions: ReadonlyMap<string, readonly FunctionInfo[]>;
  readonly lines: ReadonlyMap<string, readonly LineInfo[]>;
  readonly relocations: ReadonlyMap<string, readonly CoreRelocation[]>;
}

export const FUNCTION_INFO_SIZE = 8;
export const LINE_INFO_SIZE = 16;
const CORE_RELOCATION_SIZE = 16;
const MAX_RECORD = 256;

type RecordParser<T> = (reader: ByteReader, at: number) => T;

/** Read `.BTF.ext`. Throws BtfError. */
export function readBtfExtension(bytes: Uint8Array, btf: Btf, littleEndian = true): BtfExtension {
  const reader = new ByteReader(
    bytes,
    littleEndian,
    (message, offset) => new BtfError('EINVAL', `.BTF.ext: ${message}`, { offset }),
  );
  if (reader.u16(0) !== BTF_MAGIC) throw refuse(`magic 0x${reader.u16(0).toString(16)}, expected 0xeb9f`, 0);
  if (reader.u8(2) !== 1)
    throw new BtfError('ENOTSUPP', `.BTF.ext: version ${reader.u8(2)}, expected 1`, { offset: 2 });
  const headerSize = reader.u32(4);
  if (headerSize < 24 || headerSize > bytes.length)
    throw refuse(`a header of ${headerSize} bytes in ${bytes.length}`, 4);
  const section = <T>(at: number, minimum: number, parse: RecordParser<T>): Map<string, T[]> => {
    if (at + 8 > headerSize) return new Map();
    const start = headerSize + reader.u32(at);
    return readRecords(reader, btf, start, start + reader.u32(at + 4), minimum, parse);
  };
  return {
    functions: section(8, FUNCTION_INFO_SIZE, functionRecord),
    lines: section(16, LINE_INFO_SIZE, lineRecord),
    relocations: section(24, CORE_RELOCATION_SIZE, (from, at) => relocationRecord(from, at, btf)),
  };
}

/** The `func_info` array of PROG_LOAD: `insn` counts instructions. */
export function readFunctionInfo(bytes: Uint8Array, recordSize: number, count: number): FunctionInfo[] {
  return readArray(bytes, recordSize, count, FUNCTION_INFO_SIZE, functionRecord);
}

/** The `line_info` array of PROG_LOAD: `insn` counts instructions. */
export function readLineInfo(bytes: Uint8Array, recordSize: number, count: number): LineInfo[] {
  return readArray(bytes, recordSize, count, LINE_INFO_SIZE, lineRecord);
}

/** For PROG_LOAD: 8 bytes a record. */
export function writeFunctionInfo(records: readonly FunctionInfo[]): Uint8Array {
  const words = new Uint32Array(records.flatMap(({ insn, type }) => [insn, type]));
  return new Uint8Array(words.buffer);
}

/** For PROG_LOAD: 16 bytes a record. */
export function writeLineInfo(records: readonly LineInfo[]): Uint8Array {
  const words = new Uint32Array(records.length * 4);
  for (const [index, { insn, file, text, line, column }] of records.entries()) {
    words.set([insn, file, text, line * 1024 + column], index * 4);
  }
  return new Uint8Array(words.buffer);
}

function readArray<T>(
  bytes: Uint8Array,
  recordSize: number,
  count: number,
  minimum: number,
  parse: RecordParser<T>,
): T[] {
  const reader = new ByteReader(bytes, true, (message, offset) => new BtfError('EINVAL', message, { offset }));
  if (recordSize < minimum || recordSize > MAX_RECORD || recordSize % 4 !== 0) {
    throw refuse(`records of ${recordSize} bytes, expected ${minimum} to ${MAX_RECORD} and a multiple of 4`, 0);
  }
  const records: T[] = [];
  for (let index = 0; index < count; index++) {
    records.push(parse(reader, index * recordSize));
    checkTail(reader, index * recordSize + minimum, (index + 1) * recordSize);
  }
  return records;
}

/** Bytes of a record that are not known here must be zero. */
function checkTail(reader: ByteReader, from: number, to: number): void {
  for (let at = from; at < to; at++) {
    if (reader.u8(at) !== 0)
      throw new BtfError('E2BIG', 'unknown fields of a record that are not zero', { offset: at });
  }
}

function readRecords<T>(
  reader: ByteReader,
  btf: Btf,
  start: number,
  end: number,
  minimum: number,
  parse: RecordParser<T>,
): Map<string, T[]> {
  const sections = new Map<string, T[]>();
  if (start === end) return sections;
  if (end > reader.length) throw refuse(`records up to byte ${end} of ${reader.length}`, start);
  const recordSize = reader.u32(start);
  if (recordSize < minimum || recordSize > MAX_RECORD || recordSize % 4 !== 0) {
    throw refuse(`records of ${recordSize} bytes, expected ${minimum} or more`, start);
  }
  for (let at = start + 4; at < end; ) {
    const name = stringAt(btf.strings, reader.u32(at));
    const count = reader.u32(at + 4);
    if (name === undefined || name === '') throw refuse('records of a section without a name', at);
    const next = at + 8 + count * recordSize;
    if (count === 0 || next > end) throw refuse(`${count} records of section ${name}, which do not fit`, at);
    const records = sections.get(name) ?? [];
    for (let record = at + 8; record < next; record += recordSize) records.push(parse(reader, record));
    sections.set(name, records);
    at = next;
  }
  return sections;
}

function functionRecord(reader: ByteReader, at: number): FunctionInfo {
  return { insn: reader.u32(at), type: reader.u32(at + 4) };
}

function lineRecord(reader: ByteReader, at: number): LineInfo {
  const place = reader.u32(at + 12);
  return {
    insn: reader.u32(at),
    file: reader.u32(at + 4),
    text: reader.u32(at + 8),
    line: place >>> 10,
    column: place & 0x3ff,
  };
}

function relocationRecord(reader: ByteReader, at: number, btf: Btf): CoreRelocation {
  const access = stringAt(btf.strings, reader.u32(at + 8));
  if (access === undefined) throw refuse('a relocation whose access string is past the strings', at);
  return { insn: reader.u32(at), type: reader.u32(at + 4), access, kind: reader.u32(at + 12) };
}

function refuse(problem: string, offset: number): BtfError {
  return new BtfError('EINVAL', `.BTF.ext: ${problem}`, { offset });
}
