/** Loads from and stores to the stack: spilled values keep what is known of them. */
import type { Env } from '../env.js';
import { formatTnum } from '../log/tnum.js';
import { pushHistory, stackAccess } from '../precision/history.js';
import { markPrecise } from '../precision/chain.js';
import { Kind } from '../register-kinds.js';
import { Register } from '../register.js';

import { identified, identifiedSpill, isPointerForProgram, isSpillable, widthOf } from '../values.js';
import { allBytes, Byte, type Frame } from '../state.js';
import { dropDynptr } from './dynptr.js';
import { checkStackRange, constantOffset, scrubByte, stackRange } from './stack-access.js';

const stored = new Register();

/** Value that a store takes: a register, or the immediate. */
export type StoredValue = { readonly register: number } | { readonly immediate: number } | null;

export function storeToStack(env: Env, pointer: number, off: number, size: number, value: StoredValue): void {
  const r = env.peek(pointer);
  const frame = env.state.frame(r.frame);
  if (r.isConstant) storeFixed(env, frame, off + constantOffset(r), size, value);
  else storeVariable(env, frame, r, off, size, value);
}

function storeFixed(env: Env, frame: Frame, off: number, size: number, value: StoredValue): void {
  const index = -off - 1;
  const slot = index >> 3;
  const register = value !== null && 'register' in value ? env.peek(value.register) : null;
  const immediate = value !== null && 'immediate' in value ? value.immediate : null;
  if (!env.allowPointerLeaks && frame.isSpill(slot) && !frame.isScalarSpill(slot) && size !== 8) {
    env.refuse('EACCES', 'attempt to corrupt spilled pointer on stack');
  }
  noteBarrier(env, frame, index, size, register);
  dropDynptr(env, frame, slot);
  env.touchStack(slot);
  if (size === 8) env.liveness.markWrite(frame.number, slot);
  const aligned = off % 8 === 0;
  if (register && aligned && register.type === Kind.SCALAR && env.bpfCapable) {
    const fits = widthOf(register) <= 8 * size;
    saveRegister(frame, slot, fits ? identified(env, (value as { register: number }).register) : register, size);
    if (!fits) frame.spill(slot).leaveClass();
  } else if (immediate !== null && aligned && env.bpfCapable) {
    stored.setConstant(immediate, immediate >> 31);
    saveRegister(frame, slot, stored, size);
  } else if (register && isSpillable(register.type)) {
    if (size !== 8) env.refuse('EACCES', 'invalid size of register spill');
    if (frame !== env.frame && register.type === Kind.STACK) {
      env.refuse('EINVAL', 'cannot spill pointers to stack into stack frame of the caller');
    }
    saveRegister(frame, slot, register, size);
  } else {
    storeBytes(env, frame, index, size, value);
    return;
  }
  pushHistory(env, stackAccess(frame.number, slot), null);
}

/** Loads may pass a store that changes what kind of value lies there: not without CAP_PERFMON. */
function noteBarrier(env: Env, frame: Frame, index: number, size: number, register: Register | null): void {
  if (env.allowPointerLeaks) return;
  let barrier = register !== null && isSpillable(register.type);
  for (let i = 0; i < size && !barrier; i++) {
    const kind = frame.byteAt(index - i);
    barrier = kind !== Byte.MISC && kind !== Byte.ZERO;
  }
  if (barrier) env.noSpeculationBehind[env.slot] = 1;
}

function storeBytes(env: Env, frame: Frame, index: number, size: number, value: StoredValue): void {
  const slot = index >> 3;
  scrubSpecial(frame, slot);
  let kind: number = Byte.MISC;
  if (isZero(env, value)) {
    if (value !== null && 'register' in value) markPrecise(env, value.register);
    kind = Byte.ZERO;
  }
  if (size === 8) frame.setKinds(slot, allBytes(kind));
  else for (let i = 0; i < size; i++) frame.setByteAt(index - i, kind);
}

/** Bytes of a spill or dynptr become plain ones. */
function scrubSpecial(frame: Frame, slot: number): void {
  const top = frame.byte(slot, 7);
  frame.spills[slot] = null;
  if (top !== Byte.SPILL && top !== Byte.DYNPTR) return;
  for (let i = 0; i < 8; i++) scrubByte(frame, slot, i);
}

function isZero(env: Env, value: StoredValue): boolean {
  if (value === null) return false;
  return 'register' in value ? env.peek(value.register).isNullConstant : value.immediate === 0;
}

function saveRegister(frame: Frame, slot: number, register: Register, size: number): void {
  frame.freshSpill(slot).copyFrom(register);
  if (size === 8) {
    frame.setKinds(slot, allBytes(Byte.SPILL));
    return;
  }
  for (let i = 8 - size; i < 8; i++) frame.setByte(slot, i, Byte.SPILL);
  for (let i = 0; i < 8 - size; i++) {
    const kind = frame.byte(slot, i);
    if (kind !== Byte.ZERO && kind !== Byte.INVALID) frame.setByte(slot, i, Byte.MISC);
  }
}

function storeVariable(env: Env, frame: Frame, r: Register, off: number, size: number, value: StoredValue): void {
  const { min, max } = stackRange(r, off);
  const writesZero = isZero(env, value);
  let zeroUsed = false;
  for (let at = min; at < max + size; at++) dropDynptr(env, frame, (-at - 1) >> 3);
  for (let at = min; at < max + size; at++) {
    if (storeVariableByte(env, frame, -at - 1, at, writesZero)) zeroUsed = true;
  }
  if (zeroUsed && value !== null && 'register' in value) markPrecise(env, value.register);
}

