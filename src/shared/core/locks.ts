/**
 * Bounded locks. A lock word is 0, or the owner's slot + 1, with WAITERS set when somebody sleeps on it.
 *
 * 1. One compare-exchange takes the lock, one exchange opens it. Whoever opens it with WAITERS set wakes all sleepers;
 *    those that lose the race set the bit again before they sleep. So a sleeper is never forgotten.
 * 2. Every wait is bounded, and a wait that gives up has had no effect but the WAITERS bit, which costs one notify.
 * 3. The owner's slot is in the word, so that recovery opens only what the dead thread held. A slot is claimed anew
 *    only after recovery, so that the number names one thread.
 * 4. A waiter watches the map's hold word as well: who holds off the writers is about to repair this lock.
 */
import { ETIMEDOUT } from './errno';
import { MAP_HOLD, SLOT_PAUSE } from './layout';
import { ownerWord, self } from './self';
import { step } from './step';

const WAITERS: u32 = 0x80000000;
/** The holder may only be in the middle of a few stores. */
const SPINS: i32 = 100;
const MILLISECOND: i64 = 1000000;
const LONGEST_SLICE: i64 = 8 * MILLISECOND;
/** What a wake-up that came to nothing costs of the bound. */
const WAKE_COST: i64 = 20000;
/** Where a thread must not block: spins that take about a millisecond. */
const SPINS_A_MILLISECOND: i64 = 100000;

/** Result of `acquire`: the map's writers are held off. */
export const HELD_OFF: i32 = 1;

let timeout: i64 = 100000000;
let mayBlock: bool = true;
/** What is left of the bound, over all waits of one operation. */
let budget: i64 = 0;
let expected: u32 = 0;
let slept: i64 = 0;
let waitWord: usize = 0;

/** Bound of every lock wait of this instance, in milliseconds. */
export function setLockTimeout(milliseconds: u32): void {
  timeout = <i64>milliseconds * MILLISECOND;
}

/** 0 on a thread that must not block, as the main thread of a browser page. */
export function setMayBlock(on: i32): void {
  mayBlock = on != 0;
}

/** Begin an operation's bound. */
export function startBudget(): void {
  budget = timeout;
}

/** Take the lock. 0, HELD_OFF, or -ETIMEDOUT. `map` 0: no hold to watch. */
export function acquire(word: usize, map: usize): i32 {
  step();
  if (atomic.cmpxchg<u32>(word, 0, ownerWord()) == 0) return 0;
  return acquireSlowly(word, map);
}

function acquireSlowly(word: usize, map: usize): i32 {
  for (let spin = 0; spin < SPINS; spin++) if (tryAcquire(word)) return 0;
  let slice = MILLISECOND;
  while (budget > 0) {
    if (map != 0 && atomic.load<u32>(map + MAP_HOLD) != 0) return HELD_OFF;
    if (tryAcquire(word)) return 0;
    sleep(word, min(slice, budget));
    slice = min(slice * 2, LONGEST_SLICE);
  }
  return tryAcquire(word) ? 0 : -ETIMEDOUT;
}

export function tryAcquire(word: usize): bool {
  if (atomic.load<u32>(word) != 0) return false;
  step();
  return atomic.cmpxchg<u32>(word, 0, ownerWord()) == 0;
}

/** Wait until the word changes, at most `nanoseconds`; takes what it cost from the budget. */
function sleep(word: usize, nanoseconds: i64): void {
  if (!mayBlock) {
    spinWait(word, nanoseconds);
    return;
  }
  const value = atomic.load<u32>(word);
  if (value == 0) return;
  if ((value & WAITERS) == 0) {
    step();
    if (atomic.cmpxchg<u32>(word, value, value | WAITERS) != value) {
      budget -= WAKE_COST;
      return;
    }
  }
  expected = value | WAITERS;
  slept = nanoseconds;
  waitWord = word;
  if (waitOnWord() == AtomicWaitResult.TIMED_OUT) budget -= slept;
  else budget -= WAKE_COST;
}

/**
 * V8's baseline compiler (seen in Node 20) spoils locals that are operands of a wait and are used again after it, so
 * the operands are globals.
 */
function waitOnWord(): i32 {
  return atomic.wait<u32>(waitWord, expected, slept);
}

function spinWait(word: usize, nanoseconds: i64): void {
  const spins = (nanoseconds / MILLISECOND + 1) * SPINS_A_MILLISECOND;
  for (let spin: i64 = 0; spin < spins; spin++) if (atomic.load<u32>(word) == 0) return;
  budget -= nanoseconds;
}

/** Wait until nobody holds off the map's writers. False when the bound is reached. */
export function awaitHold(map: usize): bool {
  let slice = MILLISECOND;
  while (atomic.load<u32>(map + MAP_HOLD) != 0) {
    if (budget <= 0) return false;
    sleep(map + MAP_HOLD, min(slice, budget));
    slice = min(slice * 2, LONGEST_SLICE);
  }
  return true;
}

/** Open a lock, or end a hold. */
export function release(word: usize): void {
  step();
  if ((atomic.xchg<u32>(word, 0) & WAITERS) != 0) atomic.notify(word, -1);
}

/** Give others the processor for a moment. */
export function pause(): void {
  if (mayBlock) atomic.wait<u32>(self() + SLOT_PAUSE, 0, MILLISECOND / 8);
  else for (let spin: i64 = 0; spin < SPINS_A_MILLISECOND / 8; spin++) if (atomic.load<u32>(self() + SLOT_PAUSE) != 0) return;
}

/** Let sleepers look again. */
export function wakeWaiters(word: usize): void {
  atomic.notify(word, -1);
}

/** Make a lock of a dead thread this thread's own, without its being open in between. */
export function inherit(word: usize): void {
  step();
  atomic.store<u32>(word, ownerWord() | WAITERS);
}

export function isOwnedBy(word: usize, slot: u32): bool {
  return (atomic.load<u32>(word) & ~WAITERS) == slot + 1;
}
