/** Truncation and sign extension of a scalar to 1, 2 or 4 bytes. */
import type { Register } from '../register.js';
import { syncBounds } from './bounds.js';
import { lessUnsigned, MAX32, MIN32 } from './int64.js';
import { tnumRange } from './tnum.js';

/** Keep the low `size` bytes (1, 2, 4), zero-extended. */
export function truncate(r: Register, size: number): void {
  if (size >= 8) return;
  const mask = size === 4 ? -1 : (1 << (size * 8)) - 1;
  r.valueLo &= mask;
  r.maskLo &= mask;
  r.valueHi = r.maskHi = 0;
  const same = r.uminHi === r.umaxHi && (r.uminLo & ~mask) === (r.umaxLo & ~mask);
  r.uminLo = same ? r.uminLo & mask : 0;
  r.umaxLo = same ? r.umaxLo & mask : mask;
  r.uminHi = r.umaxHi = 0;
  r.sminLo = r.uminLo;
  r.smaxLo = r.umaxLo;
  r.sminHi = r.smaxHi = 0;
  if (size < 4) r.setUnbounded32();
  syncBounds(r);
}

function signExtendWord(word: number, size: number): number {
  const shift = 32 - size * 8;
  return (word << shift) >> shift;
}

function setExtended64(r: Register, min: number, max: number): void {
  r.sminLo = r.uminLo = r.s32min = r.u32min = min;
  r.smaxLo = r.umaxLo = r.s32max = r.u32max = max;
  r.sminHi = r.uminHi = min >> 31;
  r.smaxHi = r.umaxHi = max >> 31;
  tnumRange(r, r.sminLo, r.sminHi, r.smaxLo, r.smaxHi);
}

/** The sign bit of the low `bits` bits is known to be 0, as is all above it: sign extension changes nothing. */
export function keepsSign(r: Register, bits: number): boolean {
  return lessUnsigned(r.umaxLo, r.umaxHi, (1 << (bits - 1)) | 0, 0);
}

/** Sign-extend the low `size` bytes (1, 2, 4) to 64 bits. */
export function signExtend64(r: Register, size: number): void {
  if (r.isConstant) {
    const word = signExtendWord(r.valueLo, size);
    r.setConstantBounds(word, word >> 31);
    return;
  }
  const dropped = size === 4 ? 0 : ~((1 << (size * 8)) - 1);
  if (r.smaxHi === r.sminHi && (r.smaxLo & dropped) === (r.sminLo & dropped)) {
    const a = signExtendWord(r.smaxLo, size);
    const b = signExtendWord(r.sminLo, size);
    if (a >= 0 === b >= 0) {
      setExtended64(r, Math.min(a, b), Math.max(a, b));
      return;
    }
  }
  const max = size === 4 ? MAX32 : (1 << (size * 8 - 1)) - 1;
  const min = ~max;
  r.setUnbounded();
  r.sminLo = r.s32min = min;
  r.sminHi = -1;
  r.smaxLo = r.s32max = max;
  r.smaxHi = 0;
  r.valueLo = r.valueHi = 0;
  r.maskLo = r.maskHi = -1;
}

/** Sign-extend the low `size` bytes (1, 2) to 32 bits; the upper half is left to zero extension. */
export function signExtend32(r: Register, size: number): void {
  if (r.isConstant) {
    const word = signExtendWord(r.valueLo, size);
    r.valueLo = r.s32min = r.s32max = r.u32min = r.u32max = word;
    r.valueHi = word >> 31;
    return;
  }
  const dropped = ~((1 << (size * 8)) - 1);
  if ((r.s32max & dropped) === (r.s32min & dropped)) {
    const a = signExtendWord(r.s32max, size);
    const b = signExtendWord(r.s32min, size);
    if (a >= 0 === b >= 0) {
      r.s32min = r.u32min = Math.min(a, b);
      r.s32max = r.u32max = Math.max(a, b);
      tnumRange(r, r.s32min, r.s32min >> 31, r.s32max, r.s32max >> 31);
      r.valueHi = r.maskHi = 0;
      return;
    }
  }
  const max = (1 << (size * 8 - 1)) - 1;
  r.s32max = max;
  r.s32min = MIN32 >> (32 - size * 8);
  r.u32min = 0;
  r.u32max = -1;
  r.valueLo = r.valueHi = 0;
  r.maskLo = -1;
  r.maskHi = 0;
}
