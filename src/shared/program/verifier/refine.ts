/** What a comparison's outcome tells about its operands. */
import { Jump } from '../insn/opcodes.js';
import { flipped, isConstantAt } from './branch-taken.js';
import { Kind } from './register-kinds.js';
import type { Register } from './register.js';
import {
  lowerS32,
  lowerSmax,
  lowerU32,
  lowerUmax,
  raiseS32,
  raiseSmin,
  raiseU32,
  raiseUmin,
  syncBounds,
} from './scalar/bounds.js';
import { addHi, subHi } from './scalar/int64.js';
import { tnum, tnumIntersect } from './scalar/tnum.js';

/** "No common bit is set": the opposite of JSET, which has no code of its own. */
const NOT_SET = 0x48;

function reversed(code: number): number {
  switch (code) {
    case Jump.JEQ:
      return Jump.JNE;
    case Jump.JNE:
      return Jump.JEQ;
    case Jump.JSET:
      return NOT_SET;
    case Jump.JGE:
      return Jump.JLT;
    case Jump.JGT:
      return Jump.JLE;
    case Jump.JLE:
      return Jump.JGT;
    case Jump.JLT:
      return Jump.JGE;
    case Jump.JSGE:
      return Jump.JSLT;
    case Jump.JSGT:
      return Jump.JSLE;
    case Jump.JSLE:
      return Jump.JSGT;
    default:
      return Jump.JSGE;
  }
}

/** Both outcomes: `yes…` are the operands where the jump is taken, `no…` where it is not. */
export function refineBoth(
  yesA: Register,
  yesB: Register,
  noA: Register,
  noB: Register,
  code: number,
  narrow: boolean,
): void {
  if (noA.type !== Kind.SCALAR || noB.type !== Kind.SCALAR) return;
  refine(noA, noB, reversed(code), narrow);
  syncBounds(noA);
  syncBounds(noB);
  refine(yesA, yesB, code, narrow);
  syncBounds(yesA);
  syncBounds(yesB);
}

function refine(a: Register, b: Register, code: number, narrow: boolean): void {
  switch (code) {
    case Jump.JGE:
    case Jump.JGT:
    case Jump.JSGE:
    case Jump.JSGT:
      refineOrder(b, a, flipped(code), narrow);
      return;
    case Jump.JLE:
    case Jump.JLT:
    case Jump.JSLE:
    case Jump.JSLT:
      refineOrder(a, b, code, narrow);
      return;
    case Jump.JEQ:
      narrow ? refineEqual32(a, b) : refineEqual64(a, b);
      return;
    default:
      refineAgainstConstant(a, b, code, narrow);
  }
}

const low = tnum();
const lowB = tnum();

function refineEqual32(a: Register, b: Register): void {
  raiseU32(a, b.u32min);
  lowerU32(a, b.u32max);
  raiseS32(a, b.s32min);
  lowerS32(a, b.s32max);
  b.u32min = a.u32min;
  b.u32max = a.u32max;
  b.s32min = a.s32min;
  b.s32max = a.s32max;
  low.valueLo = a.valueLo;
  low.maskLo = a.maskLo;
  lowB.valueLo = b.valueLo;
  lowB.maskLo = b.maskLo;
  tnumIntersect(low, low, lowB);
  a.valueLo = b.valueLo = low.valueLo;
  a.maskLo = b.maskLo = low.maskLo;
}

function refineEqual64(a: Register, b: Register): void {
  raiseUmin(a, b.uminLo, b.uminHi);
  lowerUmax(a, b.umaxLo, b.umaxHi);
  raiseSmin(a, b.sminLo, b.sminHi);
  lowerSmax(a, b.smaxLo, b.smaxHi);
  b.uminLo = a.uminLo;
  b.uminHi = a.uminHi;
  b.umaxLo = a.umaxLo;
  b.umaxHi = a.umaxHi;
  b.sminLo = a.sminLo;
  b.sminHi = a.sminHi;
  b.smaxLo = a.smaxLo;
  b.smaxHi = a.smaxHi;
  tnumIntersect(a, a, b);
  b.valueLo = a.valueLo;
  b.valueHi = a.valueHi;
  b.maskLo = a.maskLo;
  b.maskHi = a.maskHi;
}

