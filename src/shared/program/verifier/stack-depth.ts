/** Stack that the longest chain of calls takes. */
import { ProgramType } from '../../uapi.js';
import { Call } from '../insn/opcodes.js';
import type { Env, Subprogram } from './env.js';
import { MAX_FRAMES, MAX_STACK } from './state.js';

/** Callers with a callee that tail-calls may use this much, so that 33 tail calls fit the kernel's stack. */
const TAIL_CALL_STACK = 256;
/** Functions of tracing programs with at least this much stack get a stack of their own. */
const PRIVATE_STACK = 64;
const ROUND = 16;

const PRIVATE_TYPES: ReadonlySet<number> = new Set([
  ProgramType.KPROBE,
  ProgramType.TRACEPOINT,
  ProgramType.PERF_EVENT,
  ProgramType.RAW_TRACEPOINT,
]);

interface Chain {
  readonly depth: number;
  readonly calls: number;
  readonly frame: number;
}

export function checkStackDepth(env: Env): void {
  const tailCalls = env.subprograms.some((subprogram) => subprogram.hasTailCall);
  const separate = PRIVATE_TYPES.has(env.type) && !tailCalls;
  env.subprograms.forEach((subprogram, index) => {
    if (index === 0 || subprogram.isAsyncCallback)
      descend(env, index, { depth: 0, calls: 1, frame: 0 }, separate && index === 0);
  });
}

function descend(env: Env, index: number, chain: Chain, separate: boolean): void {
  const subprogram = env.subprograms[index] as Subprogram;
  if (index > 0 && subprogram.hasTailCall && chain.depth >= TAIL_CALL_STACK) {
    env.refuse(
      'EACCES',
      `tail_calls are not allowed when call stack of previous frames is ${chain.depth} bytes. Too large`,
    );
  }
  const own = Math.ceil(subprogram.stackDepth / ROUND) * ROUND;
  const apart = separate && own >= PRIVATE_STACK;
  if (apart && own > MAX_STACK) env.refuse('EACCES', `stack size of subprog ${index} is ${own}. Too large`);
  const depth = apart ? chain.depth : chain.depth + own;
  if (depth > MAX_STACK) {
    env.refuse('EACCES', `combined stack size of ${chain.calls} calls is ${depth}. Too large`);
  }
  for (let slot = subprogram.start; slot < subprogram.end; slot++) {
    const called = env.slots.isCall(slot, Call.SUBPROGRAM);
    if (!called && !env.slots.isFunctionAddress(slot)) continue;
    const callee = env.subprogramAt(slot + env.slots.value(slot) + 1);
    const target = env.subprograms[callee] as Subprogram;
    if (target.isAsyncCallback && !called) continue;
    const frame = chain.frame + 1;
    if (frame >= MAX_FRAMES) env.refuse('E2BIG', `the call stack of ${frame} frames is too deep !`);
    descend(env, callee, { depth, calls: chain.calls + 1, frame }, separate);
  }
}
