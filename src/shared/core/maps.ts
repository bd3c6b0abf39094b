/**
 * Maps: creating, retiring, freeing. And how to add a type.
 *
 * A map is one heap block: a header of 256 bytes (layout.ts, MAP_*), then what the type lays out from MAP_DATA on.
 * Blocks are zeroed. A type is a file in `types/`, and a line in each function of `dispatch.ts`:
 *
 *   bytes(…)                    u64: bytes behind the header, from the attributes (u64.MAX_VALUE: refuse, ENOMEM)
 *   init(map)                   fill in the header fields of the type; the attributes are in the header already
 *   find(map, key)              value address or 0. Lock-free; the caller is in a section. For compiled programs.
 *   read(map, key, out)         0 / -errno: copy out for the syscall side (per-CPU: all CPUs' slots)
 *   update(map, key, value, flags), remove(map, key), nextKey(map, key | 0, out), count(map)
 *   program variants            updateFromProgram where SPEC §6.1 differs (per-CPU: this CPU's slot)
 *   recover(map, lock, slot)    a thread died (or trapped) in this map: make it whole again. Writers are held off.
 *   destroy(map)                free what lies outside the block (`freeRuns` for element pools)
 *
 * Writers:    const failed = beginOperation(map, lock); if (failed) return failed;   // operations.ts: record, hold, lock
 *             … each shared store behind a `step()`; publish by ONE atomic store …
 *             endOperation(lock);
 *   `lock` is any word of the map: a bucket's, or map + MAP_LOCK for one lock a map. `changeLock` moves on to another.
 *   A second lock at the same time may be map + MAP_LOCK or MAP_REAP_LOCK only: recovery opens these and the record's.
 * Elements:   takeElement / returnElement (never published) / retireElement (was unlinked), pool.ts. Capacity:
 *             isFull, reserveEntry, releaseEntry. Words of an element: ELEMENT_*. A retired element keeps all its words
 *             but ELEMENT_LINK until no reader can be on it; so readers must not load ELEMENT_LINK or ELEMENT_MARK.
 * Recovery:   const value = newMark(); mark(element, value) for each reachable one; recoverPool(map, live, value);
 *             then the caller opens the locks. Must be idempotent, and right for a thread stopped before any store.
 * Rules:      values: values.ts (special fields). Random numbers, time: not here. No strings, arrays, classes, `new`.
 *             errno: negative i32. CPU of the caller: currentCpu(). Possible CPUs: possibleCpus().
 */
import { MUTANT, MUTANT_FREE_EARLY, MUTANT_STAMP_BEFORE_UNLINK } from './build';
import { chunkAddress, chunkOf, freeChunks, RUN, sweepChunks } from './chunks';
import { typeBytes, typeDestroy, typeInit } from './dispatch';
import { advancePast, oldestSection, stampNow } from './epochs';
import { EINVAL, ENOMEM } from './errno';
import { heapAllocate, heapBytes, heapFree, heapPublish, HEADER } from './heap';
import { linkId, unlinkId } from './id-table';
import {
  CHUNK_BYTES, MAP_DATA, MAP_EXTRA, MAP_FLAGS, MAP_GROWN, MAP_ID, MAP_KEY_SIZE, MAP_MAX_ENTRIES, MAP_BYTES, MAP_RETIRED_BYTES, MAP_RETIRED_NEXT,
  MAP_RUN_CHUNKS, MAP_RUN_ELEMENTS, MAP_SEED, MAP_SPIN_LOCK, MAP_STAMP, MAP_TIMER, MAP_TYPE, MAP_VALUE_SIZE, MAP_WORK_QUEUE,
  SUPER, SUPER_FREED_COUNT, SUPER_MAX_RETIRED, SUPER_POISON, SUPER_RETIRED_BYTES, SUPER_RETIRED_COUNT, SUPER_RETIRED_HEAD,
  SUPER_RETIRED_TAIL, superWord,
} from './layout';
import { beginMainOperation, endMainOperation, isInUse, OP_CREATE, OP_FREE, OP_RETIRE, setMainArgument } from './operations';
import { step } from './step';

const POISON: u8 = 0x6b;

