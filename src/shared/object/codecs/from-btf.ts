/** Codecs out of BTF types: values of maps and variables as JavaScript sees them. */
import { type Codec, u64 } from '../../codecs.js';
import {
  type Btf,
  type BtfComposite,
  type BtfDataSection,
  type BtfMember,
  type BtfType,
  listSpecialFields,
  resolvedType,
  sizeOf,
  typeOf,
} from '../btf/index.js';
import { malformed } from '../errors.js';
import { bitsCodec, enumCodec, floatCodec, intCodec } from './scalars.js';
import { type PlacedField, placedArray, placedStruct } from './structs.js';
import { charArray, rawBytes } from './text.js';

/** Of a struct, its anonymous members included. */
const MAX_MEMBERS = 65_536;
/** What the kernel keeps in a value for itself: not shown, and left alone. */
const HIDDEN: ReadonlySet<string> = new Set(['bpf_spin_lock', 'bpf_timer', 'bpf_wq']);
/** Elements of a larger array are not worth an object each: it is read as bytes. */
const MAX_ELEMENTS = 65_536;

/**
 * The codec of a type: ints up to 32 bits are numbers, 64 bits bigints; `char` arrays are text, arrays of other
 * byte types are bytes; enums read as numbers and take names too; pointers are bigints; structs are objects with
 * the members' names, those of anonymous members among them. Types without a size, and what BTF cannot say,
 * are bytes.
 */
export function codecOf(btf: Btf, id: number): Codec<unknown> {
  const type = resolvedType(btf, id);
  const known = CODECS.get(type);
  if (known !== undefined) return known;
  const codec = makeCodec(btf, id, type);
  CODECS.set(type, codec);
  // Codecs of pointers and ints are shared with all BTF, and built in.
  if (type.kind !== 'ptr' && type.kind !== 'int') ORIGINS.set(codec, { btf, id });
  return codec;
}

interface Origin {
  readonly btf: Btf;
  readonly id: number;
}

/** The type that a codec was made of; undefined for codecs that are built in or the user's own. */
export function originOf(codec: Codec<unknown>): Origin | undefined {
  return ORIGINS.get(codec);
}

const ORIGINS = new WeakMap<Codec<unknown>, Origin>();

/** A type may lie in others very many times. */
const CODECS = new WeakMap<BtfType, Codec<unknown>>();

function makeCodec(btf: Btf, id: number, type: BtfType): Codec<unknown> {
  switch (type.kind) {
    case 'int':
      return intCodec(type);
    case 'float':
      return floatCodec(type.size);
    case 'enum':
    case 'enum64':
      return enumCodec(type);
    case 'ptr':
      return u64 as Codec<unknown>;
    case 'array':
      return arrayCodec(btf, type.element, type.length);
    case 'struct':
    case 'union':
      return withSpinLock(placedStruct(cName(type), type.size, fieldsOf(btf, type)), btf, id);
    case 'datasec':
      return sectionCodec(btf, type);
    default:
      return rawBytes(sizeOf(btf, id) ?? 0);
  }
}

/** Maps of values with a lock offer to hold it. */
function withSpinLock(codec: Codec<unknown>, btf: Btf, id: number): Codec<unknown> {
  const lock = listSpecialFields(btf, id).find(({ kind }) => kind === 'spinLock');
  return lock === undefined ? codec : { ...codec, spinLock: lock.offset };
}

/** As C writes the type: `struct flow`. */
function cName(type: BtfType): string {
  return type.kind === 'struct' || type.kind === 'union' || type.kind === 'enum'
    ? `${type.kind} ${type.name || '{…}'}`
    : type.name;
}

/** C's `char`, by its name: `unsigned char` and `signed char` hold small numbers. */
export function isChar(btf: Btf, id: number): boolean {
  const type = resolvedType(btf, id);
  return type.kind === 'int' && type.size === 1 && type.name === 'char';
}

function isByte(type: BtfType): boolean {
  return type.kind === 'int' && type.size === 1 && type.encoding !== 'bool';
}

function arrayCodec(btf: Btf, element: number, length: number): Codec<unknown> {
  if (isChar(btf, element)) return charArray(length);
  if (isByte(resolvedType(btf, element)) || length > MAX_ELEMENTS)
    return rawBytes((sizeOf(btf, element) ?? 0) * length);
  return placedArray(codecOf(btf, element), length);
}

function sectionCodec(btf: Btf, section: BtfDataSection): Codec<unknown> {
  const fields = section.variables.map(({ type: id, offset }) => {
    const variable = typeOf(btf, id);
    const type = variable.kind === 'var' ? variable.type : 0;
    return { name: variable.name, offset, codec: codecOf(btf, type), union: 0 };
  });
  return placedStruct(section.name, section.size, fields);
}

/** A member as a field of its struct, its place and meaning worked out. */
export interface FlatMember {
  readonly name: string;
  readonly type: number;
  /** Bits from the start of the outermost struct. */
  readonly bitOffset: number;
  /** 0: no bitfield. */
  readonly bitSize: number;
  readonly union: number;
}

/** The members that have names, those of anonymous members included, without what the kernel keeps for itself. */
export function flatMembers(btf: Btf, type: BtfComposite): FlatMember[] {
  const members: FlatMember[] = [];
  let unions = 0;
  const collect = (from: BtfComposite, base: number, outer: number): void => {
    // Whatever lies in a union shares its place, also through a struct in it.
    const union = from.kind === 'union' && outer === 0 ? ++unions : outer;
    if (members.length > MAX_MEMBERS) throw malformed(`BTF: ${cName(type)} has more than ${MAX_MEMBERS} members`);
    for (const member of from.members) {
      const inner = resolvedType(btf, member.type);
      const place = base + member.bitOffset;
      if (member.name === '') {
        if (inner.kind === 'struct' || inner.kind === 'union') collect(inner, place, union);
      } else if (!(inner.kind === 'struct' && HIDDEN.has(inner.name)) && sizeOf(btf, member.type) !== 0) {
        members.push({
          name: member.name,
          type: member.type,
          bitOffset: place,
          bitSize: bitSizeOf(member, inner),
          union,
        });
      }
    }
  };
  collect(type, 0, 0);
  return members;
}

/** Old compilers say the bits in the int type. */
function bitSizeOf(member: BtfMember, type: BtfType): number {
  if (member.bitSize !== 0) return member.bitSize;
  return type.kind === 'int' && type.bits !== type.size * 8 ? type.bits : 0;
}

function fieldsOf(btf: Btf, type: BtfComposite): PlacedField[] {
  return flatMembers(btf, type).map(({ name, type: id, bitOffset, bitSize, union }) => {
    if (bitSize === 0) return { name, offset: bitOffset / 8, codec: codecOf(btf, id), union };
    const resolved = resolvedType(btf, id);
    const shift = resolved.kind === 'int' ? resolved.bitOffset : 0;
    const offset = Math.floor(bitOffset / 8);
    return { name, offset, codec: bitsCodec((bitOffset % 8) + shift, bitSize, isSigned(resolved)), union };
  });
}

function isSigned(type: BtfType): boolean {
  if (type.kind === 'enum' || type.kind === 'enum64') return type.signed;
  return type.kind === 'int' && type.encoding === 'signed';
}
