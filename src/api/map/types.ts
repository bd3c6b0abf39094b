/**
 * The friendly map objects as their users see them. They look like JavaScript's `Map`; keys and values go
 * through the codecs of the spec. All of it acts at once, on the shared memory that programs and readers see.
 */
import type { WaitOptions } from '../grace-periods.js';
import type { MapTypeName } from './spec.js';

/** What every map object offers, whatever its type. */
export interface BpfMap<K, V> extends Iterable<[K, V]> {
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
  /** Elements that are present. An array has all of its `maxEntries`; an outer array is counted slot by slot. */
  readonly size: number;
  /** Whether `close()` was called. Every operation throws EBADF then. */
  readonly closed: boolean;
  /** The value, or undefined when there is none (an index beyond the end of an array included). */
  get(key: K): V | undefined;
  has(key: K): boolean;
  /** Insert or replace. Throws E2BIG when a hash is full or an index is beyond the end. */
  set(key: K, value: V): this;
  /** Remove. False when there was none. Elements of an array cannot be removed: EINVAL. */
  delete(key: K): boolean;
  /**
   * A walk while others write sees each element that is there throughout exactly once, and others at most
   * once (a walk over a hash reads whole buckets).
   */
  entries(): IterableIterator<[K, V]>;
  keys(): IterableIterator<K>;
  values(): IterableIterator<V>;
  forEach(callback: (value: V, key: K, map: this) => void): void;
  /**
   * Give up the file descriptor. The map lives on while a program, an outer map or another descriptor
   * references it; its memory is freed a grace period after the last reference. Closing twice does nothing.
   */
  close(): void;
  [Symbol.dispose](): void;
}

/** A map whose elements are plain values. */
export interface ElementMap<K, V> extends BpfMap<K, V> {
  /** Insert only: false, and nothing changed, when the key is there. Always false on an array. */
  insert(key: K, value: V): boolean;
  /** Replace only: false, and nothing changed, when the key is missing. */
  replace(key: K, value: V): boolean;
  /**
   * Write many elements in one call of the core, in their order. Returns how many.
   * Throws BulkWriteError at the first that fails; its `done` tells how many were written before.
   */
  setMany(entries: Iterable<readonly [K, V]>): number;
}

export interface HashMap<K, V> extends ElementMap<K, V> {
  readonly type: 'hash';
}

export interface ArrayMap<V> extends ElementMap<number, V> {
  readonly type: 'array';
  /**
   * Set elements 0, 1, 2, … from bytes as they are: `values` holds them packed, `valueSize` bytes each.
   * Returns how many. Throws RangeError for a length that is no multiple or is too much for the array.
   */
  fill(values: ArrayBufferView): number;
}

/** Elements of any kind: what an outer map holds. */
export type InnerMap = ElementMap<never, unknown> | ElementMap<unknown, unknown>;

export interface OuterMap<K, M> extends BpfMap<K, M> {
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