function refineAgainstConstant(a: Register, b: Register, code: number, narrow: boolean): void {
  const constant = isConstantAt(b, narrow) ? b : a;
  const other = constant === b ? a : b;
  if (!isConstantAt(constant, narrow)) return;
  const lo = constant.valueLo;
  const hi = narrow ? 0 : constant.valueHi;
  if (code === Jump.JNE) narrow ? excludeEdge32(other, lo) : excludeEdge64(other, lo, hi);
  else if (code === Jump.JSET) setOneBit(other, lo, hi);
  else clearBits(other, lo, hi);
}

function excludeEdge32(r: Register, word: number): void {
  if (r.u32min === word) r.u32min = (r.u32min + 1) | 0;
  if (r.u32max === word) r.u32max = (r.u32max - 1) | 0;
  if (r.s32min === word) r.s32min = (r.s32min + 1) | 0;
  if (r.s32max === word) r.s32max = (r.s32max - 1) | 0;
}

function excludeEdge64(r: Register, lo: number, hi: number): void {
  if (r.uminLo === lo && r.uminHi === hi) {
    r.uminHi = addHi(lo, hi, 1, 0);
    r.uminLo = (lo + 1) | 0;
  }
  if (r.umaxLo === lo && r.umaxHi === hi) {
    r.umaxHi = subHi(lo, hi, 1, 0);
    r.umaxLo = (lo - 1) | 0;
  }
  if (r.sminLo === lo && r.sminHi === hi) {
    r.sminHi = addHi(lo, hi, 1, 0);
    r.sminLo = (lo + 1) | 0;
  }
  if (r.smaxLo === lo && r.smaxHi === hi) {
    r.smaxHi = subHi(lo, hi, 1, 0);
    r.smaxLo = (lo - 1) | 0;
  }
}

/** Only a single tested bit is known to be set. */
function setOneBit(r: Register, lo: number, hi: number): void {
  const single = (lo !== 0 && hi === 0 && (lo & (lo - 1)) === 0) || (lo === 0 && hi !== 0 && (hi & (hi - 1)) === 0);
  if (!single) return;
  r.valueLo |= lo;
  r.valueHi |= hi;
  r.maskLo &= ~lo;
  r.maskHi &= ~hi;
}

function clearBits(r: Register, lo: number, hi: number): void {
  r.setUnbounded();
  r.valueLo &= ~lo;
  r.valueHi &= ~hi;
  r.maskLo &= ~lo;
  r.maskHi &= ~hi;
}

/** a ≤ b or a < b. */
function refineOrder(a: Register, b: Register, code: number, narrow: boolean): void {
  const strict = code === Jump.JLT || code === Jump.JSLT ? 1 : 0;
  const signed = code === Jump.JSLE || code === Jump.JSLT;
  if (narrow) {
    if (signed) {
      lowerS32(a, (b.s32max - strict) | 0);
      raiseS32(b, (a.s32min + strict) | 0);
    } else {
      lowerU32(a, (b.u32max - strict) | 0);
      raiseU32(b, (a.u32min + strict) | 0);
    }
  } else if (signed) {
    lowerSmax(a, (b.smaxLo - strict) | 0, subHi(b.smaxLo, b.smaxHi, strict, 0));
    raiseSmin(b, (a.sminLo + strict) | 0, addHi(a.sminLo, a.sminHi, strict, 0));
  } else {
    lowerUmax(a, (b.umaxLo - strict) | 0, subHi(b.umaxLo, b.umaxHi, strict, 0));
    raiseUmin(b, (a.uminLo + strict) | 0, addHi(a.uminLo, a.uminHi, strict, 0));
  }
}
