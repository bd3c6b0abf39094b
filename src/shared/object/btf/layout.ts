/** Sizes, alignments and members of types. Ids are those of a `Btf` that `readBtf()` accepted: without cycles. */
import { isModifier } from './graph.js';
import { type Btf, type BtfComposite, type BtfType, typeOf } from './types.js';

/** BPF pointers take 8 bytes on every machine. */
const POINTER_SIZE = 8;

/** The id behind typedefs, qualifiers and type tags. */
export function resolve(btf: Btf, id: number): number {
  let current = id;
  for (let type = typeOf(btf, id); isModifier(type); type = typeOf(btf, current)) {
    current = (type as Extract<BtfType, { type: number }>).type;
  }
  return current;
}

/** The type behind typedefs, qualifiers and type tags. */
export function resolvedType(btf: Btf, id: number): BtfType {
  return typeOf(btf, resolve(btf, id));
}

/** Bytes that a value of the type takes; undefined for what has no size (void, functions, forward declarations). */
export function sizeOf(btf: Btf, id: number): number | undefined {
  const type = resolvedType(btf, id);
  switch (type.kind) {
    case 'int':
    case 'float':
    case 'enum':
    case 'enum64':
    case 'struct':
    case 'union':
    case 'datasec':
      return type.size;
    case 'ptr':
      return POINTER_SIZE;
    case 'array': {
      const element = sizeOf(btf, type.element);
      return element === undefined ? undefined : element * type.length;
    }
    case 'var':
      return sizeOf(btf, type.type);
    default:
      return undefined;
  }
}

/** Bytes to a multiple of which the type is aligned in a struct; 1 for what has no size. */
export function alignmentOf(btf: Btf, id: number): number {
  const type = resolvedType(btf, id);
  switch (type.kind) {
    case 'int':
    case 'float':
    case 'enum':
    case 'enum64':
      return Math.min(POINTER_SIZE, type.size) || 1;
    case 'ptr':
      return POINTER_SIZE;
    case 'array':
      return alignmentOf(btf, type.element);
    case 'var':
      return alignmentOf(btf, type.type);
    case 'struct':
    case 'union':
      return compositeAlignment(btf, type);
    default:
      return 1;
  }
}

/** Structs that lie in each other many times over are looked at once. */
const ALIGNMENTS = new WeakMap<BtfComposite, number>();

/** That of the strictest member, or 1 for a packed struct, which shows by a member or a size out of line. */
function compositeAlignment(btf: Btf, type: BtfComposite): number {
  const known = ALIGNMENTS.get(type);
  if (known !== undefined) return known;
  const alignment = strictestMember(btf, type);
  ALIGNMENTS.set(type, alignment);
  return alignment;
}

function strictestMember(btf: Btf, type: BtfComposite): number {
  let alignment = 1;
  for (const member of type.members) {
    const own = alignmentOf(btf, member.type);
    if (member.bitSize === 0 && member.bitOffset % (own * 8) !== 0) return 1;
    alignment = Math.max(alignment, own);
  }
  return type.size % alignment === 0 ? alignment : 1;
}

export interface FoundMember {
  readonly type: number;
  /** From the start of the outermost struct. */
  readonly bitOffset: number;
  readonly bitSize: number;
}

/** The member of a struct or union with a name, looked for also in its anonymous members. */
export function findMember(btf: Btf, id: number, name: string): FoundMember | undefined {
  const type = resolvedType(btf, id);
  if (type.kind !== 'struct' && type.kind !== 'union') return undefined;
  for (const member of type.members) {
    if (member.name === name) return member;
    if (member.name !== '') continue;
    const inner = findMember(btf, member.type, name);
    if (inner !== undefined) return { ...inner, bitOffset: inner.bitOffset + member.bitOffset };
  }
  return undefined;
}

/** Id of the first type of a kind with a name, or undefined. */
export function findType(btf: Btf, kind: BtfType['kind'], name: string): number | undefined {
  const id = btf.types.findIndex((type) => type.kind === kind && type.name === name);
  return id < 0 ? undefined : id;
}

/** Whether an int has whole bytes of bits, from bit 0 on: all but the bitfields of old compilers. */
export function isRegularInt(type: BtfType): boolean {
  return type.kind === 'int' && type.bitOffset === 0 && [8, 16, 32, 64, 128].includes(type.bits);
}
