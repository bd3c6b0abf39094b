/** Byte swaps and truncations of the END instructions. */
import type { Register } from '../register.js';
import { syncBounds } from './bounds.js';
import { truncate } from './extend.js';
import { swap32 } from './int64.js';

function swap16(word: number): number {
  return ((word & 0xff) << 8) | ((word >>> 8) & 0xff);
}

/** To little-endian, on the little-endian machine that the kernel's answers come from: only the width changes. */
export function toLittleEndian(r: Register, bits: number): void {
  if (bits === 64) return;
  truncate(r, bits >> 3);
  r.id = 0;
  r.off = 0;
}

/** The low `bits` (16, 32, 64) bits swapped: known bits move with their bytes, and the ranges follow from them. */
export function swapBytes(r: Register, bits: number): void {
  const { valueLo, maskLo } = r;
  const convert = bits === 16 ? swap16 : swap32;
  if (bits === 64) {
    r.valueLo = swap32(r.valueHi);
    r.maskLo = swap32(r.maskHi);
    r.valueHi = swap32(valueLo);
    r.maskHi = swap32(maskLo);
  } else {
    r.valueLo = convert(valueLo);
    r.maskLo = convert(maskLo);
    r.valueHi = r.maskHi = 0;
  }
  r.setUnbounded();
  syncBounds(r);
  r.id = 0;
  r.off = 0;
}
