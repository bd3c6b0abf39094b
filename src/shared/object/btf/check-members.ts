/** What BTF_LOAD wants of the members of structs and unions: that each fits where it is put. */
import { BtfError } from '../errors.js';
import { isRegularInt, resolvedType, sizeOf } from './layout.js';
import { type Btf, type BtfComposite, type BtfInt, type BtfMember, type BtfType, typeOf } from './types.js';

const MAX_BITS = 128;

/** EINVAL for a member that does not fit into its struct, or whose bits do not fit into its type. */
export function checkMember(btf: Btf, id: number, parent: BtfComposite, member: BtfMember, index: number): void {
  const refuse = (problem: string): BtfError =>
    new BtfError('EINVAL', `type ${id}: member ${index} "${member.name}": ${problem}`);
  const named = typeOf(btf, member.type);
  const type = resolvedType(btf, member.type);
  const size = named.kind === 'var' || named.kind === 'datasec' ? undefined : sizeOf(btf, member.type);
  if (size === undefined) throw refuse(`a ${type.kind}, which has no size`);
  if (type.kind === 'int') {
    checkIntMember(parent, member, type, refuse);
    return;
  }
  if (member.bitSize !== 0 && type.kind !== 'enum' && type.kind !== 'enum64')
    throw refuse(`a bitfield of a ${type.kind}`);
  if (member.bitSize !== 0) {
    checkEnumBits(parent, member, type, refuse);
    return;
  }
  if (member.bitOffset % 8 !== 0) throw refuse(`at bit ${member.bitOffset}, expected a multiple of 8`);
  if (type.kind === 'float' && (member.bitOffset / 8) % Math.min(8, size) !== 0) {
    throw refuse(`a float at byte ${member.bitOffset / 8}, out of line`);
  }
  if (member.bitOffset / 8 + size > parent.size)
    throw refuse(`${size} bytes at ${member.bitOffset / 8} of ${parent.size}`);
}

type Refuse = (problem: string) => BtfError;

function checkIntMember(parent: BtfComposite, member: BtfMember, type: BtfInt, refuse: Refuse): void {
  if (parent.kindFlag !== true) {
    const start = member.bitOffset + type.bitOffset;
    const copied = type.bits + (start % 8);
    if (copied > MAX_BITS) throw refuse(`${copied} bits, expected at most ${MAX_BITS}`);
    if (Math.floor(start / 8) + Math.ceil(copied / 8) > parent.size) throw refuse(`ends past byte ${parent.size}`);
    return;
  }
  if (!isRegularInt(type)) throw refuse('an int with odd bits in a struct whose members have bit sizes');
  if (member.bitSize === 0) {
    if (member.bitOffset % 8 !== 0) throw refuse(`at bit ${member.bitOffset}, expected a multiple of 8`);
    if (member.bitOffset / 8 + type.bits / 8 > parent.size) throw refuse(`ends past byte ${parent.size}`);
    return;
  }
  if (member.bitSize > type.bits) throw refuse(`${member.bitSize} bits of an int of ${type.bits}`);
  const copied = member.bitSize + (member.bitOffset % 8);
  if (copied > MAX_BITS) throw refuse(`${copied} bits, expected at most ${MAX_BITS}`);
  if (Math.floor(member.bitOffset / 8) + Math.ceil(copied / 8) > parent.size)
    throw refuse(`ends past byte ${parent.size}`);
}

/** Bits of an enum come from an int of 4 bytes. */
function checkEnumBits(parent: BtfComposite, member: BtfMember, type: BtfType, refuse: Refuse): void {
  if (member.bitSize > 32) throw refuse(`${member.bitSize} bits of an ${type.kind}`);
  const end = member.bitOffset + member.bitSize;
  if (Math.ceil(end / 8) > parent.size) throw refuse(`ends past byte ${parent.size}`);
}
