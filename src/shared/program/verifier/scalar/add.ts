/** Ranges of sums and differences. */
import type { Register } from '../register.js';
import { addHi, lessUnsigned, MAX32, MIN32, subHi } from './int64.js';

export function add32(d: Register, s: Register): void {
  const smin = d.s32min + s.s32min;
  const smax = d.s32max + s.s32max;
  const fits = smin >= MIN32 && smax <= MAX32 && smin <= MAX32 && smax >= MIN32;
  d.s32min = fits ? smin | 0 : MIN32;
  d.s32max = fits ? smax | 0 : MAX32;
  const umin = (d.u32min >>> 0) + (s.u32min >>> 0);
  const umax = (d.u32max >>> 0) + (s.u32max >>> 0);
  // Both ends wrapping keeps the range whole.
  const split = umin <= 0xffff_ffff && umax > 0xffff_ffff;
  d.u32min = split ? 0 : umin | 0;
  d.u32max = split ? -1 : umax | 0;
}

export function sub32(d: Register, s: Register): void {
  const smin = d.s32min - s.s32max;
  const smax = d.s32max - s.s32min;
  const fits = smin >= MIN32 && smax <= MAX32 && smin <= MAX32 && smax >= MIN32;
  d.s32min = fits ? smin | 0 : MIN32;
  d.s32max = fits ? smax | 0 : MAX32;
  const umin = (d.u32min >>> 0) - (s.u32max >>> 0);
  const umax = (d.u32max >>> 0) - (s.u32min >>> 0);
  const split = umin < 0 && umax >= 0;
  d.u32min = split ? 0 : umin | 0;
  d.u32max = split ? -1 : umax | 0;
}

/** Signed overflow of a sum: both operands differ in sign from the result. */
function addOverflows(aHi: number, bHi: number, sumHi: number): boolean {
  return ((aHi ^ sumHi) & (bHi ^ sumHi)) < 0;
}

function subOverflows(aHi: number, bHi: number, differenceHi: number): boolean {
  return ((aHi ^ bHi) & (aHi ^ differenceHi)) < 0;
}

/** Signed range of a + b, written to d. */
export function addSigned(d: Register, a: Register, b: Register): void {
  const minLo = (a.sminLo + b.sminLo) | 0;
  const minHi = addHi(a.sminLo, a.sminHi, b.sminLo, b.sminHi);
  const maxLo = (a.smaxLo + b.smaxLo) | 0;
  const maxHi = addHi(a.smaxLo, a.smaxHi, b.smaxLo, b.smaxHi);
  const wraps = addOverflows(a.sminHi, b.sminHi, minHi) || addOverflows(a.smaxHi, b.smaxHi, maxHi);
  d.sminLo = wraps ? 0 : minLo;
  d.sminHi = wraps ? MIN32 : minHi;
  d.smaxLo = wraps ? -1 : maxLo;
  d.smaxHi = wraps ? MAX32 : maxHi;
}

/** Signed range of a − b, written to d. */
export function subSigned(d: Register, a: Register, b: Register): void {
  const minLo = (a.sminLo - b.smaxLo) | 0;
  const minHi = subHi(a.sminLo, a.sminHi, b.smaxLo, b.smaxHi);
  const maxLo = (a.smaxLo - b.sminLo) | 0;
  const maxHi = subHi(a.smaxLo, a.smaxHi, b.sminLo, b.sminHi);
  const wraps = subOverflows(a.sminHi, b.smaxHi, minHi) || subOverflows(a.smaxHi, b.sminHi, maxHi);
  d.sminLo = wraps ? 0 : minLo;
  d.sminHi = wraps ? MIN32 : minHi;
  d.smaxLo = wraps ? -1 : maxLo;
  d.smaxHi = wraps ? MAX32 : maxHi;
}

function setUnsigned(d: Register, wraps: boolean, minLo: number, minHi: number, maxLo: number, maxHi: number): void {
  d.uminLo = wraps ? 0 : minLo;
  d.uminHi = wraps ? 0 : minHi;
  d.umaxLo = wraps ? -1 : maxLo;
  d.umaxHi = wraps ? -1 : maxHi;
}

/** Unsigned range of a + b. `strict`: any wrap loses it (pointers); else only one that splits the range. */
export function addUnsigned(d: Register, a: Register, b: Register, strict: boolean): void {
  const minLo = (a.uminLo + b.uminLo) | 0;
  const minHi = addHi(a.uminLo, a.uminHi, b.uminLo, b.uminHi);
  const maxLo = (a.umaxLo + b.umaxLo) | 0;
  const maxHi = addHi(a.umaxLo, a.umaxHi, b.umaxLo, b.umaxHi);
  const minWraps = lessUnsigned(minLo, minHi, a.uminLo, a.uminHi);
  const maxWraps = lessUnsigned(maxLo, maxHi, a.umaxLo, a.umaxHi);
  setUnsigned(d, strict ? minWraps || maxWraps : !minWraps && maxWraps, minLo, minHi, maxLo, maxHi);
}

/** Unsigned range of a − b. */
export function subUnsigned(d: Register, a: Register, b: Register, strict: boolean): void {
  const minLo = (a.uminLo - b.umaxLo) | 0;
  const minHi = subHi(a.uminLo, a.uminHi, b.umaxLo, b.umaxHi);
  const maxLo = (a.umaxLo - b.uminLo) | 0;
  const maxHi = subHi(a.umaxLo, a.umaxHi, b.uminLo, b.uminHi);
  const minWraps = lessUnsigned(a.uminLo, a.uminHi, b.umaxLo, b.umaxHi);
  const maxWraps = lessUnsigned(a.umaxLo, a.umaxHi, b.uminLo, b.uminHi);
  setUnsigned(d, strict ? minWraps : minWraps && !maxWraps, minLo, minHi, maxLo, maxHi);
}
