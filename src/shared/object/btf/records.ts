/** How the record of each kind lies in a BTF blob, with the rules that need no other type. */
import type { ByteReader } from '../bytes.js';
import { BtfError } from '../errors.js';
import { MAX_TYPES } from './header.js';
import type { NameTable } from './names.js';
import type { BtfMember, BtfModifier, BtfSectionVariable, BtfType, IntEncoding } from './types.js';

/** The 12 bytes that every record begins with, and where the rest of it lies. */
export interface TypeHead {
  readonly reader: ByteReader;
  readonly names: NameTable;
  readonly id: number;
  /** First byte of the record. */
  readonly at: number;
  readonly name: string;
  readonly vlen: number;
  readonly kindFlag: boolean;
  readonly sizeOrType: number;
  /** First byte behind the head. */
  readonly body: number;
  /** One past the last byte of all records. */
  readonly end: number;
  refuse(problem: string): BtfError;
}

/** A type, and how many bytes its record has behind the head. */
interface TypeRecord {
  readonly type: BtfType;
  readonly size: number;
}

type RecordReader = (head: TypeHead) => TypeRecord;

/** By number of the kind. */
export const READERS: readonly (RecordReader | undefined)[] = [
  undefined,
  readInt,
  readPointer,
  readArray,
  (head) => readComposite(head, 'struct'),
  (head) => readComposite(head, 'union'),
  readEnum,
  readForward,
  (head) => readModifier(head, 'typedef'),
  (head) => readModifier(head, 'volatile'),
  (head) => readModifier(head, 'const'),
  (head) => readModifier(head, 'restrict'),
  readFunction,
  readPrototype,
  readVariable,
  readDataSection,
  readFloat,
  readDeclTag,
  (head) => readModifier(head, 'type_tag'),
  readEnum64,
];

const INT_ENCODINGS: readonly (IntEncoding | undefined)[] = ['unsigned', 'signed', 'char', undefined, 'bool'];

function readInt(head: TypeHead): TypeRecord {
  plain(head, 'an int');
  room(head, 4);
  const data = head.reader.u32(head.body);
  const bits = data & 0xff;
  const bitOffset = (data >>> 16) & 0xff;
  if (data >>> 28 !== 0) throw head.refuse(`int data 0x${data.toString(16)} has unknown bits`);
  if (bits + bitOffset > 128 || bits + bitOffset > head.sizeOrType * 8) {
    throw head.refuse(`${bits} bits from bit ${bitOffset} on, in an int of ${head.sizeOrType} bytes`);
  }
  const encoding = INT_ENCODINGS[(data >>> 24) & 0xf];
  if (encoding === undefined)
    throw new BtfError('ENOTSUPP', `type ${head.id}: int encoding ${(data >>> 24) & 0xf}`, { offset: head.body });
  return { type: { kind: 'int', name: head.name, size: head.sizeOrType, encoding, bitOffset, bits }, size: 4 };
}

function readPointer(head: TypeHead): TypeRecord {
  plain(head, 'a pointer');
  nameless(head, 'a pointer');
  return { type: { kind: 'ptr', name: head.name, type: reference(head, head.sizeOrType) }, size: 0 };
}

function readModifier(head: TypeHead, kind: BtfModifier['kind']): TypeRecord {
  if (head.vlen !== 0 || (head.kindFlag && kind !== 'type_tag')) throw head.refuse(`a ${kind} with vlen or kind_flag`);
  if (kind === 'typedef' || kind === 'type_tag') named(head, `a ${kind}`);
  else nameless(head, kind);
  const flag = head.kindFlag ? { kindFlag: true } : {};
  return { type: { kind, name: head.name, type: reference(head, head.sizeOrType), ...flag }, size: 0 };
}

function readArray(head: TypeHead): TypeRecord {
  plain(head, 'an array');
  nameless(head, 'an array');
  room(head, 12);
  if (head.sizeOrType !== 0) throw head.refuse(`an array with size ${head.sizeOrType}, expected 0`);
  const element = existing(head, head.reader.u32(head.body));
  const index = existing(head, head.reader.u32(head.body + 4));
  return { type: { kind: 'array', name: head.name, element, index, length: head.reader.u32(head.body + 8) }, size: 12 };
}

function readComposite(head: TypeHead, kind: 'struct' | 'union'): TypeRecord {
  const { reader, names, kindFlag, sizeOrType: size } = head;
  const members: BtfMember[] = [];
  let last = 0;
  room(head, 12 * head.vlen);
  for (let index = 0, at = head.body; index < head.vlen; index++, at += 12) {
    const offset = reader.u32(at + 8);
    const bitOffset = kindFlag ? offset & 0xff_ffff : offset;
    const bitSize = kindFlag ? offset >>> 24 : 0;
    if (kind === 'union' && bitOffset !== 0)
      throw head.refuse(`member ${index} of a union at bit ${bitOffset}, expected 0`);
    if (bitOffset < last) throw head.refuse(`member ${index} at bit ${bitOffset}, before the one that precedes it`);
    if (Math.ceil(bitOffset / 8) > size) throw head.refuse(`member ${index} at bit ${bitOffset} of ${size} bytes`);
    last = bitOffset;
    members.push({
      name: names.name(reader.u32(at), at),
      type: existing(head, reader.u32(at + 4)),
      bitOffset,
      bitSize,
    });
  }
  const flag = kindFlag ? { kindFlag } : {};
  return { type: { kind, name: head.name, size, members, ...flag }, size: 12 * head.vlen };
}

