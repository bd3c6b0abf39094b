/**
 * The friendly map objects as their users see them. Those with keys look like JavaScript's `Map`; keys and
 * values go through the codecs of the spec. All of it acts at once, on the shared memory that programs and
 * readers see.
 */
import type { Codec, PerCpuValues, SumOf } from '../../shared/codecs.js';
import type { WaitOptions } from '../grace-periods.js';
import type { Program } from '../program.js';
import type { MapTypeName } from './type-names.js';

/** What every map object offers, whatever its type. */
export interface BpfMap {
  readonly type: MapTypeName;
  /** The kernel-style id: valid as long as anything references the map, and never reused. */
  readonly id: number;
  readonly name: string;
  /** File descriptor that this object holds, for `runtime.bpf()`. */
  readonly fd: number;
  readonly maxEntries: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly flags: number;
  /** Whether `close()` was called. Every operation throws EBADF then. */
  readonly closed: boolean;
  /**
   * Give up the file descriptor. The map lives on while a program, an outer map or another descriptor
   * references it; its memory is freed a grace period after the last reference. Closing twice does nothing.
   */
  close(): void;
  [Symbol.dispose](): void;
}

/** A map whose elements are found by key. */
export interface KeyedMap<K, V> extends BpfMap, Iterable<[K, V]> {
  /**
   * Elements that are present. An array has all of its `maxEntries`; a program array and an array of maps are
   * counted slot by slot.
   */
  readonly size: number;
  /** The value, or undefined when there is none (an index beyond the end of an array included). */
  get(key: K): V | undefined;
  has(key: K): boolean;
  /** Insert or replace. Throws E2BIG when a hash is full or an index is beyond the end. */
  set(key: K, value: V): this;
  /** Remove. False when there was none. Elements of an array cannot be removed: EINVAL. */
  delete(key: K): boolean;
  /** Remove every element that is there throughout; elements of arrays become zeros. */
  clear(): void;
  /**
   * A walk while others write sees each element that is there throughout exactly once, and others at most
   * once (a walk over a hash reads whole buckets).
   */
  entries(): IterableIterator<[K, V]>;
  keys(): IterableIterator<K>;
  values(): IterableIterator<V>;
  forEach(callback: (value: V, key: K, map: this) => void): void;
}

/** How a value is read or written. */
export interface AccessOptions {
  /**
   * Hold the value's spin lock (F_LOCK), so that programs which lock it see all of the value or none.
   * EINVAL when the value's struct has no `spinLock` field. Default false.
   */
  readonly lock?: boolean;
}

/** A map whose elements are plain values. */
export interface ElementMap<K, V> extends KeyedMap<K, V> {
  get(key: K, options?: AccessOptions): V | undefined;
  set(key: K, value: V, options?: AccessOptions): this;
  /** Insert only: false, and nothing changed, when the key is there. Always false on an array. */
  insert(key: K, value: V, options?: AccessOptions): boolean;
  /** Replace only: false, and nothing changed, when the key is missing. */
  replace(key: K, value: V, options?: AccessOptions): boolean;
  /**
   * Write many elements in one call of the core, in their order. Returns how many.
   * Throws BulkWriteError at the first that fails; its `done` tells how many were written before.
   */
  setMany(entries: Iterable<readonly [K, V]>): number;
}

/** What the maps of the hash family offer beyond `ElementMap`. */
export interface HashLike<K, V> extends ElementMap<K, V> {
  /** Remove the element and give its last value; undefined when there was none. */
  take(key: K): V | undefined;
  /**
   * Write elements from bytes as they are, in one call of the core: `keys` holds them packed, `keySize` bytes
   * each, and `values` as many values. Returns how many. RangeError for lengths that do not fit; else as `setMany`.
   */
  fill(keys: ArrayBufferView, values: ArrayBufferView): number;
}

export interface HashMap<K, V> extends HashLike<K, V> {
  readonly type: 'hash';
}

/** Never full: an insert evicts elements that were not used lately, up to 128 at a time, as the kernel does. */
export interface LruHashMap<K, V> extends HashLike<K, V> {
  readonly type: 'lru_hash';
}

export interface ArrayMap<V> extends ElementMap<number, V> {
  readonly type: 'array';
  /**
   * Set elements 0, 1, 2, … from bytes as they are: `values` holds them packed, `valueSize` bytes each.
   * Returns how many. Throws RangeError for a length that is no multiple or is too much for the array.
   */
  fill(values: ArrayBufferView): number;
}

/** Longest prefix match. A full trie gives ENOSPC. */
export interface LpmTrieMap<K, V> extends ElementMap<K, V> {
  readonly type: 'lpm_trie';
  /** The value of the longest prefix that contains `key`: an address, or a prefix. */
  get(key: K, options?: AccessOptions): V | undefined;
  /** Whether any prefix contains `key`: an address, or a prefix. */
  has(key: K): boolean;
}

/** Each element has a value on every CPU: arrays with `runtime.options.possibleCpus` entries. */
export interface PerCpuMap<K, V> extends ElementMap<K, readonly V[]> {
  readonly type: 'percpu_array' | 'percpu_hash' | 'lru_percpu_hash';
  /** How many values an element has. */
  readonly cpus: number;
  get(key: K): PerCpuValues<V> | undefined;
  /** The values of all CPUs together, for numbers and bigints; undefined when there is no element. */
  sum(key: [SumOf<V>] extends [never] ? never : K): SumOf<V> | undefined;
  entries(): IterableIterator<[K, PerCpuValues<V>]>;
  values(): IterableIterator<PerCpuValues<V>>;
  [Symbol.iterator](): IterableIterator<[K, PerCpuValues<V>]>;
}

