import type { ElementTypeCalls } from './core-element-calls.js';
import type { RunCalls } from './core-run-calls.js';

export { HIDDEN, RUN, type RunCalls } from './core-run-calls.js';

/**
 * The calls that `core.wasm` exports, as every other room sees them.
 *
 * Addresses are byte offsets in the arena. An address parameter is an i32 bit pattern (a JavaScript
 * number up to 2^32-1 may be passed as it is); an address or errno result is an f64: a value >= 0 is
 * an address or count, a negative one is -errno. Results of type i32 are 0, a small count, or -errno.
 * Every function acts for the thread whose slot this instance claimed (`claimSlot`).
 */
export interface CoreExports extends ElementTypeCalls, RunCalls {
  // ---- arena (main thread, once) ----
  /** Lay out a fresh arena. `pages` of 64 KiB; `slots` reader slots; returns 0 or -errno. */
  arenaInit(pages: number, slots: number, cpus: number): number;
  /** 0 if the memory holds an arena of this layout version, else -errno. */
  arenaCheck(): number;
  /** Bytes of the heap now in use (block headers included). */
  arenaUsedBytes(): number;
  /** General allocation for payload (batches, scratch): zeroed, 64-byte aligned. Address or -ENOMEM. */
  memoryAllocate(bytes: number): number;
  memoryFree(address: number): void;
  /** 64 KiB chunks that nobody owns. */
  freeChunkCount(): number;

  // ---- slots ----
  /** Claim a free slot for this thread (kind: 1 main, 2 worker, 3 JavaScript reader). Slot number or -errno. */
  claimSlot(kind: number): number;
  /** Give the slot back in an orderly way (outside any section). */
  releaseSlot(): void;
  /** Incarnation of a slot: odd while claimed, even while free; grows by one at each change. */
  slotIncarnation(slot: number): number;
  /** Epoch at which the slot's section began, 0 = outside. */
  slotEpoch(slot: number): number;
  slotKind(slot: number): number;
  /** CPU number that the slot holds, -1 when none. */
  slotCpu(slot: number): number;
  /** Lease the smallest free CPU number (the one held, if one is). -ENOSPC if none is free. */
  leaseCpu(): number;
  /** Address of the word that holds this thread's CPU number plus one; 0 in it = none. */
  cpuAddress(): number;
  /** Lease this CPU number instead of the one held. 0, -EINVAL (no such CPU), -EBUSY (another thread has it). */
  setCpu(cpu: number): number;
  /** Give the CPU number back. */
  releaseCpu(): void;
  /** This instance's slot, -1 before `claimSlot`. */
  currentSlot(): number;
  possibleCpus(): number;
  slotCount(): number;
  /** Address of the slot's 64 KiB scratch buffer (payload: keys, values, contexts, BPF stack). */
  slotScratch(slot: number): number;
  /** Address of the slot's 64 KiB run area: stack, context, packet. */
  slotRun(slot: number): number;
  /** Program id that the slot is running (0 none), for stall reports. */
  slotProgram(slot: number): number;
  setProgram(programId: number): void;
  /** Finish or undo what a dead incarnation left. Main thread, after the thread's exit. 0, -EAGAIN (retry), -ESRCH (stale). */
  recover(slot: number, incarnation: number): number;
  /** The same for this live thread after a trap; also leaves its section. */
  recoverSelf(): number;
  /** Bound of every lock wait of this instance, milliseconds. */
  setLockTimeout(milliseconds: number): void;
  /** 0: this thread must not block (a browser page's main thread): lock waits spin. */
  setMayBlock(on: number): void;

  // ---- kill points: builds named core-steps and the like ----
  /** Trap (mode 1), park (2) or delay (3) before the n-th shared store from now on; 0: none of them. Restarts the count. */
  setStep(n: number, mode: number): void;
  /** Shared stores since `setStep`. */
  stepCount(): number;
  /** Address of the slot's park word: i32 0 while parked (store 1 and notify to let it go on); the next i32 is 1 while parked. */
  slotPark(slot: number): number;
  /** Elements of a pool that are 0 free, 1 newly retired, 2 waiting for a grace period, 3 handed out in all. On a map at rest. */
  poolCensus(map: number, what: number): number;

  // ---- epochs ----
  enter(): void;
  leave(): void;
  /** After a call that read only and did not return (a stack overflow): end the section, however deep it is nested. */
  abandonSection(): void;
  /** Nesting depth of this thread's section. */
  sectionDepth(): number;
  /** Reads G: the stamp of everything unlinked before this call. */
  readEpoch(): number;
  /** 1 if no slot is in a section that began at or before `stamp` (advances G when it equals `stamp`), else 0. */
  quiescedPast(stamp: number): number;
  /** Publish the awaited stamp so that a leaving reader bumps the event word; 0 = nothing awaited. */
  awaitEpoch(stamp: number): void;
  /** Address of the event word E (i32, for Atomics.waitAsync). */
  eventAddress(): number;

