/** bpf_spin_lock, bpf_timer and kptr arguments: fields at a fixed place of a map's value. */
import type { ProgramMap } from '../../types.js';
import type { Env } from '../env.js';
import type { Register } from '../register.js';
import { toSigned } from '../scalar/int64.js';
import type { Meta } from './meta.js';

function checkField(env: Env, number: number, r: Register, at: number, name: string): void {
  const map = r.map as ProgramMap;
  if (!r.isConstant) {
    env.refuse('EINVAL', `R${number} doesn't have constant offset. ${name} has to be at the constant offset`);
  }
  if (at < 0) {
    const problem = isTyped(map) ? `has no valid ${name}` : `has to have BTF in order to use ${name}`;
    env.refuse('EINVAL', `map '${map.name}' ${problem}`);
  }
  const given = toSigned(r.valueLo, r.valueHi) + BigInt(r.off);
  if (given !== BigInt(at)) env.refuse('EINVAL', `off ${given} doesn't point to 'struct ${name}' that is at ${at}`);
}

function isTyped(map: ProgramMap): boolean {
  return map.typed === true || map.spinLock >= 0 || map.timer >= 0 || map.workqueue >= 0;
}

export function takeLock(env: Env, number: number): void {
  const r = env.register(number);
  const map = r.map as ProgramMap;
  checkField(env, number, r, map.spinLock, 'bpf_spin_lock');
  const { state } = env;
  if (state.activeLocks > 0) env.refuse('EINVAL', 'Locking two bpf_spin_locks are not allowed');
  state.activeLocks++;
  state.lockId = r.id;
  state.lockOwner = map;
}

export function releaseLock(env: Env, number: number): void {
  const r = env.register(number);
  const map = r.map as ProgramMap;
  checkField(env, number, r, map.spinLock, 'bpf_spin_lock');
  const { state } = env;
  if (state.activeLocks === 0) env.refuse('EINVAL', 'bpf_spin_unlock without taking a lock');
  if (state.lockId !== r.id || state.lockOwner !== map) env.refuse('EINVAL', 'bpf_spin_unlock of different lock');
  state.activeLocks--;
  state.lockId = 0;
  state.lockOwner = null;
}

export function checkTimer(env: Env, number: number, meta: Meta): void {
  const r = env.register(number);
  const map = r.map as ProgramMap;
  checkField(env, number, r, map.timer, 'bpf_timer');
  meta.map = map;
  meta.mapUid = r.mapUid;
}

/** Pointers to objects of the kernel lie in no map here: there is no kernel whose types they could have. */
export function refuseKptr(env: Env, number: number, r: Register): void {
  const { map } = r;
  if (map && !isTyped(map)) {
    env.refuse('EINVAL', `map '${map.name}' has to have BTF in order to use bpf_kptr_xchg`);
  }
  if (!r.isConstant) {
    env.refuse('EINVAL', `R${number} doesn't have constant offset. kptr has to be at the constant offset`);
  }
  env.refuse('EINVAL', `R${number} has no valid kptr`);
}