function readEnum(head: TypeHead): TypeRecord {
  const { reader, names, kindFlag: signed } = head;
  enumSize(head);
  room(head, 8 * head.vlen);
  const values: { name: string; value: number }[] = [];
  for (let index = 0, at = head.body; index < head.vlen; index++, at += 8) {
    values.push({ name: names.name(reader.u32(at), at), value: signed ? reader.i32(at + 4) : reader.u32(at + 4) });
  }
  return { type: { kind: 'enum', name: head.name, size: head.sizeOrType, signed, values }, size: 8 * head.vlen };
}

function readEnum64(head: TypeHead): TypeRecord {
  const { reader, names, kindFlag: signed } = head;
  enumSize(head);
  room(head, 12 * head.vlen);
  const values: { name: string; value: bigint }[] = [];
  for (let index = 0, at = head.body; index < head.vlen; index++, at += 12) {
    const bits = (BigInt(reader.u32(at + 8)) << 32n) | BigInt(reader.u32(at + 4));
    values.push({ name: names.name(reader.u32(at), at), value: signed ? BigInt.asIntN(64, bits) : bits });
  }
  return { type: { kind: 'enum64', name: head.name, size: head.sizeOrType, signed, values }, size: 12 * head.vlen };
}

function readForward(head: TypeHead): TypeRecord {
  if (head.vlen !== 0 || head.sizeOrType !== 0) throw head.refuse('a forward declaration with vlen or a type');
  named(head, 'a forward declaration');
  return { type: { kind: 'fwd', name: head.name, union: head.kindFlag }, size: 0 };
}

function readFunction(head: TypeHead): TypeRecord {
  if (head.kindFlag || head.vlen > 2) throw head.refuse(`a function of linkage ${head.vlen}, expected 0 to 2`);
  named(head, 'a function');
  return {
    type: { kind: 'func', name: head.name, type: reference(head, head.sizeOrType), linkage: head.vlen },
    size: 0,
  };
}

function readPrototype(head: TypeHead): TypeRecord {
  if (head.kindFlag) throw head.refuse('a prototype with kind_flag');
  nameless(head, 'a prototype');
  room(head, 8 * head.vlen);
  const parameters: { name: string; type: number }[] = [];
  for (let index = 0, at = head.body; index < head.vlen; index++, at += 8) {
    parameters.push({ name: head.names.name(head.reader.u32(at), at), type: reference(head, head.reader.u32(at + 4)) });
  }
  return {
    type: { kind: 'func_proto', name: head.name, type: reference(head, head.sizeOrType), parameters },
    size: 8 * head.vlen,
  };
}

function readVariable(head: TypeHead): TypeRecord {
  plain(head, 'a variable');
  named(head, 'a variable');
  room(head, 4);
  const linkage = head.reader.u32(head.body);
  if (linkage > 2) throw head.refuse(`a variable of linkage ${linkage}, expected 0 to 2`);
  return { type: { kind: 'var', name: head.name, type: existing(head, head.sizeOrType), linkage }, size: 4 };
}

function readDataSection(head: TypeHead): TypeRecord {
  if (head.kindFlag) throw head.refuse('a section with kind_flag');
  named(head, 'a section');
  room(head, 12 * head.vlen);
  const variables: BtfSectionVariable[] = [];
  for (let index = 0, at = head.body; index < head.vlen; index++, at += 12) {
    const type = existing(head, head.reader.u32(at));
    variables.push({ type, offset: head.reader.u32(at + 4), size: head.reader.u32(at + 8) });
  }
  return { type: { kind: 'datasec', name: head.name, size: head.sizeOrType, variables }, size: 12 * head.vlen };
}

function readFloat(head: TypeHead): TypeRecord {
  plain(head, 'a float');
  if (![2, 4, 8, 12, 16].includes(head.sizeOrType)) throw head.refuse(`a float of ${head.sizeOrType} bytes`);
  return { type: { kind: 'float', name: head.name, size: head.sizeOrType }, size: 0 };
}

function readDeclTag(head: TypeHead): TypeRecord {
  if (head.vlen !== 0) throw head.refuse('a tag with vlen');
  named(head, 'a tag');
  room(head, 4);
  const component = head.reader.i32(head.body);
  if (component < -1) throw head.refuse(`a tag of component ${component}, expected -1 or more`);
  const flag = head.kindFlag ? { kindFlag: true } : {};
  return {
    type: { kind: 'decl_tag', name: head.name, type: reference(head, head.sizeOrType), component, ...flag },
    size: 4,
  };
}

function plain(head: TypeHead, what: string): void {
  if (head.vlen !== 0 || head.kindFlag) throw head.refuse(`${what} with vlen or kind_flag`);
}

function named(head: TypeHead, what: string): void {
  if (head.name === '') throw head.refuse(`${what} without a name`);
}

function nameless(head: TypeHead, what: string): void {
  if (head.reader.u32(head.at) !== 0) throw head.refuse(`${what} with a name`);
}

function room(head: TypeHead, size: number): void {
  if (head.body + size <= head.end) return;
  throw head.refuse(`cut off: ${head.end - head.body} bytes are left of its ${size}`);
}

/** A type id that may be void. Whether it names a type is known when all are read. */
function reference(head: TypeHead, id: number): number {
  if (id > MAX_TYPES) throw head.refuse(`refers to type ${id}, expected at most ${MAX_TYPES}`);
  return id;
}

function existing(head: TypeHead, id: number): number {
  if (id === 0) throw head.refuse('refers to void, expected a type');
  return reference(head, id);
}

function enumSize(head: TypeHead): void {
  if (![1, 2, 4, 8].includes(head.sizeOrType)) throw head.refuse(`an enum of ${head.sizeOrType} bytes`);
}
