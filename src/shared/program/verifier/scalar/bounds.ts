/** Bringing a register's tnum, 64-bit and 32-bit ranges into agreement, each learning from the others. */
import type { Register } from '../register.js';
import { lessSigned, lessUnsigned, MAX32, MIN32 } from './int64.js';
import { type Tnum, tnum, tnumAbove, tnumIntersect, tnumRange } from './tnum.js';

export function raiseSmin(r: Register, lo: number, hi: number): void {
  if (lessSigned(r.sminLo, r.sminHi, lo, hi)) {
    r.sminLo = lo;
    r.sminHi = hi;
  }
}

export function lowerSmax(r: Register, lo: number, hi: number): void {
  if (lessSigned(lo, hi, r.smaxLo, r.smaxHi)) {
    r.smaxLo = lo;
    r.smaxHi = hi;
  }
}

export function raiseUmin(r: Register, lo: number, hi: number): void {
  if (lessUnsigned(r.uminLo, r.uminHi, lo, hi)) {
    r.uminLo = lo;
    r.uminHi = hi;
  }
}

export function lowerUmax(r: Register, lo: number, hi: number): void {
  if (lessUnsigned(lo, hi, r.umaxLo, r.umaxHi)) {
    r.umaxLo = lo;
    r.umaxHi = hi;
  }
}

export function raiseU32(r: Register, min: number): void {
  if (r.u32min >>> 0 < min >>> 0) r.u32min = min;
}

export function lowerU32(r: Register, max: number): void {
  if (max >>> 0 < r.u32max >>> 0) r.u32max = max;
}

export function raiseS32(r: Register, min: number): void {
  if (min > r.s32min) r.s32min = min;
}

export function lowerS32(r: Register, max: number): void {
  if (max < r.s32max) r.s32max = max;
}

/** Ranges from known bits. */
export function boundsFromBits(r: Register): void {
  raiseS32(r, r.valueLo | (r.maskLo & MIN32));
  lowerS32(r, r.valueLo | (r.maskLo & MAX32));
  raiseU32(r, r.valueLo);
  lowerU32(r, r.valueLo | r.maskLo);
  raiseSmin(r, r.valueLo, r.valueHi | (r.maskHi & MIN32));
  lowerSmax(r, r.valueLo | r.maskLo, r.valueHi | (r.maskHi & MAX32));
  raiseUmin(r, r.valueLo, r.valueHi);
  lowerUmax(r, r.valueLo | r.maskLo, r.valueHi | r.maskHi);
  if ((r.maskLo & r.maskHi) !== -1) findOnlyMember(r);
}

/**
 * Known bits and the unsigned range may have a single number in common. Where they have none, as on a path that cannot
 * be taken, one number may be left, too: the kernel's choice is part of its verdicts.
 */
function findOnlyMember(r: Register): void {
  const { uminLo, uminHi, umaxLo, umaxHi } = r;
  const minFits = (uminLo & ~r.maskLo) === r.valueLo && (uminHi & ~r.maskHi) === r.valueHi;
  const { valueLo: nextLo, valueHi: nextHi } = tnumAbove(r, uminLo, uminHi);
  const nextAbove = lessUnsigned(umaxLo, umaxHi, nextLo, nextHi);
  if (minFits) {
    if (nextAbove) r.setConstantBounds(uminLo, uminHi);
    return;
  }
  const maxLo = r.valueLo | r.maskLo;
  const maxHi = r.valueHi | r.maskHi;
  if (nextLo === maxLo && nextHi === maxHi) {
    r.setConstantBounds(maxLo, maxHi);
  } else if (!nextAbove) {
    const { valueLo, valueHi } = tnumAbove(r, nextLo, nextHi);
    if (lessUnsigned(umaxLo, umaxHi, valueLo, valueHi)) r.setConstantBounds(nextLo, nextHi);
  }
}

function narrowU32(r: Register, min: number, max: number): void {
  raiseU32(r, min);
  lowerU32(r, max);
}

