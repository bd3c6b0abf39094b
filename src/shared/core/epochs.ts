/**
 * Epochs: when is memory that was unlinked seen by nobody?
 *
 * Words. G: the global epoch, from 1 on, only ever incremented. S[r]: 0 while reader r is outside, else the value of G
 * that r loaded at its entry. Every access below is sequentially consistent, so all lie in one total order "<".
 *
 *   reader r                               owner of x
 *     R1  e <- G                             U1  unlink x: no path leads to x any more
 *     R2  S[r] <- e                          U2  t <- G                  (x's stamp)
 *     R3  loads of pointers, uses            U3  advance G past t, if G = t
 *     R4  S[r] <- 0                          U4  scan: every S is 0 or > t
 *                                            U5  free x
 *
 * Claim: at U5 no reader holds a pointer to x.
 *
 * Fact 1. A reader that holds x loaded it in R3 before U1, for afterwards no path leads to x.  [P1] [P2]
 * Fact 2. So for its section R2 < R3 < U1 < U4: the scan sees this section's S, or a later value of S.
 * Fact 3. Its e was loaded before U1, hence before U2, and G never falls: e <= t. If the scan sees e, then x is not
 *   freed. If it sees a later value, then R4 has happened, and the section holds nothing any more.
 * Fact 4. A reader may load G, be delayed, and store an e that is old by then. Old is small, and small blocks more:
 *   it delays frees and permits none.
 * Fact 5. Progress: after U3, sections that begin later have e > t. The sections that block t are finitely many.
 * Fact 6. Nested entries keep S: the outermost section covers them.
 *
 * What breaks it: U2 before U1 (a reader with e > t may load x between them); a stamp that is not G's value after U1;
 * R3 before R2 (the scan misses the reader); a slot left out of the scan; S cleared while the thread still runs.
 *
 * A leaving reader's half of the wake-up protocol [W1] is proved in src/api/grace-periods/event-word.ts.
 */
import {
  MUTANT, MUTANT_CLEARED_BEFORE_EXIT, MUTANT_LOAD_BEFORE_ENTER, MUTANT_LOCAL_STAMP, MUTANT_LOST_WAKE_UP, MUTANT_SKIP_SLOT,
} from './build';
import { SLOT_BYTES, SLOT_EPOCH, SLOTS, SUPER, SUPER_AWAITED, SUPER_EPOCH, SUPER_EVENT, SUPER_SLOTS } from './layout';
import { self, slotAt } from './self';
import { step } from './step';

export const NO_SECTION: u64 = u64.MAX_VALUE;

let depth: i32 = 0;
/** The epoch that the running section stored in S. */
let entered: u64 = 0;
let late: bool = false;
let blockedScans: i32 = 0;

/** Begin a read-side critical section, or nest in the running one. */
export function enter(): void {
  if (depth++ != 0) return;
  entered = atomic.load<u64>(SUPER + SUPER_EPOCH);
  if (MUTANT == MUTANT_LOAD_BEFORE_ENTER) {
    late = true;
    return;
  }
  step();
  atomic.store<u64>(self() + SLOT_EPOCH, entered); // [P1] a reader stores S before it loads pointers, an owner unlinks before it scans S
}

/** End what `enter` began. */
export function leave(): void {
  if (--depth != 0) return;
  endSection();
}

function endSection(): void {
  let awaited: u64 = 0;
  if (MUTANT == MUTANT_LOST_WAKE_UP) awaited = atomic.load<u64>(SUPER + SUPER_AWAITED);
  step();
  atomic.store<u64>(self() + SLOT_EPOCH, 0); // [W1] publish the awaited epoch before the scan, clear the slot before reading it: one sees the other
  if (MUTANT != MUTANT_LOST_WAKE_UP) awaited = atomic.load<u64>(SUPER + SUPER_AWAITED);
  if (entered > awaited) return;
  step();
  atomic.add<i32>(SUPER + SUPER_EVENT, 1);
  atomic.notify(SUPER + SUPER_EVENT, -1);
}

