/**
 * Without CAP_PERFMON the kernel also follows the paths that a processor may take ahead of a branch it guessed wrong,
 * and masks what pointers are moved by. What would be an error on such a path ends it: the kernel puts a barrier there.
 */
import { Alu } from '../insn/opcodes.js';
import type { Env } from './env.js';
import { checkMapValueRegion } from './memory/access.js';
import { formatTnum } from './log/tnum.js';
import { pushPath } from './paths.js';
import { Refusal } from './refusal.js';
import { Kind } from './register-kinds.js';
import { Register } from './register.js';
import { toNumber, toUnsignedNumber } from './scalar/int64.js';
import { MAX_STACK } from './state.js';

export function speculates(env: Env): boolean {
  return !env.allowPointerLeaks;
}

const RECOVERABLE: readonly string[] = ['EPERM', 'EACCES', 'EINVAL'];

/** An error that only ends the path, since no program gets there. */
export function endsSpeculation(env: Env, error: unknown): boolean {
  return error instanceof Refusal && env.state.speculative && RECOVERABLE.includes(error.code);
}

/** The branch that is not taken: whatever decided it is unknown there. */
export function followGuess(env: Env, slot: number, branch: number): void {
  if (!speculates(env)) return;
  const { slots } = env;
  const path = pushPath(env, slot, branch);
  path.speculative = true;
  path.current.register(slots.to(branch)).setUnknown(!env.bpfCapable);
  if ((slots.op(branch) & 8) !== 0) path.current.register(slots.from(branch)).setUnknown(!env.bpfCapable);
}

/** How a move of a pointer is masked: must be the same on every path through the instruction. */
const Mask = { POINTER_IS_SOURCE: 1, POINTER_IS_TARGET: 2, NEGATIVE: 4, SCALARS: 8, IMMEDIATE: 16 } as const;

export interface MaskWindow {
  readonly state: number;
  readonly limit: number;
  readonly toLeft: boolean;
}

export class AluMasks {
  readonly #state: Int32Array;
  readonly #limit: Int32Array;

  constructor(slots: number) {
    this.#state = new Int32Array(slots);
    this.#limit = new Int32Array(slots);
  }

  forget(slot: number): void {
    this.#state[slot] = 0;
  }

