/**
 * Elements of a map: where new ones come from, and where retired ones go. Used by the types whose elements are linked
 * from buckets or tries; the type's own lock does not protect any of this.
 *
 * An element is: next (u32, the type's), mark (u32, recovery's), link (u32, of the list it lies in here), 4 bytes for
 * the type, key, value. Readers see next, key and value only. At any time an element is
 *
 *   virgin     a fixed element whose number is >= MAP_VIRGIN: never used
 *   live       reachable in the type's structure
 *   free       in the pool (a stack with a tag against ABA)
 *   arrived    retired, in the list of arrivals (a stack that is only ever pushed to, or taken as a whole)
 *   waiting    in the batch that waits for its grace period
 *   in hand    of one thread that is between two of these
 *
 * Fact 1. Retired elements keep all their words but `link`, which readers do not load, until they are ripe. So a
 *   reader on a retired element goes on through `next` to where it would have gone.
 * Fact 2. A batch is taken from the arrivals by one exchange, and then stamped with G: every element of it was
 *   unlinked before it arrived, hence before the stamp [P2]. One stamp serves the whole batch (it may be later than
 *   need be). The batch is spliced into the pool once its stamp is quiesced.
 * Fact 3. Moves go "first out of the old list, then into the new one". A thread that dies in between had the elements
 *   in hand; no list leads to them. `recoverPool` finds them by walking everything, and has them arrive.
 * Fact 4. A new run of chunks is linked into the list of runs before its elements go to the pool, and its chunks name
 *   the map from the first compare-exchange on (chunks.ts). So none is lost.
 */
import { MUTANT, MUTANT_CAPACITY_RACE, MUTANT_LIMBO_STAMP_EARLY, MUTANT_REUSE_AT_ONCE } from './build';
import { chunkAddress, RUN, setChunkOwner, takeChunks, zeroChunks } from './chunks';
import { advancePast, isQuiesced, oldestSection, ownSection, stampNow } from './epochs';
import {
  CHUNK_BYTES, MAP_ARRIVALS, MAP_COUNT, MAP_ELEMENTS, MAP_ELEMENT_SIZE, MAP_FIXED_COUNT, MAP_GROWN, MAP_GROWTH_LIMIT, MAP_MAX_ENTRIES,
  MAP_POOL, MAP_REAP_LOCK, MAP_RUN_CHUNKS, MAP_RUN_ELEMENTS, MAP_RUNS, MAP_VIRGIN, MAP_WAITING, MAP_WAITING_STAMP,
  roundUp, SUPER, SUPER_MAX_RETIRED, SUPER_RETIRED_BYTES,
} from './layout';
import { acquire, pause, release, tryAcquire } from './locks';
import { step } from './step';

export const ELEMENT_NEXT: usize = 0;
export const ELEMENT_MARK: usize = 4;
export const ELEMENT_LINK: usize = 8;
export const ELEMENT_WORD: usize = 12;
export const ELEMENT_KEY: usize = 16;

/** Header of a run of element chunks: next run, mark. Elements follow. */
export const RUN_NEXT: usize = 0;
export const RUN_MARK: usize = 4;
export const RUN_HEADER: usize = 64;

/** Elements beyond max_entries that a map gets at once: replacements take one before they give one back. */
const SPARE_ELEMENTS: u32 = 16;
const MAX_SPARE_SHARE: u32 = 4096;
/** Least bytes of limbo that a map may have; else a share of what may be retired altogether. */
const LIMBO_BYTES: u64 = 1048576;
const LIMBO_SHARE: u64 = 4;
const REAP_TRIES: i32 = 640;
/** Pauses for readers, an eighth of a millisecond each. */
const PATIENCE: i32 = 320;

/** Fixed elements of a preallocated map. */
export function fixedElements(maxEntries: u32): u64 {
  return <u64>maxEntries + SPARE_ELEMENTS + min(maxEntries >> 4, MAX_SPARE_SHARE);
}

