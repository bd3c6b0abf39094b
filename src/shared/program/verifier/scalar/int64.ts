/**
 * 64-bit integers as two 32-bit words, both kept as signed int32 so that V8 holds them unboxed. A function named
 * `…Hi` gives the high word of the result, `…Lo` the low one; comparisons take both words of both operands.
 */

export const MIN32 = -0x8000_0000;
export const MAX32 = 0x7fff_ffff;

export function lessSigned(aLo: number, aHi: number, bLo: number, bHi: number): boolean {
  return aHi === bHi ? aLo >>> 0 < bLo >>> 0 : aHi < bHi;
}

export function lessUnsigned(aLo: number, aHi: number, bLo: number, bHi: number): boolean {
  return aHi === bHi ? aLo >>> 0 < bLo >>> 0 : aHi >>> 0 < bHi >>> 0;
}

export function addHi(aLo: number, aHi: number, bLo: number, bHi: number): number {
  return (aHi + bHi + ((aLo >>> 0) + (bLo >>> 0) > 0xffff_ffff ? 1 : 0)) | 0;
}

export function subHi(aLo: number, aHi: number, bLo: number, bHi: number): number {
  return (aHi - bHi - (aLo >>> 0 < bLo >>> 0 ? 1 : 0)) | 0;
}

/** Shifts take a count of 0 to 63. */
export function shlLo(lo: number, count: number): number {
  return count >= 32 ? 0 : lo << count;
}

export function shlHi(lo: number, hi: number, count: number): number {
  if (count === 0) return hi;
  return count >= 32 ? lo << (count - 32) : (hi << count) | (lo >>> (32 - count));
}

export function shrLo(lo: number, hi: number, count: number): number {
  if (count === 0) return lo;
  return count >= 32 ? (hi >>> (count - 32)) | 0 : (lo >>> count) | (hi << (32 - count));
}

export function shrHi(hi: number, count: number): number {
  return count >= 32 ? 0 : (hi >>> count) | 0;
}

export function sarLo(lo: number, hi: number, count: number): number {
  if (count === 0) return lo;
  return count >= 32 ? hi >> (count - 32) : (lo >>> count) | (hi << (32 - count));
}

export function sarHi(hi: number, count: number): number {
  return count >= 32 ? hi >> 31 : hi >> count;
}

/** Number of the highest set bit plus one; 0 for zero. */
export function bitLength(lo: number, hi: number): number {
  return hi !== 0 ? 64 - Math.clz32(hi) : 32 - Math.clz32(lo);
}

export function toUnsigned(lo: number, hi: number): bigint {
  return (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);
}

export function toSigned(lo: number, hi: number): bigint {
  return (BigInt(hi) << 32n) | BigInt(lo >>> 0);
}

export function lowWord(value: bigint): number {
  return Number(BigInt.asIntN(32, value));
}

export function highWord(value: bigint): number {
  return Number(BigInt.asIntN(32, value >> 32n));
}

/** The value as a double: exact within 2^53. */
export function toNumber(lo: number, hi: number): number {
  return hi * 0x1_0000_0000 + (lo >>> 0);
}

export function toUnsignedNumber(lo: number, hi: number): number {
  return (hi >>> 0) * 0x1_0000_0000 + (lo >>> 0);
}

export function swap32(word: number): number {
  return ((word & 0xff) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}
