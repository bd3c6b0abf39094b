/** A callback may run again and again: what changes from run to run and decides nothing is forgotten, so that it ends. */
import type { Env } from '../env.js';
import { Kind } from '../register-kinds.js';
import type { Register } from '../register.js';
import type { State } from '../state.js';
import { sameScalar } from './equal.js';
import { exploredAt, sameCallsites } from './explored.js';

function widen(env: Env, old: Register, current: Register): void {
  if (old.type !== Kind.SCALAR || current.type !== Kind.SCALAR) return;
  if (old.precise || current.precise || sameScalar(old, current)) return;
  current.setUnknown(!env.bpfCapable);
}

/** The last visit of the helper's call on this path. */
function previousVisit(env: Env, slot: number): State | null {
  for (const { state } of exploredAt(env, slot)) {
    if (state.slot === slot && state.branches > 0 && sameCallsites(state, env.state)) return state;
  }
  return null;
}

export function widenImprecise(env: Env, slot: number): void {
  const old = previousVisit(env, slot);
  if (old === null) return;
  for (let number = old.depth; number >= 0; number--) {
    const oldFrame = old.frame(number);
    const frame = env.state.frame(number);
    for (let i = 0; i < 11; i++) widen(env, oldFrame.register(i), frame.register(i));
    for (let at = 0; at < oldFrame.slotCount && at < frame.slotCount; at++) {
      if (oldFrame.isSpill(at) && frame.isSpill(at)) widen(env, oldFrame.spill(at), frame.spill(at));
    }
  }
}
