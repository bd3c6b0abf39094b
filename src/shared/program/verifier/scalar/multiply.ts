/** Range of a product: 64-bit overflow needs more than two words, so wide ranges go through BigInt. */
import type { Register } from '../register.js';
import { highWord, lowWord, MAX32, MIN32, toSigned, toUnsigned } from './int64.js';

export function multiply32(d: Register, s: Register): void {
  const umin = (d.u32min >>> 0) * (s.u32min >>> 0);
  const umax = (d.u32max >>> 0) * (s.u32max >>> 0);
  if (umin > 0xffff_ffff || umax > 0xffff_ffff) {
    d.u32min = 0;
    d.u32max = -1;
  } else {
    d.u32min = umin | 0;
    d.u32max = umax | 0;
  }
  const products = [d.s32min * s.s32min, d.s32min * s.s32max, d.s32max * s.s32min, d.s32max * s.s32max];
  const low = Math.min(...products);
  const high = Math.max(...products);
  const fits = low >= MIN32 && high <= MAX32;
  d.s32min = fits ? low | 0 : MIN32;
  d.s32max = fits ? high | 0 : MAX32;
}

const U64_MAX = (1n << 64n) - 1n;
const S64_MIN = -(1n << 63n);
const S64_MAX = (1n << 63n) - 1n;

/** Both operands lie in [0, 2^26): the product is exact as a double. */
function multiplySmall(d: Register, s: Register): boolean {
  const limit = 1 << 26;
  const small = (r: Register): boolean =>
    r.umaxHi === 0 && r.umaxLo >>> 0 < limit && r.smaxHi === 0 && r.smaxLo >>> 0 < limit && r.sminHi === 0;
  if (!small(d) || !small(s)) return false;
  const umin = (d.uminLo >>> 0) * (s.uminLo >>> 0);
  const umax = (d.umaxLo >>> 0) * (s.umaxLo >>> 0);
  const smin = (d.sminLo >>> 0) * (s.sminLo >>> 0);
  const smax = (d.smaxLo >>> 0) * (s.smaxLo >>> 0);
  d.uminLo = umin | 0;
  d.uminHi = Math.floor(umin / 0x1_0000_0000);
  d.umaxLo = umax | 0;
  d.umaxHi = Math.floor(umax / 0x1_0000_0000);
  d.sminLo = smin | 0;
  d.sminHi = Math.floor(smin / 0x1_0000_0000);
  d.smaxLo = smax | 0;
  d.smaxHi = Math.floor(smax / 0x1_0000_0000);
  return true;
}

export function multiply64(d: Register, s: Register): void {
  if (multiplySmall(d, s)) return;
  multiplyUnsigned(d, s);
  multiplySigned(d, s);
}

function multiplyUnsigned(d: Register, s: Register): void {
  const umin = toUnsigned(d.uminLo, d.uminHi) * toUnsigned(s.uminLo, s.uminHi);
  const umax = toUnsigned(d.umaxLo, d.umaxHi) * toUnsigned(s.umaxLo, s.umaxHi);
  const fits = umin <= U64_MAX && umax <= U64_MAX;
  d.uminLo = fits ? lowWord(umin) : 0;
  d.uminHi = fits ? highWord(umin) : 0;
  d.umaxLo = fits ? lowWord(umax) : -1;
  d.umaxHi = fits ? highWord(umax) : -1;
}

function multiplySigned(d: Register, s: Register): void {
  const a = toSigned(d.sminLo, d.sminHi);
  const b = toSigned(d.smaxLo, d.smaxHi);
  const x = toSigned(s.sminLo, s.sminHi);
  const y = toSigned(s.smaxLo, s.smaxHi);
  const products = [a * x, a * y, b * x, b * y];
  products.sort((p, q) => (p < q ? -1 : 1));
  const low = products[0] as bigint;
  const high = products[3] as bigint;
  const fits = low >= S64_MIN && high <= S64_MAX;
  d.sminLo = fits ? lowWord(low) : 0;
  d.sminHi = fits ? highWord(low) : MIN32;
  d.smaxLo = fits ? lowWord(high) : -1;
  d.smaxHi = fits ? highWord(high) : MAX32;
}
