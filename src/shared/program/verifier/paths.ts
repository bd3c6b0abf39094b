/** Paths that wait to be followed, last come first served, and the counts of paths below each checkpoint. */
import type { Env } from './env.js';
import type { State } from './state.js';

const MAX_PENDING = 8192;

/** A copy of the current state goes on at `slot` later. */
export function pushPath(env: Env, slot: number, previous: number): State {
  const state = env.state.clone();
  if (env.pending.length + 1 > MAX_PENDING) {
    env.refuse('EFAULT', `The sequence of ${env.pending.length + 1} jumps is too complex.`);
  }
  env.pending.push({ state, slot, previous, logMark: env.log.mark() });
  if (state.parent) state.parent.branches++;
  return state;
}

/** A path that begins anew (a callback that runs later). */
export function pushFreshPath(env: Env, state: State, slot: number, previous: number): void {
  if (env.pending.length + 1 > MAX_PENDING) {
    env.refuse('EFAULT', `The sequence of ${env.pending.length + 1} jumps is too complex for async cb.`);
  }
  env.pending.push({ state, slot, previous, logMark: env.log.mark() });
}

/** The current path is done: checkpoints below which nothing is open may serve for pruning. */
export function finishPath(state: State): void {
  state.branches = 0;
  for (let parent = state.parent; parent !== null; parent = parent.parent) {
    parent.branches--;
    if (parent.branches > 0) break;
  }
}
