/**
 * Operation records: what a thread is about to do to a map, written before it tries the lock.
 *
 * Record (in the slot): the map whose structure this thread may be changing, and the lock it takes there. The map's
 * `hold` word holds off writers while recovery repairs the map:
 *
 *   writer                                   recovery of a dead slot d
 *     O1  record.lock <- lock                  H1  hold <- own slot + 1
 *     O2  record.map <- map                    H2  for every other slot not known to be dead: record.map == map?
 *     O3  hold == 0?  else undo O2, wait       H3  if none: repair, else give the hold up and try again later
 *     O4  take the lock, change, open it       H4  hold <- 0, wake
 *     O5  record.map <- 0
 *
 * Fact 1. O2 before O3 and H1 before H2 are sequentially consistent [H1]: either the writer sees the hold and
 *   stays out, or recovery sees the record and gives up. So in H3 nobody is between O4's first and last store.
 * Fact 2. A waiter inside O4 that sees the hold undoes O2, so that recovery need not wait for the lock it is to open.
 * Fact 3. What a dead thread did is told by the map, given the lock: every publication is a single store (see the
 *   map's type), and elements that no list leads to are found by a walk. So the record needs no more than two words,
 *   and repairing twice is repairing once.
 * Fact 4. Two stopped threads in one map: each is marked (SLOT_DEAD) when its recovery first starts, a live one while
 *   it recovers itself from a trap, and H2 passes over the marked: they make no store in the map without the hold. A
 *   lock of the other one stays closed until its own recovery.
 * Fact 5. A thread that stops while it holds off writers may leave the map half repaired. Whoever recovers it takes the
 *   hold over without opening it.
 */
import { ETIMEDOUT } from './errno';
import {
  MAP_HOLD, SLOT_DEAD, SLOT_OP_ARGUMENT, SLOT_OP_COUNT, SLOT_OP_HOLD, SLOT_OP_KIND, SLOT_OP_LOCK, SLOT_OP_MAP, SLOT_OP_VALUE_LOCK,
} from './layout';
import { acquire, awaitHold, HELD_OFF, isOwnedBy, release, startBudget } from './locks';
import { currentSlot, ownerWord, self, slotAt } from './self';
import { slotCount } from './slots';
import { step } from './step';

/**
 * Begin to change `map` under `lock` (an address in the arena; 0 for types whose writers need none). 0: the lock is
 * held, and `endOperation` must follow; -ETIMEDOUT: no effect.
 */
export function beginOperation(map: usize, lock: usize): i32 {
  const slot = self();
  startBudget();
  while (true) {
    store<u32>(slot + SLOT_OP_LOCK, <u32>lock);
    step();
    atomic.store<u32>(slot + SLOT_OP_MAP, <u32>map); // [H1] record before hold, hold before records: one of the two sees the other
    if (atomic.load<u32>(map + MAP_HOLD) == 0) {
      const result = lock == 0 ? 0 : acquire(lock, map);
      if (result == 0) return 0;
      if (result != HELD_OFF) return give(result);
    }
    give(0);
    if (!awaitHold(map)) return -ETIMEDOUT;
  }
}

function give(result: i32): i32 {
  step();
  atomic.store<u32>(self() + SLOT_OP_MAP, 0);
  return result;
}

/** End what `beginOperation` began. */
export function endOperation(lock: usize): void {
  if (lock != 0) release(lock);
  step();
  atomic.store<u32>(self() + SLOT_OP_MAP, 0);
}

/**
 * Stay in the map, but change to another lock of it (0 = none was held). 0; else no lock is held, and `endOperation(0)`
 * is to follow: -ETIMEDOUT, or HELD_OFF, since recovery waits for this thread to leave.
 */
export function changeLock(map: usize, from: usize, to: usize): i32 {
  if (from != 0) release(from);
  step();
  store<u32>(self() + SLOT_OP_LOCK, <u32>to);
  return acquire(to, map);
}

// ---- holding off writers ----

/**
 * H1 and H2. True: the map is this thread's alone, until `endHold`. False: somebody is in it or holds it off; call
 * again, or give up by `endHold`.
 */
export function tryHold(map: usize): bool {
  const word = map + MAP_HOLD;
  if (!isOwnedBy(word, <u32>currentSlot())) {
    noteHold(map);
    step();
    if (atomic.cmpxchg<u32>(word, 0, ownerWord()) != 0) return false; // [H1] record before hold, hold before records: one of the two sees the other
  }
  return !someoneIn(map);
}

/** Whose writers this thread is about to hold off, so that its own recovery can go on with it. */
export function noteHold(map: usize): void {
  step();
  store<u32>(self() + SLOT_OP_HOLD, <u32>map);
}

/** Let the writers in again; nothing happens if this thread does not hold them off. */
export function endHold(map: usize): void {
  if (isOwnedBy(map + MAP_HOLD, <u32>currentSlot())) release(map + MAP_HOLD);
  step();
  store<u32>(self() + SLOT_OP_HOLD, 0);
}

/** Some slot's record names the map, whether its thread lives or not. */
export function isInUse(map: usize): bool {
  const slots = slotCount();
  for (let slot: u32 = 0; slot < slots; slot++) if (atomic.load<u32>(slotAt(slot) + SLOT_OP_MAP) == <u32>map) return true;
  return false;
}

function someoneIn(map: usize): bool {
  const slots = slotCount();
  for (let slot: u32 = 0; slot < slots; slot++) {
    const at = slotAt(slot);
    if (at == self() || atomic.load<u32>(at + SLOT_DEAD) != 0) continue;
    if (atomic.load<u32>(at + SLOT_OP_MAP) == <u32>map) return true;
  }
  return false;
}

// ---- operations on whole maps and the heap: main thread ----

export const OP_NONE: u32 = 0;
/** Creating a map. Argument: its address, once it has one. Undone until the operation has ended. */
export const OP_CREATE: u32 = 1;
/** Argument: the map. */
export const OP_RETIRE: u32 = 2;
/** Argument: the map; count: freed maps before. */
export const OP_FREE: u32 = 3;
/** Freeing a payload block. Argument: its address. */
export const OP_RELEASE: u32 = 4;
/** Taking a payload block; as OP_CREATE. */
export const OP_ALLOCATE: u32 = 5;

export function beginMainOperation(kind: u32, argument: usize, count: u32): void {
  step();
  store<u32>(self() + SLOT_OP_ARGUMENT, <u32>argument);
  step();
  store<u32>(self() + SLOT_OP_COUNT, count);
  step();
  atomic.store<u32>(self() + SLOT_OP_KIND, kind);
}

export function setMainArgument(argument: usize): void {
  step();
  store<u32>(self() + SLOT_OP_ARGUMENT, <u32>argument);
}

export function endMainOperation(): void {
  step();
  atomic.store<u32>(self() + SLOT_OP_KIND, OP_NONE);
}

// ---- bpf_spin_lock in a value ----

/** Take the spin lock at `word` of a value. One at a time, as the verifier sees to. 0 or -ETIMEDOUT. */
export function lockValue(word: usize): i32 {
  startBudget();
  return lockValueInside(word);
}

/** The same within an operation, whose bound counts on. */
export function lockValueInside(word: usize): i32 {
  step();
  store<u32>(self() + SLOT_OP_VALUE_LOCK, <u32>word);
  const result = acquire(word, 0);
  if (result != 0) store<u32>(self() + SLOT_OP_VALUE_LOCK, 0);
  return result;
}

export function unlockValue(word: usize): void {
  release(word);
  step();
  store<u32>(self() + SLOT_OP_VALUE_LOCK, 0);
}
