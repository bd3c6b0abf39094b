/** Bounds and initialisation of stack accesses, for loads, stores and helpers' arguments. */
import type { Env } from '../env.js';
import { formatTnum } from '../log/tnum.js';
import { Kind } from '../register-kinds.js';
import type { Register } from '../register.js';
import { toNumber } from '../scalar/int64.js';
import { Byte, type Frame, MAX_STACK } from '../state.js';

const MAX_VARIABLE_OFFSET = 1 << 29;

export function constantOffset(r: Register): number {
  return toNumber(r.valueLo, r.valueHi);
}

export interface StackRange {
  readonly min: number;
  /** Largest first byte. */
  readonly max: number;
}

export function stackRange(r: Register, off: number): StackRange {
  if (r.isConstant) {
    const at = constantOffset(r) + off;
    return { min: at, max: at };
  }
  return { min: toNumber(r.sminLo, r.sminHi) + off, max: toNumber(r.smaxLo, r.smaxHi) + off };
}

/** The access lies in the frame's 512 bytes; the frame grows to hold it. */
export function checkStackBounds(env: Env, number: number, off: number, size: number, write: boolean): void {
  const r = env.peek(number);
  const what = write ? ' write to' : ' read from';
  if (!r.isConstant) {
    const smax = toNumber(r.smaxLo, r.smaxHi);
    const smin = toNumber(r.sminLo, r.sminHi);
    if (smax >= MAX_VARIABLE_OFFSET || smin <= -MAX_VARIABLE_OFFSET) {
      env.refuse('EACCES', `invalid unbounded variable-offset${what} stack R${number}`);
    }
  }
  const { min, max } = stackRange(r, off);
  const frame = env.state.frame(r.frame);
  const lowest = write || env.allowUninitStack ? -MAX_STACK : -frame.slotCount * 8;
  const low = min < lowest || min > -1;
  if (low || max + size > 0) {
    const code = low ? 'EACCES' : 'EINVAL';
    if (r.isConstant) env.refuse(code, `invalid${what} stack R${number} off=${min} size=${size}`);
    env.refuse(
      code,
      `invalid variable-offset${what} stack R${number} var_off=${formatTnum(r)} off=${off} size=${size}`,
    );
  }
  growStack(env, frame, -min);
}

function growStack(env: Env, frame: Frame, bytes: number): void {
  frame.grow((bytes + 7) >> 3);
  const subprogram = env.subprograms[frame.subprogram];
  if (subprogram && subprogram.stackDepth < bytes) subprogram.stackDepth = bytes;
}

/** What a helper's argument check remembers for the effects of the call. */
export interface RawAccess {
  /** The helper fills the memory: it need not be initialised. */
  raw: boolean;
  accessSize: number;
  register: number;
}

/** A helper reads or writes `size` bytes of stack; `raw`: it fills them, so they need not be initialised. */
export function checkStackRange(
  env: Env,
  number: number,
  off: number,
  size: number,
  zero: boolean,
  write: boolean,
  raw: RawAccess | null,
): void {
  const r = env.peek(number);
  if (size === 0 && !zero) env.refuse('EACCES', 'invalid zero-sized read');
  checkStackBounds(env, number, off, size, write);
  if (!r.isConstant && !env.allowPointerLeaks) {
    env.refuse('EACCES', `R${number} variable offset stack access prohibited for !root, var_off=${formatTnum(r)}`);
  }
  const frame = env.state.frame(r.frame);
  const { min, max } = stackRange(r, off);
  if (raw?.raw && r.isConstant) {
    checkNoDynptr(env, frame, min, max + size);
    raw.accessSize = size;
    raw.register = number;
    return;
  }
  for (let at = min; at < max + size; at++) checkByte(env, number, frame, at, min, size, write);
}

function checkNoDynptr(env: Env, frame: Frame, from: number, to: number): void {
  for (let at = from; at < to; at++) {
    const index = -at - 1;
    if (frame.byteAt(index) === Byte.DYNPTR) {
      env.refuse('EACCES', `potential write to dynptr at off=${at} disallowed`);
    }
  }
}

function checkByte(
  env: Env,
  number: number,
  frame: Frame,
  at: number,
  min: number,
  size: number,
  write: boolean,
): void {
  const index = -at - 1;
  const slot = index >> 3;
  env.liveness.markRead(frame.number, slot);
  const kind = frame.byteAt(index);
  if (kind === Byte.MISC) return;
  if (kind === Byte.ZERO || (kind === Byte.INVALID && env.allowUninitStack)) {
    if (write) frame.setByteAt(index, Byte.MISC);
    return;
  }
  if (frame.isSpill(slot) && (frame.spills[slot]?.type === Kind.SCALAR || env.allowPointerLeaks)) {
    if (write) {
      frame.spill(slot).setUnknown();
      for (let i = 0; i < 8; i++) scrubByte(frame, slot, i);
    }
    return;
  }
  const r = env.peek(number);
  if (r.isConstant) env.refuse('EACCES', `invalid read from stack R${number} off ${min}+${at - min} size ${size}`);
  env.refuse('EACCES', `invalid read from stack R${number} var_off ${formatTnum(r)}+${at - min} size ${size}`);
}

/** The byte no longer belongs to a spilled value. */
export function scrubByte(frame: Frame, slot: number, index: number): void {
  if (frame.byte(slot, index) !== Byte.INVALID) frame.setByte(slot, index, Byte.MISC);
}
