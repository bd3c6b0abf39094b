/**
 * Tracked numbers (Vishwanathan et al., "Sound, Precise, and Fast Abstract Interpretation with Tristate Numbers",
 * CGO 2022): bits set in the mask are unknown, the others are as in the value. Every operation writes to `out`,
 * which may be one of its operands.
 */
import { addHi, bitLength, lessUnsigned, sarHi, sarLo, shlHi, shlLo, shrHi, shrLo, subHi } from './int64.js';

export interface Tnum {
  valueLo: number;
  valueHi: number;
  maskLo: number;
  maskHi: number;
}

export function tnum(valueLo = 0, valueHi = 0, maskLo = 0, maskHi = 0): Tnum {
  return { valueLo, valueHi, maskLo, maskHi };
}

function setTnum(out: Tnum, valueLo: number, valueHi: number, maskLo: number, maskHi: number): void {
  out.valueLo = valueLo;
  out.valueHi = valueHi;
  out.maskLo = maskLo;
  out.maskHi = maskHi;
}

export function isUnknown(t: Tnum): boolean {
  return (t.maskLo & t.maskHi) === -1;
}

/** The smallest tnum that holds every number of [min, max], unsigned. */
export function tnumRange(out: Tnum, minLo: number, minHi: number, maxLo: number, maxHi: number): void {
  const bits = bitLength(minLo ^ maxLo, minHi ^ maxHi);
  if (bits > 63) {
    setTnum(out, 0, 0, -1, -1);
    return;
  }
  // (1 << bits) - 1
  const maskLo = bits >= 32 ? -1 : (1 << bits) - 1;
  const maskHi = bits > 32 ? (1 << (bits - 32)) - 1 : 0;
  setTnum(out, minLo & ~maskLo, minHi & ~maskHi, maskLo, maskHi);
}

export function tnumAdd(out: Tnum, a: Tnum, b: Tnum): void {
  const smLo = (a.maskLo + b.maskLo) | 0;
  const smHi = addHi(a.maskLo, a.maskHi, b.maskLo, b.maskHi);
  const svLo = (a.valueLo + b.valueLo) | 0;
  const svHi = addHi(a.valueLo, a.valueHi, b.valueLo, b.valueHi);
  const sigmaLo = (smLo + svLo) | 0;
  const sigmaHi = addHi(smLo, smHi, svLo, svHi);
  const muLo = (sigmaLo ^ svLo) | a.maskLo | b.maskLo;
  const muHi = (sigmaHi ^ svHi) | a.maskHi | b.maskHi;
  setTnum(out, svLo & ~muLo, svHi & ~muHi, muLo, muHi);
}

export function tnumSub(out: Tnum, a: Tnum, b: Tnum): void {
  const dvLo = (a.valueLo - b.valueLo) | 0;
  const dvHi = subHi(a.valueLo, a.valueHi, b.valueLo, b.valueHi);
  const alphaLo = (dvLo + a.maskLo) | 0;
  const alphaHi = addHi(dvLo, dvHi, a.maskLo, a.maskHi);
  const betaLo = (dvLo - b.maskLo) | 0;
  const betaHi = subHi(dvLo, dvHi, b.maskLo, b.maskHi);
  const muLo = (alphaLo ^ betaLo) | a.maskLo | b.maskLo;
  const muHi = (alphaHi ^ betaHi) | a.maskHi | b.maskHi;
  setTnum(out, dvLo & ~muLo, dvHi & ~muHi, muLo, muHi);
}

const ZERO: Tnum = tnum();

export function tnumNeg(out: Tnum, a: Tnum): void {
  tnumSub(out, ZERO, a);
}

export function tnumAnd(out: Tnum, a: Tnum, b: Tnum): void {
  const vLo = a.valueLo & b.valueLo;
  const vHi = a.valueHi & b.valueHi;
  const alphaLo = (a.valueLo | a.maskLo) & (b.valueLo | b.maskLo);
  const alphaHi = (a.valueHi | a.maskHi) & (b.valueHi | b.maskHi);
  setTnum(out, vLo, vHi, alphaLo & ~vLo, alphaHi & ~vHi);
}

export function tnumOr(out: Tnum, a: Tnum, b: Tnum): void {
  const vLo = a.valueLo | b.valueLo;
  const vHi = a.valueHi | b.valueHi;
  setTnum(out, vLo, vHi, (a.maskLo | b.maskLo) & ~vLo, (a.maskHi | b.maskHi) & ~vHi);
}

export function tnumXor(out: Tnum, a: Tnum, b: Tnum): void {
  const muLo = a.maskLo | b.maskLo;
  const muHi = a.maskHi | b.maskHi;
  setTnum(out, (a.valueLo ^ b.valueLo) & ~muLo, (a.valueHi ^ b.valueHi) & ~muHi, muLo, muHi);
}

/** What both know; both must hold the same number. */
export function tnumIntersect(out: Tnum, a: Tnum, b: Tnum): void {
  const muLo = a.maskLo & b.maskLo;
  const muHi = a.maskHi & b.maskHi;
  setTnum(out, (a.valueLo | b.valueLo) & ~muLo, (a.valueHi | b.valueHi) & ~muHi, muLo, muHi);
}

