/** The clock: how long verification may take, and whether it is still wanted. */
import type { Env } from './env.js';

/**
 * Units of work between two looks at the clock: an instruction, a comparison of states, a step back through the
 * history. The costly ones take microseconds.
 */
const TICK = 128;

/** Count a unit of work where nothing may be refused: the next instruction looks at the clock. */
export function note(env: Env): void {
  env.untilTick--;
}

/** Count a unit of work. Refuses with ECANCELED or ETIMEDOUT. */
export function spend(env: Env): void {
  if (--env.untilTick > 0) return;
  env.untilTick = TICK;
  const { limits } = env.input;
  if (limits?.cancelled?.()) env.refuse('ECANCELED', 'verification was cancelled');
  if (limits?.deadline !== undefined && limits.now && limits.now() > limits.deadline) {
    env.refuse('ETIMEDOUT', `verification took too long; processed ${env.processed} insns`);
  }
}
