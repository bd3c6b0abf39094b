/** Whether a comparison is decided by what is known of its operands. */
import { Jump } from '../insn/opcodes.js';
import { Flag, isAnyPacketKind, Kind, kindOf, mayBeNull } from './register-kinds.js';
import { AT_PACKET_END, BEYOND_PACKET_END, type Register } from './register.js';
import { lessSigned, lessUnsigned } from './scalar/int64.js';
import { isPointer } from './values.js';

/** 1: taken, 0: not taken, −1: not known. */
export type Prediction = 0 | 1 | -1;

/** Code that compares the operands the other way round. */
export function flipped(code: number): number {
  switch (code) {
    case Jump.JGT:
      return Jump.JLT;
    case Jump.JGE:
      return Jump.JLE;
    case Jump.JLT:
      return Jump.JGT;
    case Jump.JLE:
      return Jump.JGE;
    case Jump.JSGT:
      return Jump.JSLT;
    case Jump.JSGE:
      return Jump.JSLE;
    case Jump.JSLT:
      return Jump.JSGT;
    case Jump.JSLE:
      return Jump.JSGE;
    default:
      return code;
  }
}

export function isConstantAt(r: Register, narrow: boolean): boolean {
  return r.type === Kind.SCALAR && (narrow ? r.maskLo === 0 : r.isConstant);
}

export function branchTaken(a: Register, b: Register, code: number, narrow: boolean): Prediction {
  if (!narrow && isAnyPacketKind(a.type) && isAnyPacketKind(b.type)) return packetTaken(a, b, code);
  if (isPointer(a) || isPointer(b)) return pointerTaken(a, b, code, narrow);
  return narrow ? scalarTaken32(a, b, code) : scalarTaken64(a, b, code);
}

function packetTaken(a: Register, b: Register, code: number): Prediction {
  if (b.type === Kind.PACKET_END) return endTaken(a, code);
  return a.type === Kind.PACKET_END ? endTaken(b, flipped(code)) : -1;
}

function endTaken(packet: Register, code: number): Prediction {
  if (packet.range >= 0) return -1;
  if (code === Jump.JLE || code === Jump.JGT) {
    if (packet.range === BEYOND_PACKET_END) return code === Jump.JGT ? 1 : 0;
  } else if (code === Jump.JLT || code === Jump.JGE) {
    if (packet.range === BEYOND_PACKET_END || packet.range === AT_PACKET_END) return code === Jump.JGE ? 1 : 0;
  }
  return -1;
}

function isNotNull(r: Register): boolean {
  if (mayBeNull(r.type)) return false;
  switch (kindOf(r.type)) {
    case Kind.SOCKET:
    case Kind.TCP_SOCK:
    case Kind.MAP_VALUE:
    case Kind.MAP_KEY:
    case Kind.SOCK_COMMON:
    case Kind.MAP_PTR:
      return true;
    case Kind.MEM:
      return (r.type & Flag.UNTRUSTED) === 0;
    default:
      return false;
  }
}

function pointerTaken(a: Register, b: Register, code: number, narrow: boolean): Prediction {
  const constantSecond = isConstantAt(b, narrow);
  const pointer = constantSecond ? a : b;
  const number = constantSecond ? b : a;
  if (!isConstantAt(number, narrow) || !isNotNull(pointer)) return -1;
  const zero = narrow ? number.valueLo === 0 : (number.valueLo | number.valueHi) === 0;
  if (!zero) return -1;
  if (code === Jump.JEQ) return 0;
  return code === Jump.JNE ? 1 : -1;
}

function equal64(a: Register, b: Register): Prediction {
  if (a.isConstant && b.isConstant) return a.valueLo === b.valueLo && a.valueHi === b.valueHi ? 1 : 0;
  if (tnumsDiffer32(a, b) || ((a.valueHi ^ b.valueHi) & ~a.maskHi & ~b.maskHi) !== 0) return 0;
  if (lessUnsigned(b.umaxLo, b.umaxHi, a.uminLo, a.uminHi) || lessUnsigned(a.umaxLo, a.umaxHi, b.uminLo, b.uminHi))
    return 0;
  if (lessSigned(b.smaxLo, b.smaxHi, a.sminLo, a.sminHi) || lessSigned(a.smaxLo, a.smaxHi, b.sminLo, b.sminHi))
    return 0;
  return apart32(a, b) ? 0 : -1;
}