  // ---- maps (create / retire / reap: main thread) ----
  /**
   * Address of the new map, -EINVAL (the core holds no such type) or -ENOMEM. `id` is written to the header and the id
   * table. `extra` is map_extra. The last three are the offsets of the value's special fields, -1 = none.
   */
  mapCreate(
    type: number,
    keySize: number,
    valueSize: number,
    maxEntries: number,
    flags: number,
    seed: number,
    id: number,
    extra: number,
    spinLock: number,
    timer: number,
    workQueue: number,
  ): number;
  /** Queue a map that nothing references any more; stamped after its unlinking. */
  mapRetire(map: number): void;
  /** Free every ripe retired map; returns how many. */
  mapReap(): number;
  retiredMaps(): number;
  retiredBytes(): number;
  freedMaps(): number;
  setMaxRetiredBytes(bytes: number): void;
  /** 1: fill freed maps with poison 0x6b instead of leaving them (they are zeroed again on reuse). */
  setPoison(on: number): void;
  /** Address of the live map with this id (table look-up), or 0. Valid only inside a section. */
  mapById(id: number): number;
  mapBytes(map: number): number;

  // ---- elements; key, value and out are addresses of payload the caller owns ----
  /** Look up and copy the value out, in a section of its own. 0 or -errno. */
  elementLookup(map: number, key: number, out: number): number;
  /** Value address or 0; the caller is in a section. */
  elementFind(map: number, key: number): number;
  elementUpdate(map: number, key: number, value: number, flags: number): number;
  elementDelete(map: number, key: number): number;
  /** key 0 = first. 0 or -ENOENT. */
  elementNextKey(map: number, key: number, out: number): number;
  /** Live elements (hash); exact. */
  elementCount(map: number): number;
  /** `count` updates from packed keys and values (value stride = value_size); returns how many were done; errno through `lastError`. */
  elementUpdateMany(map: number, keys: number, values: number, count: number, flags: number): number;
  lastError(): number;
  /** Arrays: set elements 0..count-1 from packed values. 0 or -errno. */
  arrayFill(map: number, values: number, count: number): number;
  /**
   * Hash family: copy whole buckets from `bucket` on while they fit in `room` elements (packed keys, packed values).
   * Returns the number of elements copied, or -ENOSPC if the first non-empty bucket does not fit; `batchNext` is then the cursor.
   */
  hashBatch(map: number, bucket: number, room: number, keys: number, values: number): number;
  batchNext(): number;
  /** Number of a key's bucket, and address of the lock of that bucket: tests only. */
  hashBucketOf(map: number, key: number): number;
  hashLockOf(map: number, key: number): number;

  // ---- outer maps (main thread) ----
  /** Exchange slot `index` for `inner` (0 = empty). Old inner address (0 = was empty) or -errno. */
  arrayOfMapsExchange(map: number, index: number, inner: number): number;
  /** flags as update. Old inner address, 0 for a new key, or -errno. */
  hashOfMapsUpdate(map: number, key: number, inner: number, flags: number): number;
  /** Old inner address or -ENOENT. */
  hashOfMapsDelete(map: number, key: number): number;
  /** Inner map address, 0 = none. */
  outerFind(map: number, key: number): number;
  /** `elementLookup` in the inner map at `outerKey`, in one section. -ENOENT too when there is no inner map. Any thread. */
  nestedLookup(outer: number, outerKey: number, key: number, out: number): number;
}

/** Map header: all fields u32, immutable after creation unless said. */
export const MAP_HEADER = {
  type: 0,
  keySize: 4,
  valueSize: 8,
  maxEntries: 12,
  flags: 16,
  /** 0 once the map is retired. */
  id: 20,
  /** ARRAY: bytes from one element to the next (value size rounded up to 8). */
  stride: 24,
  /** HASH: number of buckets minus one; batches take a pair of them for one, unless ZERO_SEED is set. */
  bucketMask: 28,
  seed: 32,
  /** ARRAY elements / ARRAY_OF_MAPS slots (u32 map addresses, atomic) / HASH buckets (u32 addresses) start here. */
  data: 256,
} as const;

/** One packet of a batch: 32 bytes. The batch starts with the records; data lies behind, anywhere in the arena. */
export const PACKET_RECORD = {
  size: 32,
  /** in: address of the packet bytes */
  data: 0,
  /** in: length; out: length after the run */
  length: 4,
  /** in: room behind `data` for the packet coming back; 0 = do not copy back */
  capacity: 8,
  /** out: verdict (low 32 bits of r0) */
  verdict: 12,
  /** in: ingress ifindex, rx queue (XDP) / mark, protocol (skb) */
  arg0: 16,
  arg1: 20,
} as const;
