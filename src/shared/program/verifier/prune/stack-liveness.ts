/** Stack slots that may be read from a checkpoint on. */
import type { Env } from '../env.js';
import type { State } from '../state.js';

export function isSlotLive(_env: Env, _state: State, _frame: number, _slot: number): boolean {
  return true;
}