/** Used by the mutant that loads before it enters: stands behind the first load of a pointer. */
export function lateEnter(): void {
  if (MUTANT != MUTANT_LOAD_BEFORE_ENTER) return;
  if (!late || depth == 0) return;
  late = false;
  atomic.store<u64>(self() + SLOT_EPOCH, entered);
}

/** After a trap: leave the section at whatever depth it is. */
export function abandonSection(): void {
  if (depth == 0 && atomic.load<u64>(self() + SLOT_EPOCH) == 0) return;
  depth = 0;
  endSection();
}

/** S of this thread. */
export function ownSection(): u64 {
  return atomic.load<u64>(self() + SLOT_EPOCH);
}

export function sectionDepth(): i32 {
  return depth;
}

/** G, to be read after the unlinking: the stamp of everything unlinked before this call. */
export function stampNow(): u64 {
  if (MUTANT == MUTANT_LOCAL_STAMP) return entered == 0 ? 1 : entered;
  return atomic.load<u64>(SUPER + SUPER_EPOCH); // [P2] unlink before stamp
}

/** Make G greater than `stamp`, so that sections from now on do not block it. */
export function advancePast(stamp: u64): void {
  if (atomic.load<u64>(SUPER + SUPER_EPOCH) != stamp) return;
  step();
  atomic.cmpxchg<u64>(SUPER + SUPER_EPOCH, stamp, stamp + 1);
}

/** The smallest S of a running section, NO_SECTION if there is none. What has a smaller stamp may be freed. */
export function oldestSection(): u64 {
  let oldest = NO_SECTION;
  const slots = load<u32>(SUPER + SUPER_SLOTS);
  for (let slot: u32 = 0; slot < slots; slot++) {
    if (MUTANT == MUTANT_SKIP_SLOT && slot == 1) continue;
    const epoch = atomic.load<u64>(slotAt(slot) + SLOT_EPOCH); // [P1] a reader stores S before it loads pointers, an owner unlinks before it scans S
    if (epoch != 0 && epoch < oldest) oldest = epoch;
  }
  return oldest;
}

/** No section blocks `stamp` any more. Advances G when it is needed for that. */
export function isQuiesced(stamp: u64): bool {
  advancePast(stamp);
  if (oldestSection() > stamp) return true;
  if (MUTANT == MUTANT_CLEARED_BEFORE_EXIT && ++blockedScans > 64) clearBlocking(stamp);
  return false;
}

function clearBlocking(stamp: u64): void {
  blockedScans = 0;
  const slots = load<u32>(SUPER + SUPER_SLOTS);
  for (let at = SLOTS; at < SLOTS + slots * SLOT_BYTES; at += SLOT_BYTES) {
    if (at != self() && atomic.load<u64>(at + SLOT_EPOCH) <= stamp) atomic.store<u64>(at + SLOT_EPOCH, 0);
  }
}

// ---- for JavaScript: epochs as f64 ----

export function readEpoch(): f64 {
  return <f64>stampNow();
}

/** 1 if no slot is in a section that began at or before `stamp`, else 0. Advances G when it equals `stamp`. */
export function quiescedPast(stamp: f64): i32 {
  return isQuiesced(<u64>stamp) ? 1 : 0;
}

/** Publish the awaited stamp, so that a leaving reader counts up the event word; 0 = nothing is awaited. */
export function awaitEpoch(stamp: f64): void {
  step();
  atomic.store<u64>(SUPER + SUPER_AWAITED, <u64>stamp); // [W1] publish the awaited epoch before the scan, clear the slot before reading it: one sees the other
}

export function eventAddress(): f64 {
  return <f64>(SUPER + SUPER_EVENT);
}

export function slotEpoch(slot: u32): f64 {
  return <f64>atomic.load<u64>(slotAt(slot) + SLOT_EPOCH);
}
