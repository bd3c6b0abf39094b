/** A callback, or a loop that `may_goto` ends, may run again and again: what changes from run to run and decides nothing is forgotten, so that it ends. */
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

/** The newest of the open checkpoints at a slot on this path, but for `except`. */
function previousVisit(env: Env, slot: number, except: State | null): State | null {
  return (
    exploredAt(env, slot).findLast(
      ({ state }) => state !== except && state.slot === slot && state.branches > 0 && sameCallsites(state, env.state),
    )?.state ?? null
  );
}

/** Of `state`, which comes to `slot` again. */
export function widenImprecise(env: Env, state: State, slot: number, except: State | null): void {
  const old = previousVisit(env, slot, except);
  if (old === null) return;
  for (let number = old.depth; number >= 0; number--) {
    const oldFrame = old.frame(number);
    const frame = state.frame(number);
    for (let i = 0; i < 11; i++) widen(env, oldFrame.register(i), frame.register(i));
    for (let at = 0; at < oldFrame.slotCount && at < frame.slotCount; at++) {
      if (oldFrame.isSpill(at) && frame.isSpill(at)) widen(env, oldFrame.spill(at), frame.spill(at));
    }
  }
}
