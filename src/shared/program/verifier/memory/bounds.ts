/** Whether accesses at a register's possible offsets lie in a region. */
import type { Env } from '../env.js';
import { Kind, kindOf } from '../register-kinds.js';
import type { Register } from '../register.js';
import { toNumber, toUnsignedNumber } from '../scalar/int64.js';

const MAX_VARIABLE_OFFSET = 1 << 29;

function describeMiss(number: number, r: Register, off: number, size: number, region: number): string {
  switch (kindOf(r.type)) {
    case Kind.MAP_KEY:
      return `invalid access to map key, key_size=${region} off=${off} size=${size}`;
    case Kind.MAP_VALUE:
      return `invalid access to map value, value_size=${region} off=${off} size=${size}`;
    case Kind.PACKET:
    case Kind.PACKET_META:
    case Kind.PACKET_END:
      return `invalid access to packet, off=${off} size=${size}, R${number}(id=${r.id},off=${off},r=${region})`;
    default:
      return `invalid access to memory, mem_size=${region} off=${off} size=${size}`;
  }
}

/** One access at a fixed offset. Logs and returns false when it leaves the region. */
function inRegion(
  env: Env,
  number: number,
  r: Register,
  off: number,
  size: number,
  region: number,
  zero: boolean,
): boolean {
  const sizeOk = size > 0 || (size === 0 && zero);
  if (off >= 0 && sizeOk && off + size <= region) return true;
  env.log.line(describeMiss(number, r, off | 0, size, region));
  return false;
}

const MIN_NEGATIVE = 'min value is negative, either use unsigned index or do a if (index >=0) check.';

/** Access of `size` bytes at `off` plus the register's variable offset, in a region of `region` bytes. */
export function checkRegion(env: Env, number: number, off: number, size: number, region: number, zero: boolean): void {
  const r = env.peek(number);
  const smin = toNumber(r.sminLo, r.sminHi);
  if (smin < 0) {
    const sum = off + smin;
    if (r.sminHi < -0x7fff_ffff || sum !== (sum | 0) || sum < 0) env.refuse('EACCES', `R${number} ${MIN_NEGATIVE}`);
  }
  if (!inRegion(env, number, r, smin + off, size, region, zero)) {
    env.refuse('EACCES', `R${number} min value is outside of the allowed memory range`);
  }
  const umax = toUnsignedNumber(r.umaxLo, r.umaxHi);
  if (umax >= MAX_VARIABLE_OFFSET) {
    env.refuse('EACCES', `R${number} unbounded memory access, make sure to bounds check any such access`);
  }
  if (!inRegion(env, number, r, umax + off, size, region, zero)) {
    env.refuse('EACCES', `R${number} max value is outside of the allowed memory range`);
  }
}

/** `off` is the fixed part; the range that comparisons gave holds behind the variable part. */
export function checkPacketRegion(env: Env, number: number, off: number, size: number, zero: boolean): void {
  const r = env.peek(number);
  if (r.sminHi < 0) env.refuse('EACCES', `R${number} ${MIN_NEGATIVE}`);
  if (r.range < 0) env.refuse('EINVAL', `R${number} offset is outside of the packet`);
  if (!inRegion(env, number, r, off, size, r.range, zero)) {
    env.refuse('EACCES', `R${number} offset is outside of the packet`);
  }
}