/** Fill in the header fields of the pool: `fixed` elements at `elements`, `elementSize` bytes each (a multiple of 8). */
export function initPool(map: usize, elementSize: u32, elements: usize, fixed: u32): void {
  store<u32>(map + MAP_ELEMENT_SIZE, elementSize);
  store<u32>(map + MAP_ELEMENTS, <u32>elements);
  store<u32>(map + MAP_FIXED_COUNT, fixed);
  const chunks = <u32>(roundUp(<u64>elementSize + RUN_HEADER, CHUNK_BYTES) / CHUNK_BYTES);
  store<u32>(map + MAP_RUN_CHUNKS, chunks);
  store<u32>(map + MAP_RUN_ELEMENTS, <u32>((<u64>chunks * CHUNK_BYTES - RUN_HEADER) / elementSize));
  const entries = load<u32>(map + MAP_MAX_ENTRIES);
  const allowed = max(LIMBO_BYTES, <u64>load<f64>(SUPER + SUPER_MAX_RETIRED) / LIMBO_SHARE);
  const limbo = max(allowed / elementSize, min(<u64>entries, <u64>1 << 28)) + load<u32>(map + MAP_RUN_ELEMENTS);
  const limit = fixed == 0 ? <u64>entries + limbo : limbo;
  store<u32>(map + MAP_GROWTH_LIMIT, <u32>min(limit, <u64>u32.MAX_VALUE));
}

/** An element in hand: its words are what they were left. 0 = no memory (-ENOMEM). */
export function takeElement(map: usize): usize {
  for (let tries = 0; tries < REAP_TRIES; tries++) {
    const element = popFree(map);
    if (element != 0) return element;
    const virgin = takeVirgin(map);
    if (virgin != 0) return virgin;
    if (reap(map) || grow(map)) continue;
    if (!awaitElements(map, tries)) return 0;
  }
  return 0;
}

/** Nothing is ripe, and there is no more memory. False: waiting is of no use. */
function awaitElements(map: usize, tries: i32): bool {
  if (atomic.load<u32>(map + MAP_POOL) != 0) return true;
  const reaper = map + MAP_REAP_LOCK;
  if (atomic.load<u32>(reaper) != 0) {
    // Another thread has what is ripe in hand.
    if (acquire(reaper, 0) != 0) return false;
    release(reaper);
    return true;
  }
  // A reader that holds limbo back may only have lost its processor: give it some time. One's own section stays.
  if (tries >= PATIENCE || oldestSection() == ownSection()) return false;
  pause();
  return true;
}

function popFree(map: usize): usize {
  while (true) {
    const head = atomic.load<u64>(map + MAP_POOL);
    const element = <usize>(<u32>head);
    if (element == 0) return 0;
    const next = atomic.load<u32>(element + ELEMENT_LINK);
    step();
    if (atomic.cmpxchg<u64>(map + MAP_POOL, head, tagged(head, next)) == head) return element;
  }
}

/** The tag changes with every change of the head: a head that comes back is not mistaken for itself. */
function tagged(head: u64, element: u32): u64 {
  return (((head >> 32) + 1) << 32) | <u64>element;
}

function takeVirgin(map: usize): usize {
  const fixed = load<u32>(map + MAP_FIXED_COUNT);
  while (true) {
    const index = atomic.load<u32>(map + MAP_VIRGIN);
    if (index >= fixed) return 0;
    step();
    if (atomic.cmpxchg<u32>(map + MAP_VIRGIN, index, index + 1) == index) return fixedElement(map, index);
  }
}

export function fixedElement(map: usize, index: u32): usize {
  return <usize>load<u32>(map + MAP_ELEMENTS) + <usize>index * load<u32>(map + MAP_ELEMENT_SIZE);
}

/** Put a list, linked from `first` to `last`, into the pool. */
function pushFree(map: usize, first: usize, last: usize): void {
  while (true) {
    const head = atomic.load<u64>(map + MAP_POOL);
    step();
    atomic.store<u32>(last + ELEMENT_LINK, <u32>head);
    step();
    if (atomic.cmpxchg<u64>(map + MAP_POOL, head, tagged(head, <u32>first)) == head) return;
  }
}

/** An element in hand that no reader has ever seen in its present life goes back. */
export function returnElement(map: usize, element: usize): void {
  pushFree(map, element, element);
}

/** An element in hand that was just unlinked: readers may still be on it. */
export function retireElement(map: usize, element: usize): void {
  if (MUTANT == MUTANT_REUSE_AT_ONCE) {
    pushFree(map, element, element);
    return;
  }
  while (true) {
    const head = atomic.load<u32>(map + MAP_ARRIVALS);
    step();
    atomic.store<u32>(element + ELEMENT_LINK, head);
    step();
    if (atomic.cmpxchg<u32>(map + MAP_ARRIVALS, head, <u32>element) == head) return;
  }
}

