/** What a comparison of a packet pointer with the packet's end tells: bytes that may be accessed. */
import { Jump } from '../insn/opcodes.js';
import { isPacketKind, Kind } from './register-kinds.js';
import { AT_PACKET_END, BEYOND_PACKET_END, type Register } from './register.js';
import { toUnsignedNumber } from './scalar/int64.js';
import type { State } from './state.js';

const MAX_PACKET_OFFSET = 0xffff;

/** `open`: the pointer is below the end, so that the byte at it is there too. */
function extendRange(state: State, pointer: Register, type: number, open: boolean): void {
  const { off, id } = pointer;
  if (off < 0 || (off === 0 && open)) return;
  const umax = toUnsignedNumber(pointer.umaxLo, pointer.umaxHi);
  if (umax > MAX_PACKET_OFFSET || umax + off > MAX_PACKET_OFFSET) return;
  const range = open ? off + 1 : off;
  state.changeRegisters(
    (r) => r.type === type && r.id === id && r.range < range,
    (r) => {
      r.range = range;
    },
  );
}

function markBehindEnd(state: State, number: number, open: boolean): void {
  const r = state.current.register(number);
  if (r.type === Kind.PACKET) r.range = open ? BEYOND_PACKET_END : AT_PACKET_END;
}

function isStartOfPacket(r: Register): boolean {
  return r.type === Kind.PACKET && r.id === 0 && r.off === 0 && r.isConstant && (r.valueLo | r.valueHi) === 0;
}

/** `a` is a packet pointer and `b` the end that bounds it: data_end for data, data for data_meta. */
function isBounded(a: Register, b: Register): boolean {
  return (a.type === Kind.PACKET && b.type === Kind.PACKET_END) || (a.type === Kind.PACKET_META && isStartOfPacket(b));
}

/**
 * A comparison of 64-bit registers `dst CODE src`; `fall` goes on behind it, `taken` where it jumps.
 * Returns false when the operands are no such pair.
 */
export function comparePackets(
  code: number,
  dst: number,
  src: number,
  a: Register,
  b: Register,
  fall: State,
  taken: State,
): boolean {
  const forward = isBounded(a, b);
  if (!forward && !isBounded(b, a)) return false;
  const pointer = forward ? a : b;
  const number = forward ? dst : src;
  const { type } = pointer;
  if (!isPacketKind(type)) return false;
  switch (forward ? code : mirrored(code)) {
    case Jump.JGT:
      extendRange(fall, pointer, type, false);
      markBehindEnd(taken, number, true);
      return true;
    case Jump.JLT:
      extendRange(taken, pointer, type, true);
      markBehindEnd(fall, number, false);
      return true;
    case Jump.JGE:
      extendRange(fall, pointer, type, true);
      markBehindEnd(taken, number, false);
      return true;
    case Jump.JLE:
      extendRange(taken, pointer, type, false);
      markBehindEnd(fall, number, true);
      return true;
    default:
      return false;
  }
}

function mirrored(code: number): number {
  switch (code) {
    case Jump.JGT:
      return Jump.JLT;
    case Jump.JLT:
      return Jump.JGT;
    case Jump.JGE:
      return Jump.JLE;
    case Jump.JLE:
      return Jump.JGE;
    default:
      return code;
  }
}
