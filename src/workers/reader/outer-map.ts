/** Map-in-map, as a reader thread sees it: lookups through the outer map, in one section. */
import type { Codec } from '../../shared/codecs.js';
import { deleteKey, type ElementAccess, ReaderMap, readValue, viewValue, writeValue } from './element-map.js';
import { refused } from './errors.js';
import type { ReaderThread } from './thread.js';

/**
 * An outer map. The main thread swaps its inner maps at any time; a call here sees the old inner map or the
 * new one, never a mixture. The outer map itself is changed on the main thread only.
 */
export class OuterReaderMap<OuterKey = unknown, Key = unknown, Value = unknown> {
  readonly #thread: ReaderThread;
  readonly #address: number;
  readonly #outerKey: Codec<unknown>;
  readonly #access: ElementAccess;

  /** @internal The outer key is encoded at offset 0 of the scratch buffer, `access` lies behind it. */
  constructor(thread: ReaderThread, outerKey: Codec<unknown>, access: ElementAccess, address: number) {
    this.#thread = thread;
    this.#outerKey = outerKey;
    this.#access = access;
    this.#address = address;
  }

  get name(): string {
    return this.#access.name;
  }

  /** A copy of the value of `key` in the inner map at `outerKey`; undefined if either is missing. */
  get(outerKey: OuterKey, key: Key): Value | undefined {
    const thread = this.#thread;
    thread.enter();
    try {
      const address = this.#find(outerKey, key);
      return address === 0 ? undefined : (readValue(thread, this.#access, address) as Value);
    } finally {
      thread.leave();
    }
  }

  /** Whether there is an inner map at `outerKey`; with `key`, whether it has that key. */
  has(outerKey: OuterKey, ...key: [] | [Key]): boolean {
    this.#thread.enter();
    try {
      return (key.length === 0 ? this.#findInner(outerKey) : this.#find(outerKey, key[0])) !== 0;
    } finally {
      this.#thread.leave();
    }
  }

  /** The bytes of the value in shared memory, or undefined. Good until the section ends; EINVAL outside one. */
  view(outerKey: OuterKey, key: Key): Uint8Array | undefined {
    this.#thread.checkInside('view');
    const address = this.#find(outerKey, key);
    return address === 0 ? undefined : viewValue(this.#thread, this.#access, address);
  }

  /**
   * The inner map at `outerKey`, for several calls on the same generation, or undefined. Good until the section
   * ends; EINVAL outside one.
   */
  inner(outerKey: OuterKey): ReaderMap<Key, Value> | undefined {
    this.#thread.checkInside('inner');
    const address = this.#findInner(outerKey);
    return address === 0 ? undefined : new ReaderMap(this.#thread, this.#access, address, this.#thread.serial);
  }

  /** Write into the inner map at `outerKey`. Throws ENOENT when there is none; else as `ReaderMap.set`. */
  set(outerKey: OuterKey, key: Key, value: Value): this {
    this.#thread.enter();
    try {
      const inner = this.#findInner(outerKey);
      if (inner === 0) throw refused('ENOENT', 'set', `${this.name}: there is no inner map at this key`);
      writeValue(this.#thread, this.#access, inner, key, value);
    } finally {
      this.#thread.leave();
    }
    return this;
  }

  /** Delete from the inner map at `outerKey`: whether both were there. As `ReaderMap.delete`. */
  delete(outerKey: OuterKey, key: Key): boolean {
    this.#thread.enter();
    try {
      const inner = this.#findInner(outerKey);
      return inner !== 0 && deleteKey(this.#thread, this.#access, inner, key);
    } finally {
      this.#thread.leave();
    }
  }

  #findInner(outerKey: unknown): number {
    return this.#thread.core.outerFind(this.#address, this.#thread.encode(this.#outerKey, outerKey, 0));
  }

  #find(outerKey: unknown, key: unknown): number {
    const inner = this.#findInner(outerKey);
    if (inner === 0) return 0;
    const { key: codec, keyOffset } = this.#access;
    return this.#thread.core.elementFind(inner, this.#thread.encode(codec, key, keyOffset));
  }
}