/** Move ripe elements to the pool, and let arrivals begin to wait. True if there is something in the pool now. */
export function reap(map: usize): bool {
  if (atomic.load<u32>(map + MAP_WAITING) == 0 && atomic.load<u32>(map + MAP_ARRIVALS) == 0) return false;
  if (!tryAcquire(map + MAP_REAP_LOCK)) return atomic.load<u32>(map + MAP_POOL) != 0;
  const first = freeWaiting(map);
  let second = false;
  if (atomic.load<u32>(map + MAP_WAITING) == 0) {
    startWaiting(map);
    second = freeWaiting(map);
  }
  release(map + MAP_REAP_LOCK);
  return first || second;
}

/** Splice the waiting batch into the pool if it is ripe. */
function freeWaiting(map: usize): bool {
  const batch = atomic.load<u32>(map + MAP_WAITING);
  if (batch == 0 || !isQuiesced(load<u64>(map + MAP_WAITING_STAMP))) return false;
  step();
  atomic.store<u32>(map + MAP_WAITING, 0); // fact 3: out of the old list first
  let last = <usize>batch;
  for (let next = load<u32>(last + ELEMENT_LINK); next != 0; next = load<u32>(last + ELEMENT_LINK)) last = next;
  pushFree(map, batch, last);
  return true;
}

function startWaiting(map: usize): void {
  let stamp: u64 = 0;
  if (MUTANT == MUTANT_LIMBO_STAMP_EARLY) {
    stamp = stampNow();
    advancePast(stamp);
  }
  step();
  const batch = atomic.xchg<u32>(map + MAP_ARRIVALS, 0);
  if (batch == 0) return;
  if (MUTANT != MUTANT_LIMBO_STAMP_EARLY) stamp = stampNow(); // [P2] unlink before stamp
  step();
  store<u64>(map + MAP_WAITING_STAMP, stamp);
  step();
  atomic.store<u32>(map + MAP_WAITING, batch);
  advancePast(stamp);
}

/** Take a run of chunks. False: no memory, or limbo has reached its bound. */
function grow(map: usize): bool {
  const chunks = load<u32>(map + MAP_RUN_CHUNKS);
  if (!reserveGrowth(map)) return false;
  const chunk = takeChunks(chunks, <u32>map | RUN);
  if (chunk == 0) {
    step();
    atomic.sub<u32>(map + MAP_GROWN, load<u32>(map + MAP_RUN_ELEMENTS));
    return false;
  }
  zeroChunks(chunk, chunks);
  const run = chunkAddress(chunk);
  setChunkOwner(chunk, <u32>map);
  linkRun(map, run);
  addRun(map, run);
  return true;
}

function reserveGrowth(map: usize): bool {
  if (load<f64>(SUPER + SUPER_RETIRED_BYTES) > load<f64>(SUPER + SUPER_MAX_RETIRED)) return false;
  const more = load<u32>(map + MAP_RUN_ELEMENTS);
  while (true) {
    const grown = atomic.load<u32>(map + MAP_GROWN);
    if (grown >= load<u32>(map + MAP_GROWTH_LIMIT)) return false;
    step();
    if (atomic.cmpxchg<u32>(map + MAP_GROWN, grown, grown + more) == grown) return true;
  }
}

export function linkRun(map: usize, run: usize): void {
  while (true) {
    const head = atomic.load<u32>(map + MAP_RUNS);
    step();
    store<u32>(run + RUN_NEXT, head);
    step();
    if (atomic.cmpxchg<u32>(map + MAP_RUNS, head, <u32>run) == head) return;
  }
}

function addRun(map: usize, run: usize): void {
  const size = <usize>load<u32>(map + MAP_ELEMENT_SIZE);
  const first = run + RUN_HEADER;
  const last = first + (load<u32>(map + MAP_RUN_ELEMENTS) - 1) * size;
  for (let element = first; element < last; element += size) store<u32>(element + ELEMENT_LINK, <u32>(element + size));
  pushFree(map, first, last);
}

// ---- capacity ----

/** Reserve a place for a live element; false when the map has max_entries of them. */
export function reserveEntry(map: usize): bool {
  const limit = load<u32>(map + MAP_MAX_ENTRIES);
  while (true) {
    const count = atomic.load<u32>(map + MAP_COUNT);
    if (count >= limit) return false;
    if (MUTANT == MUTANT_CAPACITY_RACE) {
      step();
      store<u32>(map + MAP_COUNT, count + 1);
      return true;
    }
    step();
    if (atomic.cmpxchg<u32>(map + MAP_COUNT, count, count + 1) == count) return true;
  }
}

export function isFull(map: usize): bool {
  return atomic.load<u32>(map + MAP_COUNT) >= load<u32>(map + MAP_MAX_ENTRIES);
}

export function releaseEntry(map: usize): void {
  step();
  atomic.sub<u32>(map + MAP_COUNT, 1);
}
