/**
 * Kill points. `step()` stands before every shared store of the core, and in the loops of lock-free look-ups. In the STEPS
 * build it counts, and traps, parks or delays the thread at the n-th; in every other build it is empty and vanishes.
 */
import { STEPS } from './build';
import { SLOT_PARK, SLOT_PAUSE } from './layout';
import { self } from './self';

/** What happens before the chosen store. */
const MODE_PARK: i32 = 2;
const MODE_DELAY: i32 = 3;
/** Long enough for another thread to get the processor and do its part. */
const DELAY: i64 = 100000;

let count: u32 = 0;
let target: u32 = 0;
let mode: i32 = 0;

export function step(): void {
  if (STEPS == 0) return;
  count++;
  if (count != target) return;
  if (mode == MODE_PARK) park();
  else if (mode == MODE_DELAY) atomic.wait<i32>(self() + SLOT_PAUSE, 0, DELAY);
  else unreachable();
}

function park(): void {
  const word = self() + SLOT_PARK;
  atomic.store<i32>(word, 0);
  atomic.store<i32>(word, 1, 4); // parked
  awaitWord();
  atomic.store<i32>(self() + SLOT_PARK, 0, 4);
}

/**
 * A recursion and not a loop: what calls itself is not inlined, and neither is, by that, `step`. V8's baseline compiler
 * (seen in Node 20) spoils local variables of functions that wait.
 */
function awaitWord(): void {
  if (atomic.load<i32>(self() + SLOT_PARK) != 0) return;
  atomic.wait<i32>(self() + SLOT_PARK, 0, -1);
  awaitWord();
}

/** STEPS builds: trap (mode 1), park (2) or delay (3) at the n-th step from now on; n = 0: none of them. Restarts the count. */
export function setStep(n: u32, how: i32): void {
  count = 0;
  target = n;
  mode = how;
}

/** Shared stores since `setStep`. */
export function stepCount(): u32 {
  return count;
}
