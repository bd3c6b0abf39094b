/** Transfer functions of the arithmetic instructions on two scalars. */
import { Alu } from '../../insn/opcodes.js';
import { Register } from '../register.js';
import { add32, addSigned, addUnsigned, sub32, subSigned, subUnsigned } from './add.js';
import { andRanges, orRanges, xorRanges } from './bitwise.js';
import { syncBounds, zeroExtend32 } from './bounds.js';
import { multiply32, multiply64 } from './multiply.js';
import {
  shiftLeft32,
  shiftLeft64,
  shiftRight32,
  shiftRight64,
  shiftRightSigned32,
  shiftRightSigned64,
} from './shift.js';
import { tnumAdd, tnumAnd, tnumMul, tnumNeg, tnumOr, tnumSub, tnumXor } from './tnum.js';

const operand = new Register();

/** Whether the result of the operation is tracked; division, modulo and shifts by unknown counts are not. */
function isTracked(code: number, s: Register, wide: boolean): boolean {
  switch (code) {
    case Alu.ADD:
    case Alu.SUB:
    case Alu.NEG:
    case Alu.AND:
    case Alu.XOR:
    case Alu.OR:
    case Alu.MUL:
      return true;
    case Alu.LSH:
    case Alu.RSH:
    case Alu.ARSH:
      return shiftCount(s, wide) !== -1;
    default:
      return false;
  }
}

/** The known count of a shift below the width, or −1. */
function shiftCount(s: Register, wide: boolean): number {
  const known = wide ? (s.maskLo | s.maskHi) === 0 : s.maskLo === 0;
  if (!known) return -1;
  if (s.umaxHi !== 0 || s.umaxLo >>> 0 >= (wide ? 64 : 32)) return -1;
  return s.uminLo;
}

/** d = d OP s. For NEG, d = −s. `s` may be `d`. */
export function computeScalar(code: number, d: Register, s: Register, wide: boolean, precise: boolean): void {
  if (!isTracked(code, s, wide)) {
    d.setUnknown(precise);
    return;
  }
  const source = s === d || code === Alu.NEG ? operand.copyFrom(s) : s;
  switch (code) {
    case Alu.ADD:
    case Alu.SUB:
    case Alu.NEG:
    case Alu.MUL:
      arithmetic(code, d, source);
      break;
    case Alu.AND:
    case Alu.OR:
    case Alu.XOR:
      bitwise(code, d, source);
      break;
    default:
      shift(code, d, shiftCount(source, wide), wide);
  }
  if (!wide) zeroExtend32(d);
  syncBounds(d);
}

function arithmetic(code: number, d: Register, s: Register): void {
  switch (code) {
    case Alu.ADD:
      add32(d, s);
      addSigned(d, d, s);
      addUnsigned(d, d, s, false);
      tnumAdd(d, d, s);
      break;
    case Alu.MUL:
      tnumMul(d, d, s);
      multiply32(d, s);
      multiply64(d, s);
      break;
    case Alu.NEG:
      d.setConstantBounds(0, 0);
      d.id = 0;
      d.off = 0;
      sub32(d, s);
      subSigned(d, d, s);
      subUnsigned(d, d, s, false);
      tnumNeg(d, s);
      break;
    default:
      sub32(d, s);
      subSigned(d, d, s);
      subUnsigned(d, d, s, false);
      tnumSub(d, d, s);
  }
}

function bitwise(code: number, d: Register, s: Register): void {
  const known32 = d.maskLo === 0 && s.maskLo === 0;
  const known64 = known32 && (d.maskHi | s.maskHi) === 0;
  if (code === Alu.AND) {
    tnumAnd(d, d, s);
    andRanges(d, s, known32, known64);
  } else if (code === Alu.OR) {
    tnumOr(d, d, s);
    orRanges(d, s, known32, known64);
  } else {
    tnumXor(d, d, s);
    xorRanges(d, known32, known64);
  }
}

function shift(code: number, d: Register, count: number, wide: boolean): void {
  if (code === Alu.LSH) wide ? shiftLeft64(d, count) : shiftLeft32(d, count);
  else if (code === Alu.RSH) wide ? shiftRight64(d, count) : shiftRight32(d, count);
  else if (wide) shiftRightSigned64(d, count);
  else shiftRightSigned32(d, count);
}
