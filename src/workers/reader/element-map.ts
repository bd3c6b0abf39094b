/** Maps with plain elements, as a reader thread sees them. */
import type { PerCpuValues, SumOf } from '../../shared/codecs.js';
import { addUp } from '../../shared/codecs/per-cpu.js';
import {
  BPF_ANY,
  BPF_EXIST,
  BPF_F_LOCK,
  BPF_NOEXIST,
  copyValue,
  deleteKey,
  type ElementAccess,
  findValue,
  lockedValue,
  takeValue,
  viewValue,
  writeValue,
} from './access.js';
import { refused } from './errors.js';
import { ReaderMapBase } from './map-base.js';
import type { ReaderThread } from './thread.js';

/** How a value is read or written. */
export interface ReaderAccessOptions {
  /** Hold the value's spin lock (F_LOCK); EINVAL when its struct has no `spinLock` field. */
  readonly lock?: boolean;
}

/**
 * A map with plain elements: hashes, arrays, tries. Each call is a read-side section of its own, or part of the
 * running one. Writing is allowed, as it is for a program.
 */
export class ReaderMap<Key = unknown, Value = unknown> extends ReaderMapBase {
  readonly #access: ElementAccess;

  /** @internal */
  constructor(thread: ReaderThread, access: ElementAccess, address: number, serial = 0) {
    super(thread, access.name, address, serial);
    this.#access = access;
  }

  /** A copy of the value of `key`, or undefined. In a trie: of the longest prefix that contains it. */
  get(key: Key, options?: ReaderAccessOptions): Value | undefined {
    const { thread } = this;
    this.check('get');
    thread.checkOpen();
    if (options?.lock === true) return this.#lockedValue(key);
    return copyValue(thread, this.#access, this.address, key) as Value | undefined;
  }

  has(key: Key): boolean {
    this.enter('has');
    try {
      return findValue(this.thread, this.#access, this.address, key) !== 0;
    } finally {
      this.thread.leave();
    }
  }

  /**
   * The bytes of the value in shared memory, or undefined. Good until the section ends; EINVAL outside one, and on
   * per-CPU maps, whose values come as copies.
   */
  view(key: Key): Uint8Array | undefined {
    this.thread.checkInside('view');
    this.check('view');
    if (this.#access.copies)
      throw refused('EINVAL', 'view', `${this.name}: values of all CPUs come as copies: use get()`);
    const address = findValue(this.thread, this.#access, this.address, key);
    return address === 0 ? undefined : viewValue(this.thread, this.#access, address);
  }

  /** The value of `key` becomes `value`. Throws E2BIG (ENOSPC) when the map is full, ETIMEDOUT when a lock stays taken. */
  set(key: Key, value: Value, options?: ReaderAccessOptions): this {
    this.#write(key, value, BPF_ANY, options);
    return this;
  }

  /** Insert only: false, and nothing changed, when the key is there. */
  insert(key: Key, value: Value, options?: ReaderAccessOptions): boolean {
    return this.#write(key, value, BPF_NOEXIST, options);
  }

  /** Replace only: false, and nothing changed, when the key is missing. */
  replace(key: Key, value: Value, options?: ReaderAccessOptions): boolean {
    return this.#write(key, value, BPF_EXIST, options);
  }

  /** Whether `key` was there. Throws EINVAL for an array, whose elements cannot be deleted. */
  delete(key: Key): boolean {
    this.enter('delete');
    try {
      return deleteKey(this.thread, this.#access, this.address, key);
    } finally {
      this.thread.leave();
    }
  }

  /** Remove the element and give its last value; undefined when there was none. Hashes only: ENOTSUPP elsewhere. */
  take(key: Key): Value | undefined {
    this.enter('take');
    try {
      return takeValue(this.thread, this.#access, this.address, key) as Value | undefined;
    } finally {
      this.thread.leave();
    }
  }

  #lockedValue(key: Key): Value | undefined {
    this.thread.enter();
    try {
      return lockedValue(this.thread, this.#access, this.address, key) as Value | undefined;
    } finally {
      this.thread.leave();
    }
  }

  #write(key: Key, value: Value, mode: number, options: ReaderAccessOptions | undefined): boolean {
    const flags = options?.lock === true ? mode | BPF_F_LOCK : mode;
    this.enter('set');
    try {
      return writeValue(this.thread, this.#access, this.address, key, value, flags);
    } finally {
      this.thread.leave();
    }
  }
}

/** A map whose elements have a value on every CPU: values are arrays, index = CPU. */
export class PerCpuReaderMap<Key = unknown, Value = unknown> extends ReaderMap<Key, PerCpuValues<Value>> {
  /** The value of `key` on all CPUs. Without all of them: EINVAL by the codec. */
  override set(key: Key, values: readonly Value[]): this {
    return super.set(key, values as PerCpuValues<Value>);
  }

  /** The values of all CPUs together, for numbers and bigints; undefined when there is no element. */
  sum(key: [SumOf<Value>] extends [never] ? never : Key): SumOf<Value> | undefined {
    const values = this.get(key);
    return values === undefined ? undefined : (addUp(values, 'sum') as SumOf<Value>);
  }
}
