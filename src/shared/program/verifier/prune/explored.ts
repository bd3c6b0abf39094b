import type { Env, StateList } from '../env.js';
import type { State } from '../state.js';

/** Checkpoints kept for a slot and call site (and for the others that share the bucket, as in the kernel). */
export function exploredAt(env: Env, slot: number): StateList[] {
  const bucket = ((slot ^ env.state.current.callsite) >>> 0) % env.slots.count;
  let list = env.explored[bucket];
  if (list === undefined) {
    list = [];
    env.explored[bucket] = list;
  }
  return list;
}

export function sameCallsites(a: State, b: State): boolean {
  if (a.depth !== b.depth) return false;
  for (let i = a.depth; i > 0; i--) if (a.frame(i).callsite !== b.frame(i).callsite) return false;
  return true;
}
