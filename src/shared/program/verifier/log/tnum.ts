import { toUnsigned } from '../scalar/int64.js';
import type { Tnum } from '../scalar/tnum.js';

const hex = (lo: number, hi: number): string => `0x${toUnsigned(lo, hi).toString(16)}`;

/** `(value; mask)` as the kernel prints it. */
export function formatTnum(t: Tnum): string {
  return `(${hex(t.valueLo, t.valueHi)}; ${hex(t.maskLo, t.maskHi)})`;
}

/** As formatTnum; a known number is printed alone. */
export function formatOffset(t: Tnum): string {
  return (t.maskLo | t.maskHi) === 0 ? small(t) : formatTnum(t);
}

const small = ({ valueLo, valueHi }: Tnum): string =>
  valueHi === 0 && valueLo >>> 0 <= 0xffff ? String(valueLo) : hex(valueLo, valueHi);