/** A bit of the lower half is known of both, and differs. */
function tnumsDiffer32(a: Register, b: Register): boolean {
  return ((a.valueLo ^ b.valueLo) & ~a.maskLo & ~b.maskLo) !== 0;
}

function apart32(a: Register, b: Register): boolean {
  if (a.u32min >>> 0 > b.u32max >>> 0 || a.u32max >>> 0 < b.u32min >>> 0) return true;
  return a.s32min > b.s32max || a.s32max < b.s32min;
}

function opposite(prediction: Prediction): Prediction {
  return prediction === -1 ? -1 : prediction === 1 ? 0 : 1;
}

function bitsSet(a: Register, b: Register, narrow: boolean): Prediction {
  const constant = isConstantAt(b, narrow) ? b : a;
  const other = constant === b ? a : b;
  if (!isConstantAt(constant, narrow)) return -1;
  const hi = narrow ? 0 : constant.valueHi;
  if (((other.valueLo & constant.valueLo) | (other.valueHi & hi)) !== 0) return 1;
  const possible = ((other.valueLo | other.maskLo) & constant.valueLo) | ((other.valueHi | other.maskHi) & hi);
  return possible === 0 ? 0 : -1;
}

/** a > b unsigned: surely, surely not, or unknown. */
function aboveU64(a: Register, b: Register): Prediction {
  if (lessUnsigned(b.umaxLo, b.umaxHi, a.uminLo, a.uminHi)) return 1;
  return lessUnsigned(b.uminLo, b.uminHi, a.umaxLo, a.umaxHi) ? -1 : 0;
}

function aboveS64(a: Register, b: Register): Prediction {
  if (lessSigned(b.smaxLo, b.smaxHi, a.sminLo, a.sminHi)) return 1;
  return lessSigned(b.sminLo, b.sminHi, a.smaxLo, a.smaxHi) ? -1 : 0;
}

function aboveU32(a: Register, b: Register): Prediction {
  if (a.u32min >>> 0 > b.u32max >>> 0) return 1;
  return a.u32max >>> 0 > b.u32min >>> 0 ? -1 : 0;
}

function aboveS32(a: Register, b: Register): Prediction {
  if (a.s32min > b.s32max) return 1;
  return a.s32max > b.s32min ? -1 : 0;
}

type Above = (a: Register, b: Register) => Prediction;

function ordered(a: Register, b: Register, code: number, unsigned: Above, signed: Above): Prediction {
  switch (code) {
    case Jump.JGT:
      return unsigned(a, b);
    case Jump.JLT:
      return unsigned(b, a);
    case Jump.JGE:
      return opposite(unsigned(b, a));
    case Jump.JLE:
      return opposite(unsigned(a, b));
    case Jump.JSGT:
      return signed(a, b);
    case Jump.JSLT:
      return signed(b, a);
    case Jump.JSGE:
      return opposite(signed(b, a));
    case Jump.JSLE:
      return opposite(signed(a, b));
    default:
      return -1;
  }
}

function scalarTaken64(a: Register, b: Register, code: number): Prediction {
  if (code === Jump.JEQ) return equal64(a, b);
  if (code === Jump.JNE) return opposite(equal64(a, b));
  if (code === Jump.JSET) return bitsSet(a, b, false);
  return ordered(a, b, code, aboveU64, aboveS64);
}

function equal32(a: Register, b: Register): Prediction {
  if (a.maskLo === 0 && b.maskLo === 0) return a.valueLo === b.valueLo ? 1 : 0;
  return tnumsDiffer32(a, b) || apart32(a, b) ? 0 : -1;
}

function scalarTaken32(a: Register, b: Register, code: number): Prediction {
  if (code === Jump.JEQ) return equal32(a, b);
  if (code === Jump.JNE) return opposite(equal32(a, b));
  if (code === Jump.JSET) return bitsSet(a, b, true);
  return ordered(a, b, code, aboveU32, aboveS32);
}