function narrowS32(r: Register, min: number, max: number): void {
  raiseS32(r, min);
  lowerS32(r, max);
}

function deduce32(r: Register): void {
  // A 64-bit range with one upper half is a range of the lower half too.
  if (r.uminHi === r.umaxHi) {
    narrowU32(r, r.uminLo, r.umaxLo);
    if (r.uminLo <= r.umaxLo) narrowS32(r, r.uminLo, r.umaxLo);
  }
  if (r.sminHi === r.smaxHi) {
    if (r.sminLo >>> 0 <= r.smaxLo >>> 0) narrowU32(r, r.sminLo, r.smaxLo);
    if (r.sminLo <= r.smaxLo) narrowS32(r, r.sminLo, r.smaxLo);
  }
  // Two neighbouring upper halves: the lower halves pass through −1 to 0 once.
  if (((r.uminHi + 1) | 0) === r.umaxHi && r.uminLo < 0 && r.umaxLo >= 0) narrowS32(r, r.uminLo, r.umaxLo);
  if (((r.sminHi + 1) | 0) === r.smaxHi && r.sminLo < 0 && r.smaxLo >= 0) narrowS32(r, r.sminLo, r.smaxLo);
  if (r.u32min <= r.u32max) narrowS32(r, r.u32min, r.u32max);
  if (r.s32min >>> 0 <= r.s32max >>> 0) {
    narrowU32(r, r.s32min, r.s32max);
  } else if (r.u32max >>> 0 < r.s32min >>> 0) {
    // As in 64 bits: the unsigned range meets only one of the signed one's two ends.
    r.s32min = r.u32min;
    lowerU32(r, r.s32max);
  } else if (r.s32max >>> 0 < r.u32min >>> 0) {
    r.s32max = r.u32max;
    raiseU32(r, r.s32min);
  }
}

function deduce64(r: Register): void {
  if (!lessSigned(r.umaxLo, r.umaxHi, r.uminLo, r.uminHi)) {
    raiseSmin(r, r.uminLo, r.uminHi);
    lowerSmax(r, r.umaxLo, r.umaxHi);
  }
  if (!lessUnsigned(r.smaxLo, r.smaxHi, r.sminLo, r.sminHi)) {
    raiseUmin(r, r.sminLo, r.sminHi);
    lowerUmax(r, r.smaxLo, r.smaxHi);
  } else if (lessUnsigned(r.umaxLo, r.umaxHi, r.sminLo, r.sminHi)) {
    // The signed range crosses 0 and the unsigned one meets only its part above 0.
    r.sminLo = r.uminLo;
    r.sminHi = r.uminHi;
    lowerUmax(r, r.smaxLo, r.smaxHi);
  } else if (lessUnsigned(r.smaxLo, r.smaxHi, r.uminLo, r.uminHi)) {
    // … only its part below 0.
    r.smaxLo = r.umaxLo;
    r.smaxHi = r.umaxHi;
    raiseUmin(r, r.sminLo, r.sminHi);
  }
}

const bits: Tnum = tnum();

function deduceMixed(r: Register): void {
  raiseUmin(r, r.u32min, r.uminHi);
  lowerUmax(r, r.u32max, r.umaxHi);
  raiseSmin(r, r.u32min, r.sminHi);
  lowerSmax(r, r.u32max, r.smaxHi);
  if (r.s32min < 0) return;
  const aboveMin = !lessSigned(r.sminLo, r.sminHi, MIN32, -1);
  const belowMax = !lessSigned(MAX32, 0, r.smaxLo, r.smaxHi);
  if (!aboveMin || !belowMax) return;
  // A sign-extended 32-bit number whose low half is not negative is that half.
  r.sminLo = r.uminLo = r.s32min;
  r.smaxLo = r.umaxLo = r.s32max;
  r.sminHi = r.uminHi = r.smaxHi = r.umaxHi = 0;
  tnumRange(bits, r.sminLo, 0, r.smaxLo, 0);
  tnumIntersect(r, r, bits);
}

