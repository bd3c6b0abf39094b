/** Calls of global functions: their arguments are checked against the prototype, the function itself on its own. */
import type { Env, Subprogram } from '../env.js';
import { formatTnum } from '../log/tnum.js';
import { markNotNull } from '../null-check.js';
import { Refusal } from '../refusal.js';
import { Flag, Kind, kindOf, mayBeNull, typeName } from '../register-kinds.js';
import { Register } from '../register.js';
import type { FunctionInfo, FunctionType } from '../types.js';
import { checkUnmodified } from '../values.js';
import { useDynptr } from './dynptrs.js';
import { checkHelperMemory } from './helper-memory.js';
import { clearPacketPointers } from './packets.js';

export function callGlobal(env: Env, subprogram: Subprogram, index: number): void {
  const { info } = subprogram;
  const problem = info === null ? null : argumentProblem(env, info);
  if (env.state.activeLocks > 0) {
    env.log.line('global function calls are not allowed while holding a lock,');
    env.refuse('EINVAL', 'use static function instead');
  }
  if (subprogram.mightSleep && !env.isSleepable) {
    env.log.line('global functions that may sleep are not allowed in non-sleepable context,');
    env.log.line('i.e., in a RCU/IRQ/preempt-disabled section, or in');
    env.refuse('EINVAL', 'a non-sleepable BPF program context');
  }
  const name = info?.name ?? '';
  if (problem !== null) env.refuse(problem.code, `Caller passes invalid args into func#${index} ('${name}')`);
  if (env.log.detailed) env.log.line(`Func#${index} ('${name}') is global and assumed valid.`);
  if (subprogram.changesPacket) clearPacketPointers(env);
  subprogram.called = true;
}

/** What is wrong with the arguments, logged; null: nothing. */
function argumentProblem(env: Env, { problem, parameters }: FunctionInfo): Pick<Refusal, 'code'> | null {
  if (problem !== undefined) {
    env.log.line(problem.message);
    return problem;
  }
  try {
    for (const [at, parameter] of parameters.entries()) checkGlobalArgument(env, at + 1, parameter);
    return null;
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    return refusal;
  }
}

function checkGlobalArgument(env: Env, number: number, type: FunctionType): void {
  const r = env.register(number);
  switch (type.kind) {
    case 'scalar':
      if (r.type !== Kind.SCALAR) env.refuse('EINVAL', `R${number} is not a scalar`);
      return;
    case 'context':
      checkOffset(env, r, number);
      if (r.type === Kind.CTX) return;
      env.refuse('EINVAL', `arg#${number - 1} expects pointer to ctx`);
      break;
    case 'memory':
      if (type.untrusted) return;
      checkOffset(env, r, number);
      checkGlobalMemory(env, number, type.size);
      if (type.nonNull && mayBeNull(r.type)) env.refuse('EINVAL', `arg#${number - 1} is expected to be non-NULL`);
      return;
    case 'dynptr':
      checkOffset(env, r, number);
      useDynptr(env, number, 'dynptr');
      return;
    case 'arena':
      if (r.type !== Kind.SCALAR && kindOf(r.type) !== Kind.ARENA) {
        env.refuse('EINVAL', `R${number} is not a pointer to arena or scalar.`);
      }
      return;
    case 'object':
      checkObject(env, r, number, type.trusted, type.nullable);
      return;
    default:
  }
}

const ANY_OFFSET: ReadonlySet<number> = new Set([
  Kind.STACK,
  Kind.PACKET,
  Kind.PACKET_META,
  Kind.MAP_KEY,
  Kind.MAP_VALUE,
  Kind.MEM,
  Kind.BUF,
  Kind.SCALAR,
]);

function checkOffset(env: Env, r: Register, number: number): void {
  const kind = kindOf(r.type);
  if (!ANY_OFFSET.has(kind)) checkUnmodified(env, r, number, typeName(r.type), formatTnum, kind === Kind.BTF_ID);
}

/** Memory for reading and writing; what may be NULL is looked at as if it were not. */
function checkGlobalMemory(env: Env, number: number, size: number): void {
  const r = env.register(number);
  if (r.isNullConstant) return;
  const before = mayBeNull(r.type) ? new Register().copyFrom(r) : null;
  if (before !== null) markNotNull(r);
  try {
    checkHelperMemory(env, number, size, false, true, null);
    checkHelperMemory(env, number, size, true, true, null);
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    throw new Refusal('EINVAL', refusal.message);
  }
  if (before !== null) env.register(number).copyFrom(before);
}

function checkObject(env: Env, r: Register, number: number, trusted: boolean, nullable: boolean): void {
  if (!trusted || (nullable && r.isNullConstant)) return;
  const type = nullable ? r.type & ~Flag.MAYBE_NULL : r.type;
  if (type === (Kind.BTF_ID | Flag.TRUSTED) || type === Kind.BTF_ID) return;
  env.refuse('EACCES', `R${number} type=${typeName(r.type)} expected=ptr_, trusted_ptr_, rcu_ptr_`);
}
