/**
 * Kill points. `step()` stands before every shared store of the core. In the STEPS build it counts, and traps or parks
 * the thread before the n-th; in every other build it is empty and vanishes.
 */
import { STEPS } from './build';
import { SLOT_PARK } from './layout';
import { self } from './self';

/** What happens before the chosen store. */
const MODE_PARK: i32 = 2;

let count: u32 = 0;
let target: u32 = 0;
let mode: i32 = 0;

export function step(): void {
  if (STEPS == 0) return;
  count++;
  if (count != target) return;
  if (mode == MODE_PARK) park();
  else unreachable();
}

function park(): void {
  const word = self() + SLOT_PARK;
  atomic.store<i32>(word, 0);
  atomic.store<i32>(word, 1, 4); // parked
  while (atomic.load<i32>(self() + SLOT_PARK) == 0) atomic.wait<i32>(self() + SLOT_PARK, 0, -1); // see locks.ts on operands
  atomic.store<i32>(self() + SLOT_PARK, 0, 4);
}

/** STEPS builds: trap (mode 1) or park (mode 2) before the n-th shared store from now on; n = 0: neither. Restarts the count. */
export function setStep(n: u32, how: i32): void {
  count = 0;
  target = n;
  mode = how;
}

/** Shared stores since `setStep`. */
export function stepCount(): u32 {
  return count;
}
