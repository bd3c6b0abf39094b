/** Calls of the program's own functions: static ones are entered, global ones are checked on their own. */
import type { Env, Subprogram } from '../env.js';
import { printCallStates, printReturnStates } from '../log/state.js';
import { widenImprecise } from '../prune/widen.js';
import { markPrecise } from '../precision/chain.js';
import { Kind } from '../register-kinds.js';
import { Register } from '../register.js';
import { lessSigned, toSigned } from '../scalar/int64.js';
import { Frame, MAX_FRAMES, type State } from '../state.js';
import { callGlobal } from './global.js';

/** Registers of a function that has not been given anything. */
export function newFrame(callsite: number, number: number, subprogram: number, precise: boolean): Frame {
  const frame = new Frame(callsite, number, subprogram);
  for (let i = 0; i < 11; i++) frame.registers.push(new Register().setNotInit(precise));
  const fp = frame.register(10).setPointer(Kind.STACK);
  fp.frame = number;
  return frame;
}

export function clearCallerSaved(env: Env): void {
  for (let i = 0; i <= 5; i++) env.frame.forget(i);
}

/** A new frame on top of `state`; its arguments are the caller's business. */
export function enterFrame(env: Env, state: State, subprogram: number, callsite: number): Frame {
  if (state.depth + 1 >= MAX_FRAMES) {
    env.refuse('E2BIG', `the call stack of ${state.depth + 2} frames is too deep`);
  }
  const frame = newFrame(callsite, state.depth + 1, subprogram, !env.bpfCapable);
  state.frames.push(frame);
  return frame;
}

/** Returns the slot to go on with. */
export function checkSubprogramCall(env: Env, slot: number): number {
  const target = slot + env.slots.value(slot) + 1;
  const index = env.subprogramAt(target);
  const subprogram = env.subprograms[index] as Subprogram;
  if (subprogram.isGlobal) {
    callGlobal(env, subprogram, index);
    clearCallerSaved(env);
    env.register(0).setUnknown(!env.bpfCapable);
    return slot + 1;
  }
  const caller = env.frame;
  const callee = enterFrame(env, env.state, index, slot);
  for (let i = 1; i <= 5; i++) callee.register(i).copyFrom(caller.register(i));
  for (let i = 0; i <= 5; i++) caller.forget(i);
  printCallStates(env);
  return target;
}

export function retvalProblem(r: Register, min: number, max: number): string {
  const smin = toSigned(r.sminLo, r.sminHi);
  const smax = toSigned(r.smaxLo, r.smaxHi);
  let text = '';
  if (r.sminHi !== -0x8000_0000 || r.sminLo !== 0) text += ` smin=${smin}`;
  if (r.smaxHi !== 0x7fff_ffff || r.smaxLo !== -1) text += ` smax=${smax}`;
  if (text === '') text = ' unknown scalar value';
  return `has${text} should have been in [${min}, ${max}]`;
}

export function isWithin(r: Register, min: number, max: number): boolean {
  return !lessSigned(r.sminLo, r.sminHi, min, min >> 31) && !lessSigned(max, max >> 31, r.smaxLo, r.smaxHi);
}

/** Exit of a function that was called: returns the slot to go on with. */
export function returnToCaller(env: Env): number {
  const callee = env.frame;
  const r0 = callee.register(0);
  if (r0.type === Kind.STACK) env.refuse('EINVAL', 'cannot return stack pointer to the caller');
  const caller = env.state.frame(env.state.depth - 1);
  if (callee.inCallback) {
    if (r0.type !== Kind.SCALAR) env.refuse('EACCES', 'R0 not a scalar value');
    markPrecise(env, 0);
    if (!isWithin(r0, callee.returnMin, callee.returnMax)) {
      env.refuse(
        'EINVAL',
        `At callback return the register R0 ${retvalProblem(r0, callee.returnMin, callee.returnMax)}`,
      );
    }
  } else {
    caller.register(0).copyFrom(r0);
  }
  const next = callee.inCallback ? callee.callsite : callee.callsite + 1;
  printReturnStates(env, next);
  env.state.frames.pop();
  if (callee.inCallback) widenImprecise(env, env.state, next, null);
  return next;
}