/**
 * Address of the new map, or -EINVAL (a type that the core does not hold), -ENOMEM. `extra` is map_extra; then the
 * offsets of the special fields in the value, -1 = none. Main thread.
 */
export function mapCreate(
  type: u32, keySize: u32, valueSize: u32, maxEntries: u32, flags: u32, seed: u32, id: u32, extra: u32,
  spinLock: i32, timer: i32, workQueue: i32,
): f64 {
  const bytes = typeBytes(type, keySize, valueSize, maxEntries, flags, extra);
  if (bytes == 0) return -EINVAL;
  if (bytes > 0xf0000000 || load<f64>(SUPER + SUPER_RETIRED_BYTES) > load<f64>(SUPER + SUPER_MAX_RETIRED)) return -ENOMEM;
  beginMainOperation(OP_CREATE, 0, 0);
  const map = heapAllocate(bytes + MAP_DATA);
  if (map != 0) {
    store<u32>(map + MAP_TYPE, type);
    store<u32>(map + MAP_KEY_SIZE, keySize);
    store<u32>(map + MAP_VALUE_SIZE, valueSize);
    store<u32>(map + MAP_MAX_ENTRIES, maxEntries);
    store<u32>(map + MAP_FLAGS, flags);
    store<u32>(map + MAP_SEED, seed);
    store<u32>(map + MAP_ID, id);
    store<u32>(map + MAP_EXTRA, extra);
    store<i32>(map + MAP_SPIN_LOCK, spinLock);
    store<i32>(map + MAP_TIMER, timer);
    store<i32>(map + MAP_WORK_QUEUE, workQueue);
    store<u32>(map + MAP_BYTES, <u32>(bytes + MAP_DATA));
    typeInit(map, bytes);
    setMainArgument(map);
    linkId(map);
    heapPublish(map);
  }
  endMainOperation();
  return map == 0 ? -ENOMEM : <f64>map;
}

/** Bytes of the heap that the map holds: its block and its runs of element chunks. */
export function bytesOf(map: usize): f64 {
  const elements = load<u32>(map + MAP_RUN_ELEMENTS);
  const runs = elements == 0 ? 0 : atomic.load<u32>(map + MAP_GROWN) / elements;
  return <f64>heapBytes(map) + <f64>runs * <f64>load<u32>(map + MAP_RUN_CHUNKS) * <f64>CHUNK_BYTES;
}

// ---- retiring ----

/** Queue a map that nothing references any more. Its unlinking from outer maps has come before. Main thread. */
export function mapRetire(map: usize): void {
  if (load<u32>(map + MAP_ID) == 0) unreachable(); // retired twice
  beginMainOperation(OP_RETIRE, map, 0);
  completeRetire(map);
  endMainOperation();
}

/** Also recovery's: may be run again from any point of an earlier run. */
export function completeRetire(map: usize): void {
  unlinkId(map);
  step();
  store<u32>(map + MAP_ID, 0);
  if (MUTANT != MUTANT_STAMP_BEFORE_UNLINK || load<u64>(map + MAP_STAMP) == 0) {
    step();
    store<u64>(map + MAP_STAMP, stampNow()); // [P2] unlink before stamp
  }
  step();
  store<u32>(map + MAP_RETIRED_BYTES, <u32>bytesOf(map));
  step();
  store<u32>(map + MAP_RETIRED_NEXT, 0);
  const tail = superWord(SUPER_RETIRED_TAIL);
  step();
  store<u32>(tail == 0 ? SUPER + SUPER_RETIRED_HEAD : <usize>tail + MAP_RETIRED_NEXT, <u32>map);
  setRetired(map, 1);
}

/** Tail and sums behind a change of the list: the map that is now the last, and +1 or -1 with its bytes. */
function setRetired(map: usize, change: i32): void {
  const bytes = <f64>load<u32>(map + MAP_RETIRED_BYTES) * <f64>change;
  step();
  store<u32>(SUPER + SUPER_RETIRED_COUNT, superWord(SUPER_RETIRED_COUNT) + change);
  step();
  store<f64>(SUPER + SUPER_RETIRED_BYTES, load<f64>(SUPER + SUPER_RETIRED_BYTES) + bytes);
  step();
  if (change > 0) store<u32>(SUPER + SUPER_RETIRED_TAIL, <u32>map);
  else if (superWord(SUPER_RETIRED_HEAD) == 0) store<u32>(SUPER + SUPER_RETIRED_TAIL, 0);
}

