/** Calls of the core for map types beyond ARRAY, HASH and the outer ones. Conventions as in `core-exports.ts`. */
export interface ElementTypeCalls {
  // ---- values with a spin lock ----
  /** `elementLookup` under the value's spin lock (F_LOCK). Also -EINVAL without one, -ETIMEDOUT when it stays taken. */
  elementLookupLocked(map: number, key: number, out: number): number;

  // ---- hash family ----
  /** Look up, copy the value out and delete, as one step. 0 or -errno (-ENOTSUPP for other types). */
  elementTake(map: number, key: number, out: number): number;

  // ---- LPM_TRIE ----
  /** The key behind `key` (0: the first; as `elementNextKey`), and the value of that very entry. 0 or -ENOENT. */
  trieNextEntry(map: number, key: number, out: number, value: number): number;

  // ---- QUEUE and STACK ----
  /** flags 0, or EXIST (2): drop the oldest when full. 0, -E2BIG, -EINVAL. */
  queuePush(map: number, value: number, flags: number): number;
  /** Copy out and remove. 0 or -ENOENT. */
  queuePop(map: number, out: number): number;
  /** Copy out. 0 or -ENOENT. */
  queuePeek(map: number, out: number): number;

  // ---- BLOOM_FILTER ----
  /** flags 0. 0 or -EINVAL. */
  bloomAdd(map: number, value: number, flags: number): number;
  /** 0 = perhaps there, -ENOENT = certainly not. */
  bloomTest(map: number, value: number): number;

  // ---- RINGBUF and USER_RINGBUF ----
  /** As the helper `bpf_ringbuf_output`: 0, -EAGAIN (no room), -EINVAL (flags). */
  ringbufOutput(map: number, data: number, size: number, flags: number): number;
  /** As the helper `bpf_ringbuf_query`; for a USER_RINGBUF too. */
  ringbufQuery(map: number, what: number): number;
  /**
   * RINGBUF, the one consumer: header address of the oldest committed record, 0 when there is none or it is still
   * being written. Discarded records before it are consumed on the way. The payload follows its 8 bytes of header.
   */
  ringbufNext(map: number): number;
  /** RINGBUF: consume the record that `ringbufNext` gave. */
  ringbufConsume(map: number): void;
  /** Address of the ring's event word (i32, for Atomics.waitAsync): counted up and notified at each wake-up of §9.5. */
  ringbufEvent(map: number): number;
  /** USER_RINGBUF, the producing side: append a record for `bpf_user_ringbuf_drain`. 0, -EAGAIN, -E2BIG. */
  userRingbufOutput(map: number, data: number, size: number): number;

  // ---- PERF_EVENT_ARRAY ----
  /**
   * Have `bpf_perf_event_output` for slot `index` append its records to the RINGBUF `ring` (0 = to none: -ENOENT):
   * the caller keeps the ring alive until a grace period after its removal. Address of the ring before, 0 = none,
   * or -E2BIG. The helper: flags & 0xffffffff is the index, 0xffffffff = this CPU; beyond the end -E2BIG; a full
   * ring -ENOSPC.
   */
  perfEventSet(map: number, index: number, ring: number): number;
}