function deduceBounds(r: Register): void {
  deduce32(r);
  deduce64(r);
  deduceMixed(r);
}

const bits32: Tnum = tnum();
const low: Tnum = tnum();

/** Known bits from the unsigned ranges. */
function bitsFromBounds(r: Register): void {
  tnumRange(bits, r.uminLo, r.uminHi, r.umaxLo, r.umaxHi);
  tnumIntersect(r, r, bits);
  tnumRange(bits32, r.u32min, 0, r.u32max, 0);
  low.valueLo = r.valueLo;
  low.maskLo = r.maskLo;
  tnumIntersect(low, low, bits32);
  r.valueLo = low.valueLo;
  r.maskLo = low.maskLo;
}

/** Nothing is known: there is nothing to learn. */
function isUnbounded(r: Register): boolean {
  if ((r.maskLo & r.maskHi & r.umaxLo & r.umaxHi & r.u32max & r.smaxLo) !== -1) return false;
  if ((r.uminLo | r.uminHi | r.u32min | r.sminLo) !== 0) return false;
  return r.sminHi === MIN32 && r.smaxHi === MAX32 && r.s32min === MIN32 && r.s32max === MAX32;
}

/** One number in every part: nothing is left to learn. */
function isSettledConstant(r: Register): boolean {
  if ((r.maskLo | r.maskHi) !== 0) return false;
  const { valueLo: lo, valueHi: hi } = r;
  const low = (r.uminLo ^ lo) | (r.umaxLo ^ lo) | (r.sminLo ^ lo) | (r.smaxLo ^ lo);
  const high = (r.uminHi ^ hi) | (r.umaxHi ^ hi) | (r.sminHi ^ hi) | (r.smaxHi ^ hi);
  const narrow = (r.u32min ^ lo) | (r.u32max ^ lo) | (r.s32min ^ lo) | (r.s32max ^ lo);
  return (low | high | narrow) === 0;
}

/** The rounds and their order are the kernel's (6.18): another order gives other ranges. */
export function syncBounds(r: Register): void {
  if (isUnbounded(r)) return;
  boundsFromBits(r);
  if (isSettledConstant(r)) return;
  deduceBounds(r);
  deduceBounds(r);
  deduceBounds(r);
  bitsFromBounds(r);
  boundsFromBits(r);
}

/** Whether the parts contradict each other: the register's path cannot be taken. */
export function boundsContradict(r: Register): boolean {
  if (
    lessUnsigned(r.umaxLo, r.umaxHi, r.uminLo, r.uminHi) ||
    lessSigned(r.smaxLo, r.smaxHi, r.sminLo, r.sminHi) ||
    r.u32max >>> 0 < r.u32min >>> 0 ||
    r.s32max < r.s32min
  ) {
    return true;
  }
  if ((r.maskLo | r.maskHi) === 0) {
    return !isSettledConstant(r);
  }
  if (r.maskLo !== 0) return false;
  return r.u32min !== r.valueLo || r.u32max !== r.valueLo || r.s32min !== r.valueLo || r.s32max !== r.valueLo;
}

/** Zero extension: the 64-bit ranges of a number whose upper half is known to be 0. */
function assign32To64(r: Register): void {
  r.uminLo = r.u32min;
  r.uminHi = 0;
  r.umaxLo = r.u32max;
  r.umaxHi = 0;
  r.sminHi = 0;
  r.smaxHi = 0;
  if (r.s32min >= 0 && r.s32max >= 0) {
    r.sminLo = r.s32min;
    r.smaxLo = r.s32max;
  } else {
    r.sminLo = 0;
    r.smaxLo = -1;
  }
}

export function zeroExtend32(r: Register): void {
  r.valueHi = 0;
  r.maskHi = 0;
  assign32To64(r);
}
