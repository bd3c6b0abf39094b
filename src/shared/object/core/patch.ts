/** Putting a relocation's number into its instruction. */
import { malformed, unsupported } from '../errors.js';
import type { CoreValue } from './value.js';

const INSTRUCTION_SIZE = 8;
/** As libbpf marks what must not be reached: a call of this helper, which does not exist (0xbad2310). */
export const POISON = 195_896_080;
const CALL = 0x85;
const LOAD_64 = 0x18;
const Class = { LD: 0, LDX: 1, ST: 2, STX: 3, ALU: 4, ALU64: 7 } as const;
const REGISTER_OPERAND = 0x08;
/** The size bits of loads and stores, by bytes. */
const SIZE_BITS: ReadonlyMap<number, number> = new Map([
  [1, 0x10],
  [2, 0x08],
  [4, 0x00],
  [8, 0x18],
]);
const SIZE_MASK = 0x18;

/** Replace the instruction, both halves of a 64-bit load, by a call that the verifier refuses if it is reached. */
export function poison(view: DataView, slot: number): void {
  const halves = view.getUint8(slot * INSTRUCTION_SIZE) === LOAD_64 ? 2 : 1;
  for (let half = 0; half < halves; half++) {
    const at = (slot + half) * INSTRUCTION_SIZE;
    view.setUint8(at, CALL);
    view.setUint8(at + 1, 0);
    view.setUint16(at + 2, 0, true);
    view.setInt32(at + 4, POISON, true);
  }
}

/**
 * Write the target's value, where the local value stands. Gives a reason when the instruction has to be poisoned:
 * a load or store whose field changed its width in a way that would change its meaning.
 */
export function patch(
  view: DataView,
  slot: number,
  local: CoreValue,
  target: CoreValue & { readonly value: bigint },
): string | undefined {
  const at = slot * INSTRUCTION_SIZE;
  const code = view.getUint8(at);
  const expected = local.validated ? local.value : undefined;
  switch (code & 7) {
    case Class.ALU:
    case Class.ALU64:
      if (code & REGISTER_OPERAND) throw malformed(`CO-RE relocation of instruction ${slot}, which has no immediate`);
      check(slot, expected, view.getInt32(at + 4, true), 32);
      view.setInt32(at + 4, Number(BigInt.asIntN(32, target.value)), true);
      return undefined;
    case Class.LDX:
    case Class.ST:
    case Class.STX:
      check(slot, expected, view.getInt16(at + 2, true), 16);
      if (target.value > 0x7fffn)
        throw unsupported(`CO-RE relocation of instruction ${slot}: offset ${target.value} does not fit into 16 bits`);
      view.setInt16(at + 2, Number(target.value), true);
      return resize(view, at, code, local, target);
    default:
      if (code !== LOAD_64)
        throw malformed(`CO-RE relocation of instruction ${slot}, which is a 0x${code.toString(16)}`);
      check(slot, expected, view.getInt32(at + 4, true), 32);
      view.setInt32(at + 4, Number(BigInt.asIntN(32, target.value)), true);
      view.setInt32(at + 12, Number(BigInt.asIntN(32, target.value >> 32n)), true);
      return undefined;
  }
}

function check(slot: number, expected: bigint | undefined, found: number, bits: number): void {
  if (expected === undefined || BigInt.asIntN(bits, expected) === BigInt(found)) return;
  throw malformed(
    `CO-RE relocation of instruction ${slot}: holds ${found}, expected ${expected} by the object's own types`,
  );
}

/** Pointers and unsigned integers may be loaded in another width: the rest of the register is zero. */
function resize(view: DataView, at: number, code: number, local: CoreValue, target: CoreValue): string | undefined {
  if (local.fieldSize === 0 || local.fieldSize === target.fieldSize) return undefined;
  const bits = SIZE_BITS.get(target.fieldSize);
  const compatible = local.resizable !== 'no' && local.resizable === target.resizable;
  if (!compatible || bits === undefined) {
    return `the field has ${target.fieldSize} bytes instead of ${local.fieldSize}, and is neither a pointer nor unsigned`;
  }
  // Only an access of the field as a whole changes with it.
  if (SIZE_BITS.get(local.fieldSize) === (code & SIZE_MASK)) view.setUint8(at, (code & ~SIZE_MASK) | bits);
  return undefined;
}
