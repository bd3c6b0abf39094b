/** The end of the program: what it may return, and that it holds nothing. */
import { ProgramType } from '../../uapi.js';
import { isWithin, retvalProblem, returnToCaller } from './calls/subprogram.js';
import type { Env } from './env.js';
import { markPrecise } from './precision/chain.js';
import { checkNothingHeld } from './references.js';
import { Kind, typeName } from './register-kinds.js';
import { checkReadable, isPointerForProgram } from './values.js';

/** Slot to go on with in the caller, or −1: the path ends. */
export function checkExit(env: Env, slot: number): number {
  const { slots } = env;
  if (slots.op(slot) !== 0x95 || (slots.value(slot) | slots.from(slot) | slots.to(slot)) !== 0) {
    env.refuse('EINVAL', 'BPF_EXIT uses reserved fields');
  }
  checkNothingHeld(env, env.state.depth === 0, 'BPF_EXIT instruction in main prog');
  if (env.state.depth > 0) return returnToCaller(env);
  checkReturnValue(env);
  return -1;
}

const INET_EGRESS = 1;

function returnRange(env: Env): readonly [number, number] | null {
  switch (env.type) {
    case ProgramType.CGROUP_SKB:
      return env.input.expectedAttachType === INET_EGRESS ? [0, 3] : [0, 1];
    case ProgramType.CGROUP_SOCK:
    case ProgramType.SOCK_OPS:
    case ProgramType.CGROUP_DEVICE:
    case ProgramType.CGROUP_SYSCTL:
    case ProgramType.CGROUP_SOCKOPT:
    case ProgramType.SK_LOOKUP:
      return [0, 1];
    default:
      return null;
  }
}

function checkReturnValue(env: Env): void {
  checkReadable(env, 0);
  const r0 = env.peek(0);
  if (isPointerForProgram(env, r0)) env.refuse('EACCES', 'R0 leaks addr as return value');
  const { frame } = env;
  if (frame.inAsyncCallback) {
    enforce(env, 0, 0, 'At async callback return the register');
    return;
  }
  if (frame.subprogram !== 0) {
    if (r0.type !== Kind.SCALAR) {
      env.refuse('EINVAL', `At subprogram exit the register R0 is not a scalar value (${typeName(r0.type)})`);
    }
    return;
  }
  const range = returnRange(env);
  if (range !== null) enforce(env, range[0], range[1], 'At program exit the register');
}

function enforce(env: Env, min: number, max: number, where: string): void {
  const r0 = env.peek(0);
  if (r0.type !== Kind.SCALAR) env.refuse('EINVAL', `${where} R0 is not a known value (${typeName(r0.type)})`);
  markPrecise(env, 0);
  if (!isWithin(r0, min, max)) env.refuse('EINVAL', `${where} R0 ${retvalProblem(r0, min, max)}`);
}
