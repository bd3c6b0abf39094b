/** Map-in-map, as a reader thread sees it: lookups through the outer map, in one section. */
import type { Codec } from '../../shared/codecs.js';
import { copyNestedValue, deleteKey, type ElementAccess, findValue, viewValue, writeValue } from './access.js';
import type { ReaderMap } from './element-map.js';
import { refused } from './errors.js';
import type { ReaderThread } from './thread.js';

/** What is behind the slots of an outer map. */
export interface InnerAccess<Inner> {
  readonly name: string;
  /** Undefined when inner maps have no keys: they are used through `inner()`. */
  readonly elements: ElementAccess | undefined;
  /** An inner map at `address`, good in section `serial`. */
  open(thread: ReaderThread, address: number, serial: number): Inner;
}

/**
 * An outer map. The main thread swaps its inner maps at any time; a call here sees the old inner map or the
 * new one, never a mixture. The outer map itself is changed on the main thread only.
 *
 * Inner maps with keys are read and written in one call, by outer key and key; others (queues, rings) through
 * `inner()`, whose class is `Inner`.
 */
export class OuterReaderMap<OuterKey = unknown, Key = unknown, Value = unknown, Inner = ReaderMap<Key, Value>> {
  readonly #thread: ReaderThread;
  readonly #address: number;
  readonly #outerKey: Codec<unknown>;
  readonly #inner: InnerAccess<Inner>;
  readonly #elements: ElementAccess | undefined;

  /** @internal The outer key is encoded at offset 0 of the scratch buffer, `inner` lies behind it. */
  constructor(thread: ReaderThread, outerKey: Codec<unknown>, inner: InnerAccess<Inner>, address: number) {
    this.#thread = thread;
    this.#outerKey = outerKey;
    this.#inner = inner;
    this.#elements = inner.elements;
    this.#address = address;
  }

  get name(): string {
    return this.#inner.name;
  }

  /** A copy of the value of `key` in the inner map at `outerKey`; undefined if either is missing. */
  get(outerKey: OuterKey, key: Key): Value | undefined {
    const thread = this.#thread;
    const access = this.#keyed('get');
    thread.checkOpen();
    this.#outerKey.encode(outerKey, thread.scratch, 0);
    return copyNestedValue(thread, access, this.#address, key) as Value | undefined;
  }

  /** Whether there is an inner map at `outerKey`; with `key`, whether it has that key. */
  has(outerKey: OuterKey, ...key: [] | [Key]): boolean {
    this.#thread.enter();
    try {
      const inner = this.#findInner(outerKey);
      if (key.length === 0 || inner === 0) return inner !== 0;
      return findValue(this.#thread, this.#keyed('has'), inner, key[0]) !== 0;
    } finally {
      this.#thread.leave();
    }
  }

  /** The bytes of the value in shared memory, or undefined. Good until the section ends; EINVAL outside one. */
  view(outerKey: OuterKey, key: Key): Uint8Array | undefined {
    const access = this.#keyed('view');
    this.#thread.checkInside('view');
    if (access.copies) throw refused('EINVAL', 'view', `${this.name}: values of all CPUs come as copies: use get()`);
    const inner = this.#findInner(outerKey);
    const address = inner === 0 ? 0 : findValue(this.#thread, access, inner, key);
    return address === 0 ? undefined : viewValue(this.#thread, access, address);
  }

  /**
   * The inner map at `outerKey`, for several calls on the same generation, or undefined. Good until the section
   * ends; EINVAL outside one.
   */
  inner(outerKey: OuterKey): Inner | undefined {
    this.#thread.checkInside('inner');
    const address = this.#findInner(outerKey);
    return address === 0 ? undefined : this.#inner.open(this.#thread, address, this.#thread.serial);
  }

  /** Write into the inner map at `outerKey`. Throws ENOENT when there is none; else as `ReaderMap.set`. */
  set(outerKey: OuterKey, key: Key, value: Value): this {
    const access = this.#keyed('set');
    this.#thread.enter();
    try {
      const inner = this.#findInner(outerKey);
      if (inner === 0) throw refused('ENOENT', 'set', `${this.name}: there is no inner map at this key`);
      writeValue(this.#thread, access, inner, key, value);
    } finally {
      this.#thread.leave();
    }
    return this;
  }

  /** Delete from the inner map at `outerKey`: whether both were there. As `ReaderMap.delete`. */
  delete(outerKey: OuterKey, key: Key): boolean {
    const access = this.#keyed('delete');
    this.#thread.enter();
    try {
      const inner = this.#findInner(outerKey);
      return inner !== 0 && deleteKey(this.#thread, access, inner, key);
    } finally {
      this.#thread.leave();
    }
  }

  /** 0: none. An index beyond the end of an array is an errno of the core. */
  #findInner(outerKey: unknown): number {
    const inner = this.#thread.core.outerFind(this.#address, this.#thread.encode(this.#outerKey, outerKey, 0));
    return Math.max(inner, 0);
  }

  #keyed(what: string): ElementAccess {
    if (this.#elements !== undefined) return this.#elements;
    throw refused('EINVAL', what, `${this.name}: its inner maps have no keys: use inner(outerKey) inside a section`);
  }
}
