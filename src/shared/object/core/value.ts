/** The number that a relocation asks for, given the path that it is about. */
import { type Btf, resolvedType, sizeOf, typeOf } from '../btf/index.js';
import { malformed, unsupported } from '../errors.js';
import type { AccessPath } from './access.js';
import { CoreKind, isEnumKind, isFieldKind } from './kinds.js';

export interface CoreValue {
  /** Undefined: there is no answer, the instruction must not be reached. */
  readonly value: bigint | undefined;
  /** Whether the instruction, as compiled, must hold the local value. Bitfields are compiled in other ways. */
  readonly validated: boolean;
  /** For loads and stores: bytes of the field, and whether it may change its width without harm; else 0. */
  readonly fieldSize: number;
  readonly resizable: 'pointer' | 'unsigned' | 'no';
}

function plain(value: bigint | undefined, validated = true): CoreValue {
  return { value, validated, fieldSize: 0, resizable: 'no' };
}

/** @param path Undefined: the target does not have it. */
export function coreValue(btf: Btf, path: AccessPath | undefined, kind: number): CoreValue {
  if (isFieldKind(kind)) return fieldValue(btf, path, kind);
  if (isEnumKind(kind)) {
    if (kind === CoreKind.ENUMVAL_EXISTS) return plain(path === undefined ? 0n : 1n);
    return plain(path && enumeratorValue(btf, path));
  }
  // Questions about types that are not there are answered with 0.
  if (path === undefined) return plain(0n);
  switch (kind) {
    case CoreKind.TYPE_ID_TARGET:
      return plain(BigInt(path.root), false);
    case CoreKind.TYPE_EXISTS:
    case CoreKind.TYPE_MATCHES:
      return plain(1n);
    case CoreKind.TYPE_SIZE:
      return plain(BigInt(sizeOf(btf, path.root) ?? 0));
    default:
      throw unsupported(`CO-RE relocation of kind ${kind}, which is not known`);
  }
}

function enumeratorValue(btf: Btf, { root, steps }: AccessPath): bigint {
  const type = resolvedType(btf, root);
  if (type.kind !== 'enum' && type.kind !== 'enum64') throw new RangeError(`type ${root} is no enum`);
  const value = BigInt(type.values[steps[0]!.index]!.value);
  // As libbpf, which takes the 32 bits of an enumerator for a signed number whatever its type says.
  return type.kind === 'enum' ? BigInt.asIntN(32, value) : value;
}

function fieldValue(btf: Btf, path: AccessPath | undefined, kind: number): CoreValue {
  if (kind === CoreKind.FIELD_EXISTS) return plain(path === undefined ? 0n : 1n);
  if (path === undefined) return plain(undefined);
  const last = path.steps[path.steps.length - 1]!;
  if (last.name === undefined) {
    const size = sizeOf(btf, last.type) ?? 0;
    if (kind === CoreKind.FIELD_BYTE_OFFSET) return offset(btf, wholeBytes(path.bitOffset), size, last.type);
    if (kind === CoreKind.FIELD_BYTE_SIZE) return plain(BigInt(size));
    throw unsupported('CO-RE relocation about the bits of an array element');
  }
  const struct = typeOf(btf, last.type);
  const member = struct.kind === 'struct' || struct.kind === 'union' ? struct.members[last.index]! : undefined;
  if (member === undefined) throw new RangeError(`type ${last.type} has no member ${last.index}`);
  const bits = bitRange(btf, path.bitOffset, member.bitSize, member.type);
  const isBitfield = member.bitSize !== 0;
  switch (kind) {
    case CoreKind.FIELD_BYTE_OFFSET:
      return isBitfield
        ? plain(BigInt(bits.byteOffset), false)
        : offset(btf, bits.byteOffset, bits.byteSize, member.type);
    case CoreKind.FIELD_BYTE_SIZE:
      return plain(BigInt(bits.byteSize), !isBitfield);
    case CoreKind.FIELD_SIGNED:
      return plain(isSigned(btf, member.type) ? 1n : 0n);
    case CoreKind.FIELD_LSHIFT_U64:
      return plain(BigInt(64 - (path.bitOffset + bits.bitSize - bits.byteOffset * 8)), false);
    default:
      return plain(BigInt(64 - bits.bitSize));
  }
}

function offset(btf: Btf, at: number, size: number, type: number): CoreValue {
  return { value: BigInt(at), validated: true, fieldSize: size, resizable: resizability(btf, type) };
}

function resizability(btf: Btf, id: number): CoreValue['resizable'] {
  const type = resolvedType(btf, id);
  if (type.kind === 'ptr') return 'pointer';
  return type.kind === 'int' && type.encoding !== 'signed' ? 'unsigned' : 'no';
}

function isSigned(btf: Btf, id: number): boolean {
  const type = resolvedType(btf, id);
  if (type.kind === 'enum' || type.kind === 'enum64') return type.signed;
  return type.kind === 'int' && type.encoding === 'signed';
}

/** Damaged BTF may place a field that is no bitfield between two bytes. */
function wholeBytes(bits: number): number {
  if (bits % 8 === 0) return bits / 8;
  throw malformed(`CO-RE relocation about a field at bit ${bits}, which is no bitfield`);
}

interface BitRange {
  readonly byteOffset: number;
  readonly byteSize: number;
  readonly bitSize: number;
}

/** The aligned word to load for a field: for bits that straddle one of their type's size, a word twice as wide. */
function bitRange(btf: Btf, bitOffset: number, bitSize: number, type: number): BitRange {
  let byteSize = sizeOf(btf, type) ?? 0;
  if (bitSize === 0) return { byteOffset: wholeBytes(bitOffset), byteSize, bitSize: byteSize * 8 };
  if (byteSize === 0) throw malformed(`CO-RE relocation about ${bitSize} bits of a type without a size`);
  const aligned = (): number => Math.floor(bitOffset / 8 / byteSize) * byteSize;
  while (bitOffset + bitSize - aligned() * 8 > byteSize * 8) {
    if (byteSize >= 8)
      throw unsupported(`CO-RE relocation about ${bitSize} bits at bit ${bitOffset}, which no word holds`);
    byteSize *= 2;
  }
  return { byteOffset: aligned(), byteSize, bitSize };
}