export interface PerCpuArrayMap<V> extends PerCpuMap<number, V> {
  readonly type: 'percpu_array';
}

export interface PerCpuHashMap<K, V> extends PerCpuMap<K, V> {
  readonly type: 'percpu_hash' | 'lru_percpu_hash';
  /** Remove the element and give its last values; undefined when there was none. */
  take(key: K): PerCpuValues<V> | undefined;
}

export interface PushOptions {
  /** When full, drop the oldest value instead of failing. Default false. */
  readonly overwrite?: boolean;
}

/** QUEUE (first in, first out) and STACK (last in, first out). */
export interface QueueMap<V> extends BpfMap {
  readonly type: 'queue' | 'stack';
  /** Values that are there. */
  readonly size: number;
  /** Throws E2BIG when full. */
  push(value: V, options?: PushOptions): this;
  /** False, and nothing changed, when full. */
  offer(value: V): boolean;
  /** Take the oldest (stack: newest) value; undefined when there is none. */
  pop(): V | undefined;
  /** What `pop` would give, which stays. */
  peek(): V | undefined;
  /** Pop until there is none. */
  drain(): IterableIterator<V>;
  clear(): void;
}

/** A set without false negatives: what was added is always found, and now and then what was not. */
export interface BloomFilter<V> extends BpfMap {
  readonly type: 'bloom_filter';
  add(value: V): this;
  /** False: certainly not added. True: added, or a false positive. */
  has(value: V): boolean;
}

export interface ReadOptions {
  /** Ends the iteration: it throws AbortError. */
  readonly signal?: AbortSignal;
}

export interface OutputOptions {
  /** 'auto' (default): wake the consumer if it waits for this record. */
  readonly wakeup?: 'auto' | 'never' | 'force';
}

/**
 * A ring of records, from programs and readers to one consumer. The consumer frees a record's room when it asks
 * for the next one; while the ring is full, producers get EAGAIN.
 */
export interface RingBuffer<V> extends BpfMap, AsyncIterable<V> {
  readonly type: 'ringbuf';
  /** The next record if one is there; undefined if not, or if the next one is still being written. */
  read(): V | undefined;
  /**
   * Records as they come, for ever. It sleeps without polling, and does not keep the process alive meanwhile.
   * One consumer at a time: a second iteration throws EBUSY.
   */
  records(options?: ReadOptions): AsyncIterableIterator<V>;
  /** Append a record. False when there is no room. */
  output(value: V, options?: OutputOptions): boolean;
  /** Bytes not yet consumed: headers, discarded records and those being written included. */
  readonly pending: number;
}

/** A ring of records from user space to programs, which take them with `bpf_user_ringbuf_drain`. */
export interface UserRingBuffer<V> extends BpfMap {
  readonly type: 'user_ringbuf';
  /** Append a record. False when there is no room. */
  output(value: V): boolean;
  /** Bytes not yet consumed by programs. */
  readonly pending: number;
}

/** Programs for tail calls. The first one fixes the type of all. */
export interface ProgramArray extends KeyedMap<number, Program> {
  readonly type: 'prog_array';
  /** The open object of that program if there is one, else a new object, which the caller closes. */
  get(index: number): Program | undefined;
}

/** One record of `bpf_perf_event_output`. */
export interface PerfRecord<V> {
  readonly cpu: number;
  readonly data: V;
}

export interface OpenOptions {
  /** Bytes of each CPU's ring: a power of two from 4096. Default 65,536. */
  readonly bytes?: number;
}

/**
 * Records that programs give by `bpf_perf_event_output`. As in the kernel nothing is recorded (ENOENT in the
 * program) before user space has opened a ring for each CPU, and records find no room (ENOSPC) while it is full.
 */
export interface PerfEventArray<V> extends BpfMap, AsyncIterable<PerfRecord<V>> {
  readonly type: 'perf_event_array';
  /** The codec of the records' data; undefined: bytes of any length. */
  readonly recordCodec: Codec<V> | undefined;
  readonly isOpen: boolean;
  /** Make a ring for each CPU; `close()` takes them away. EBUSY when it is open already. */
  open(options?: OpenOptions): this;
  /** The next record of any CPU if one is there. ENOENT before `open()`. */
  read(): PerfRecord<V> | undefined;
  /** Records of all CPUs as they come; those of one CPU in their order. Sleeps and ends as a `RingBuffer`'s. */
  records(options?: ReadOptions): AsyncIterableIterator<PerfRecord<V>>;
}

/** Maps of any kind: what an outer map holds. */
export type InnerMap = BpfMap;

export interface OuterMap<K, M> extends KeyedMap<K, M> {
  readonly type: 'array_of_maps' | 'hash_of_maps';
  /**
   * The inner map: the open object of that map if there is one, else a new object with a descriptor of its
   * own, which the caller closes. Undefined when the slot is empty.
   */
  get(key: K): M | undefined;
  /** Publish an inner map; returns at once. Readers see the old map or the new one, never none. EINVAL if it does not match the template. */
  set(key: K, map: M): this;
  /** Empty the slot; returns at once. False when it was empty. */
  delete(key: K): boolean;
  /**
   * Publish `map` at once, then wait until no reader can hold the map that was there before, and hand that one
   * back, open: the caller may change it freely, use it again, or close it. Undefined when the slot was empty.
   * When the wait is given up (AbortError, TimeoutError) the new map stays published. EDEADLK inside a section.
   */
  swap(key: K, map: M, options?: WaitOptions): Promise<M | undefined>;
  /**
   * Publish `map` if the slot holds `expected` (undefined = is empty); false, and nothing changed, if not.
   * Returns at once. `map` undefined empties the slot.
   */
  replaceIf(key: K, expected: M | undefined, map: M | undefined): boolean;
}
