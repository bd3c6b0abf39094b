import type { ByteReader } from '../bytes.js';
import { BtfError } from '../errors.js';
import { MAX_TYPES, readHeader } from './header.js';
import { checkCycles, checkReferences } from './graph.js';
import { NameTable } from './names.js';
import { READERS, type TypeHead } from './records.js';
import { type Btf, BtfKind, type BtfType, VOID } from './types.js';

const HEAD_SIZE = 12;
/** Bits of `info` that mean something: vlen, kind, kind_flag. */
const INFO_MASK = 0x9f00_ffff;

/**
 * Read a BTF blob of either byte order: what a compiler writes (extern functions and variables, sections whose
 * size is not known yet) as well as what a kernel has. Throws BtfError, with the errno that BTF_LOAD gives, when
 * a record breaks the rules of its kind or refers to a type or a name that is not there. `checkBtf()` has the
 * rest of the kernel's rules.
 */
export function readBtf(bytes: Uint8Array): Btf {
  const btf = decodeBtf(bytes);
  checkReferences(btf);
  checkCycles(btf);
  return btf;
}

/** The records one by one: ids that they refer to may not be there, and types may contain themselves. */
export function decodeBtf(bytes: Uint8Array, inspect?: (id: number, type: BtfType) => void): Btf {
  const { reader, types: start, typesEnd, strings } = readHeader(bytes);
  const names = new NameTable(strings);
  const types: BtfType[] = [VOID];
  for (let at = start; at < typesEnd; ) {
    if (types.length > MAX_TYPES) throw new BtfError('E2BIG', `more than ${MAX_TYPES} types`, { offset: at });
    at = readType(reader, names, at, typesEnd, types);
    inspect?.(types.length - 1, types[types.length - 1]!);
  }
  return { types, strings };
}

/** Append the type at `at`; gives where the next one begins. */
function readType(reader: ByteReader, names: NameTable, at: number, end: number, types: BtfType[]): number {
  const id = types.length;
  const refuse = (problem: string): BtfError => new BtfError('EINVAL', `type ${id}: ${problem}`, { offset: at });
  if (at + HEAD_SIZE > end) throw refuse(`cut off: ${end - at} bytes are left of its ${HEAD_SIZE}`);
  const info = reader.u32(at + 4);
  if ((info & ~INFO_MASK) !== 0) throw refuse(`info 0x${info.toString(16)} has unknown bits`);
  const kind = (info >>> 24) & 0x1f;
  const read = READERS[kind];
  if (read === undefined) throw refuse(`kind ${kind}, expected 1 to ${READERS.length - 1}`);
  const head: TypeHead = {
    reader,
    names,
    id,
    at,
    name: unchecked(kind) ? names.anyName(reader.u32(at), at) : names.name(reader.u32(at), at),
    vlen: info & 0xffff,
    kindFlag: info >>> 31 === 1,
    sizeOrType: reader.u32(at + 8),
    body: at + HEAD_SIZE,
    end,
    refuse,
  };
  const { type, size } = read(head);
  types.push(type);
  return head.body + size;
}

/** Whether the kernel takes any name for a kind, also one that is empty though it has an offset. */
function unchecked(kind: number): boolean {
  return kind === BtfKind.int || kind === BtfKind.float || kind === BtfKind.decl_tag;
}