  /** False: another path masks otherwise. */
  set(slot: number, state: number, limit: number): boolean {
    const had = this.#state[slot] as number;
    if (had !== 0 && (had !== state || this.#limit[slot] !== limit)) return false;
    this.#state[slot] = state;
    this.#limit[slot] = limit;
    return true;
  }
}

function isMasked(env: Env, code: number): boolean {
  if (!speculates(env) || (code !== Alu.ADD && code !== Alu.SUB)) return false;
  return (env.slots.op(env.slot) & 8) !== 0 && env.noSpeculation[env.slot] === 0;
}

const PROHIBITED = 'pointer arithmetic with it prohibited for !root';

function refusePaths(env: Env, code: number): never {
  const action = `tried to ${code === Alu.ADD ? 'add' : 'sub'} from different maps, paths or scalars`;
  return env.refuse('EACCES', `R${env.slots.to(env.slot)} ${action}, ${PROHIBITED}`);
}

/** A sum of numbers, at an instruction that may move pointers on another path. */
export function maskScalars(env: Env, code: number): void {
  if (isMasked(env, code) && !env.masks.set(env.slot, Mask.SCALARS, 0)) refusePaths(env, code);
}

/** Bytes that the pointer may move, as far as the mask goes. */
function limitOf(env: Env, code: number, pointer: Register, toLeft: boolean, scalarFirst: boolean): number {
  const { slots, slot } = env;
  let most: number;
  let limit: number;
  if (pointer.type === Kind.STACK) {
    most = MAX_STACK + (toLeft ? 1 : 0);
    limit = -(toNumber(pointer.valueLo, pointer.valueHi) + pointer.off);
  } else if (pointer.type === Kind.MAP_VALUE) {
    most = pointer.map?.valueSize ?? 0;
    const variable = toLeft
      ? toNumber(pointer.sminLo, pointer.sminHi)
      : toUnsignedNumber(pointer.umaxLo, pointer.umaxHi);
    limit = variable + pointer.off;
  } else {
    const number = scalarFirst ? slots.from(slot) : slots.to(slot);
    return env.refuse('EACCES', `R${number} has pointer with unsupported alu operation, ${PROHIBITED}`);
  }
  if (limit >= 0 && limit < most) return limit;
  const action = `tried to ${code === Alu.ADD ? 'add' : 'sub'} beyond pointer bounds`;
  return env.refuse('EACCES', `R${slots.to(slot)} ${action}, ${PROHIBITED}`);
}

/** Before a pointer is moved. Null: nothing is left to do after it. */
export function beginMask(
  env: Env,
  code: number,
  target: Register,
  pointer: Register,
  offset: Register,
  scalarFirst: boolean,
): MaskWindow | null {
  if (!isMasked(env, code)) return null;
  const window = env.state.speculative ? null : windowOf(env, code, pointer, offset, scalarFirst);
  if (!offset.isConstant) followTruncated(env, target, pointer, scalarFirst);
  return window;
}

function windowOf(env: Env, code: number, pointer: Register, offset: Register, scalarFirst: boolean): MaskWindow {
  const { slots, slot } = env;
  const negative = offset.sminHi < 0;
  if (!offset.isConstant && negative !== offset.smaxHi < 0) {
    const number = scalarFirst ? slots.to(slot) : slots.from(slot);
    env.refuse('EACCES', `R${number} has unknown scalar with mixed signed bounds, ${PROHIBITED}`);
  }
  const toLeft = (code === Alu.ADD) === negative;
  const limit = limitOf(env, code, pointer, toLeft, scalarFirst);
  if (!offset.isConstant) env.comparesExactly = true;
  const where = scalarFirst ? Mask.POINTER_IS_TARGET : Mask.POINTER_IS_SOURCE;
  const state = (negative ? Mask.NEGATIVE : 0) | (offset.isConstant ? Mask.IMMEDIATE : 0) | where;
  return { state, limit, toLeft };
}

/** A mask that found the number too large makes it 0. */
function followTruncated(env: Env, target: Register, pointer: Register, scalarFirst: boolean): void {
  const before = scalarFirst ? new Register().copyFrom(target) : null;
  if (before !== null) target.copyFrom(pointer);
  pushPath(env, env.slot + 1, env.slot).speculative = true;
  if (before !== null) env.register(env.slots.to(env.slot)).copyFrom(before);
}

/** After it: the pointer stays where it may point to, and the mask is as wide as the move. */
export function endMask(env: Env, code: number, window: MaskWindow | null, scalarFirst: boolean): void {
  if (!speculates(env)) return;
  const { slots, slot } = env;
  const dst = slots.to(slot);
  checkTarget(env, dst);
  if (window === null || env.state.speculative) return;
  const limit = limitOf(env, code, env.register(dst), window.toLeft, scalarFirst);
  if (!env.masks.set(slot, window.state, Math.abs(window.limit - limit))) refusePaths(env, code);
}

function checkTarget(env: Env, dst: number): void {
  const r = env.register(dst);
  if (r.type === Kind.STACK) {
    const off = r.off + toNumber(r.valueLo, r.valueHi);
    if (!r.isConstant) {
      const where = `var_off=${formatTnum(r)} off=${off}`;
      env.refuse('EACCES', `R${dst} variable stack access prohibited for !root, ${where}`);
    }
    if (off < 0 && off >= -MAX_STACK) return;
    env.refuse('EACCES', `R${dst} stack pointer arithmetic goes out of range, prohibited for !root; off=${off}`);
  } else if (r.type === Kind.MAP_VALUE) {
    try {
      checkMapValueRegion(env, dst, r.off, 1, false);
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      env.refuse('EACCES', `R${dst} pointer arithmetic of map value goes out of range, prohibited for !root`);
    }
  }
}