function storeVariableByte(env: Env, frame: Frame, index: number, at: number, writesZero: boolean): boolean {
  const slot = index >> 3;
  env.touchStack(slot);
  const kind = frame.byteAt(index);
  if (!env.allowPointerLeaks && kind !== Byte.MISC && kind !== Byte.ZERO) {
    env.refuse('EINVAL', `spilled ptr in range of var-offset stack write; insn ${env.slot}, ptr off: ${at}`);
  }
  if (writesZero && frame.isScalarSpill(slot) && frame.spill(slot).isNullConstant) return true;
  scrubSpecial(frame, slot);
  const keepsZero = writesZero && kind === Byte.ZERO;
  if (kind === Byte.INVALID && !env.allowUninitStack) {
    env.refuse(
      'EINVAL',
      `uninit stack in range of var-offset write prohibited for !root; insn ${env.slot}, off: ${at}`,
    );
  }
  frame.setByteAt(index, keepsZero ? Byte.ZERO : Byte.MISC);
  return keepsZero;
}

/** `destination` −1: the value is only looked at (atomics). */
export function loadFromStack(env: Env, pointer: number, off: number, size: number, destination: number): void {
  const r = env.peek(pointer);
  const frame = env.state.frame(r.frame);
  if (r.isConstant) {
    loadFixed(env, frame, off + constantOffset(r), size, destination);
    return;
  }
  if (destination < 0) {
    const where = `var_off=${formatTnum(r)} off=${off} size=${size}`;
    env.refuse('EACCES', `variable offset stack pointer cannot be passed into helper function; ${where}`);
  }
  checkStackRange(env, pointer, off, size, false, false, null);
  const { min, max } = stackRange(r, off);
  loadBytes(env, frame, -max - size, max + size - min, destination);
}

/** From the highest byte's index, `count` bytes down: zeros stay known. */
function loadBytes(env: Env, frame: Frame, lowIndex: number, count: number, destination: number): void {
  let zeros = 0;
  for (let index = lowIndex; index < lowIndex + count; index++) {
    env.touchStack(index >> 3);
    env.liveness.markRead(frame.number, index >> 3);
    if (frame.byteAt(index) === Byte.ZERO) zeros++;
  }
  const target = env.register(destination);
  if (zeros === count) target.setConstant(0, 0);
  else target.setUnknown(!env.bpfCapable);
}

function checkReadable(env: Env, frame: Frame, index: number, off: number, size: number, spillAllowed: boolean): void {
  for (let i = 0; i < size; i++) {
    const kind = frame.byteAt(index - i);
    if (kind === Byte.MISC || kind === Byte.ZERO || (spillAllowed && kind === Byte.SPILL)) continue;
    if (kind === Byte.INVALID && env.allowUninitStack) continue;
    env.refuse('EACCES', `invalid read from stack off ${off}+${i} size ${size}`);
  }
}

function loadFixed(env: Env, frame: Frame, off: number, size: number, destination: number): void {
  const index = -off - 1;
  const slot = index >> 3;
  env.touchStack(slot);
  env.liveness.markRead(frame.number, slot);
  if (!frame.isSpill(slot)) {
    checkReadable(env, frame, index, off, size, false);
    if (destination >= 0) loadBytes(env, frame, index - size + 1, size, destination);
    return;
  }
  const spill = frame.peekSpill(slot);
  const spilled = spilledBytes(frame, slot);
  if (size !== 8 || spilled !== 8) {
    if (spill.type !== Kind.SCALAR) env.refuse('EACCES', 'invalid size of register fill');
    if (destination < 0) return;
    if (!loadPart(env, frame, off, size, spilled, destination)) return;
  } else if (destination >= 0) {
    env.frame.fresh(destination).copyFrom(env.bpfCapable ? identifiedSpill(env, frame, slot) : spill);
  } else if (isPointerForProgram(env, spill)) {
    env.refuse('EACCES', `leaking pointer from stack off ${off}`);
  }
  pushHistory(env, stackAccess(frame.number, slot), null);
}

function spilledBytes(frame: Frame, slot: number): number {
  if (frame.kinds[slot] === allBytes(Byte.SPILL)) return 8;
  let count = 1;
  for (let i = 7; i > 0 && frame.byte(slot, i - 1) === Byte.SPILL; i--) count++;
  return count;
}

/** A load of part of a spilled scalar. Returns whether the result depends on the spilled value. */
function loadPart(env: Env, frame: Frame, off: number, size: number, spilled: number, destination: number): boolean {
  const index = -off - 1;
  const slot = index >> 3;
  const spill = frame.peekSpill(slot);
  const target = env.frame.fresh(destination);
  if (size <= spilled && off % 8 === 0) {
    const whole = env.bpfCapable && size === 4 && spilled === 4 && widthOf(spill) <= 32;
    target.copyFrom(whole ? identifiedSpill(env, frame, slot) : spill);
    if (widthOf(spill) > size * 8) target.leaveClass();
    return true;
  }
  checkReadable(env, frame, index, off, size, true);
  let spills = 0;
  let zeros = 0;
  for (let i = 0; i < size; i++) {
    const kind = frame.byteAt(index - i);
    if (kind === Byte.SPILL) spills++;
    else if (kind === Byte.ZERO) zeros++;
  }
  if (spills === size && spill.isNullConstant) {
    target.setConstant(0, 0);
    return true;
  }
  if (zeros === size) target.setConstant(0, 0);
  else target.setUnknown(!env.bpfCapable);
  return false;
}