/** Tail and sums from the list itself. Returns whether `map` is in it. */
export function rebuildRetired(map: usize): bool {
  let count: u32 = 0;
  let bytes: f64 = 0;
  let last: u32 = 0;
  let found = false;
  for (let at = superWord(SUPER_RETIRED_HEAD); at != 0; at = load<u32>(<usize>at + MAP_RETIRED_NEXT)) {
    if (at == <u32>map) found = true;
    count++;
    bytes += <f64>load<u32>(<usize>at + MAP_RETIRED_BYTES);
    last = at;
  }
  store<u32>(SUPER + SUPER_RETIRED_COUNT, count);
  store<f64>(SUPER + SUPER_RETIRED_BYTES, bytes);
  store<u32>(SUPER + SUPER_RETIRED_TAIL, last);
  return found;
}

// ---- freeing ----

/**
 * Free every ripe retired map, the oldest first. How many. Main thread. A map that a dead thread was changing is left
 * until that thread is recovered, for the repair needs it.
 */
export function mapReap(): i32 {
  let freed = 0;
  let map = <usize>superWord(SUPER_RETIRED_HEAD);
  if (map == 0) return 0;
  advancePast(load<u64>(<usize>superWord(SUPER_RETIRED_TAIL) + MAP_STAMP));
  const oldest = oldestSection();
  while (map != 0 && (MUTANT == MUTANT_FREE_EARLY || load<u64>(map + MAP_STAMP) < oldest) && !isInUse(map)) {
    beginMainOperation(OP_FREE, map, superWord(SUPER_FREED_COUNT));
    const next = load<u32>(map + MAP_RETIRED_NEXT);
    step();
    store<u32>(SUPER + SUPER_RETIRED_HEAD, next);
    setRetired(map, -1);
    typeDestroy(map);
    freeBlock(map);
    step();
    store<u32>(SUPER + SUPER_FREED_COUNT, superWord(SUPER_FREED_COUNT) + 1);
    endMainOperation();
    freed++;
    map = next;
  }
  return freed;
}

/** A free was stopped behind the map's leaving the list: whatever is left of it. The heap was rebuilt before. */
export function completeFree(map: usize, isBlock: bool, freedBefore: u32): void {
  sweepChunks(<u32>map);
  sweepChunks(<u32>map | RUN);
  if (isBlock) freeBlock(map);
  step();
  store<u32>(SUPER + SUPER_FREED_COUNT, freedBefore + 1);
}

function freeBlock(map: usize): void {
  if (superWord(SUPER_POISON) != 0) memory.fill(map, POISON, heapBytes(map) - <u32>HEADER - reservedBehind(map));
  heapFree(map);
}

/** A large block's chunks begin 64 bytes before its payload. */
function reservedBehind(map: usize): u32 {
  return heapBytes(map) >= <u32>CHUNK_BYTES ? 48 : 0;
}

/** Give back the runs of an element pool. */
export function freeRuns(head: usize, chunks: u32): void {
  let run = head;
  while (run != 0) {
    const next = load<u32>(run);
    if (superWord(SUPER_POISON) != 0) memory.fill(chunkAddress(chunkOf(run)) + 64, POISON, chunks * <u32>CHUNK_BYTES - 64);
    freeChunks(chunkOf(run), chunks);
    run = next;
  }
}

export function retiredMaps(): u32 {
  return superWord(SUPER_RETIRED_COUNT);
}

export function retiredBytes(): f64 {
  return load<f64>(SUPER + SUPER_RETIRED_BYTES);
}

export function freedMaps(): u32 {
  return superWord(SUPER_FREED_COUNT);
}

export function setMaxRetiredBytes(bytes: f64): void {
  store<f64>(SUPER + SUPER_MAX_RETIRED, bytes);
}

/** 1: fill freed maps with 0x6b, so that a reader of freed memory shows. They are zeroed again on reuse. */
export function setPoison(on: i32): void {
  store<u32>(SUPER + SUPER_POISON, on);
}