/** What is known of a number that is in one or the other. */
function tnumUnion(out: Tnum, a: Tnum, b: Tnum): void {
  const muLo = a.maskLo | b.maskLo | (a.valueLo ^ b.valueLo);
  const muHi = a.maskHi | b.maskHi | (a.valueHi ^ b.valueHi);
  setTnum(out, a.valueLo & b.valueLo & ~muLo, a.valueHi & b.valueHi & ~muHi, muLo, muHi);
}

export function tnumShl(out: Tnum, a: Tnum, count: number): void {
  const { valueLo, valueHi, maskLo, maskHi } = a;
  setTnum(
    out,
    shlLo(valueLo, count),
    shlHi(valueLo, valueHi, count),
    shlLo(maskLo, count),
    shlHi(maskLo, maskHi, count),
  );
}

export function tnumShr(out: Tnum, a: Tnum, count: number): void {
  const { valueLo, valueHi, maskLo, maskHi } = a;
  setTnum(
    out,
    shrLo(valueLo, valueHi, count),
    shrHi(valueHi, count),
    shrLo(maskLo, maskHi, count),
    shrHi(maskHi, count),
  );
}

export function tnumSar(out: Tnum, a: Tnum, count: number): void {
  const { valueLo, valueHi, maskLo, maskHi } = a;
  setTnum(
    out,
    sarLo(valueLo, valueHi, count),
    sarHi(valueHi, count),
    sarLo(maskLo, maskHi, count),
    sarHi(maskHi, count),
  );
}

/** Arithmetic shift of the low 32 bits; the high ones become 0. */
export function tnumSar32(out: Tnum, a: Tnum, count: number): void {
  setTnum(out, a.valueLo >> count, 0, a.maskLo >> count, 0);
}

const multiplicand: Tnum = tnum();
const multiplier: Tnum = tnum();
const accumulator: Tnum = tnum();
const sum: Tnum = tnum();
const either: Tnum = tnum();

/**
 * Long multiplication over the multiplier's bits: a known 1 adds the multiplicand, an unknown bit adds "it or
 * nothing", as the kernel does since 6.18 (Harishankar et al.).
 */
export function tnumMul(out: Tnum, a: Tnum, b: Tnum): void {
  setTnum(multiplier, a.valueLo, a.valueHi, a.maskLo, a.maskHi);
  setTnum(multiplicand, b.valueLo, b.valueHi, b.maskLo, b.maskHi);
  setTnum(accumulator, 0, 0, 0, 0);
  while ((multiplier.valueLo | multiplier.valueHi | multiplier.maskLo | multiplier.maskHi) !== 0) {
    if ((multiplier.valueLo & 1) !== 0) {
      tnumAdd(accumulator, accumulator, multiplicand);
    } else if ((multiplier.maskLo & 1) !== 0) {
      tnumAdd(sum, accumulator, multiplicand);
      tnumUnion(either, accumulator, sum);
      setTnum(accumulator, either.valueLo, either.valueHi, either.maskLo, either.maskHi);
    }
    tnumShr(multiplier, multiplier, 1);
    tnumShl(multiplicand, multiplicand, 1);
  }
  setTnum(out, accumulator.valueLo, accumulator.valueHi, accumulator.maskLo, accumulator.maskHi);
}

/** Whether every number of `b` is in `a`. */
export function tnumContains(a: Tnum, b: Tnum): boolean {
  if ((b.maskLo & ~a.maskLo) !== 0 || (b.maskHi & ~a.maskHi) !== 0) return false;
  return a.valueLo === (b.valueLo & ~a.maskLo) && a.valueHi === (b.valueHi & ~a.maskHi);
}

const stepped: Tnum = tnum();

/** The smallest number of `t` above z, or its largest one where there is none. The result is valid until the next call. */
export function tnumAbove(t: Tnum, zLo: number, zHi: number): Tnum {
  const maxLo = t.valueLo | t.maskLo;
  const maxHi = t.valueHi | t.maskHi;
  if (!lessUnsigned(zLo, zHi, maxLo, maxHi)) {
    setTnum(stepped, maxLo, maxHi, 0, 0);
    return stepped;
  }
  if (lessUnsigned(zLo, zHi, t.valueLo, t.valueHi)) {
    setTnum(stepped, t.valueLo, t.valueHi, 0, 0);
    return stepped;
  }
  // Count on within the mask: a bit of the distance outside it carries over everything below.
  const distanceLo = (zLo - t.valueLo) | 0;
  const distanceHi = subHi(zLo, zHi, t.valueLo, t.valueHi);
  const bits = bitLength(distanceLo & ~t.maskLo, distanceHi & ~t.maskHi);
  const carryLo = bits >= 32 ? -1 : (1 << bits) - 1;
  const carryHi = bits >= 64 ? -1 : bits > 32 ? (1 << (bits - 32)) - 1 : 0;
  const filledLo = distanceLo | carryLo | ~t.maskLo;
  const filledHi = distanceHi | carryHi | ~t.maskHi;
  const incLo = (filledLo + 1) & t.maskLo;
  const incHi = addHi(filledLo, filledHi, 1, 0) & t.maskHi;
  setTnum(stepped, t.valueLo | incLo, t.valueHi | incHi, 0, 0);
  return stepped;
}
