/** Maps with plain elements, as a reader thread sees them. */
import type { Codec } from '../../shared/codecs.js';
import { refused, writeFailed } from './errors.js';
import { aligned } from './handle.js';
import type { ReaderThread } from './thread.js';

const BPF_ANY = 0;
const ENOENT = 2;

/** How the elements of a map are typed, and where in the scratch buffer its keys and values are encoded. */
export interface ElementAccess {
  readonly name: string;
  readonly key: Codec<unknown>;
  readonly value: Codec<unknown>;
  readonly valueSize: number;
  readonly keyOffset: number;
  readonly valueOffset: number;
}

/** The layout of `access` behind `start` bytes of the scratch buffer that are taken already. */
export function elementAccess(
  name: string,
  codecs: { readonly key: Codec<unknown>; readonly value: Codec<unknown> },
  valueSize: number,
  start = 0,
): ElementAccess {
  return { name, ...codecs, valueSize, keyOffset: start, valueOffset: aligned(start + codecs.key.size) };
}

/** A copy of the value at `address`; the caller is in a section. */
export function readValue(thread: ReaderThread, access: ElementAccess, address: number): unknown {
  return access.value.decode(thread.memory, address);
}

/** The value's bytes where they lie; the caller is in a section of the user's. */
export function viewValue(thread: ReaderThread, access: ElementAccess, address: number): Uint8Array {
  return thread.memory.u8.subarray(address, address + access.valueSize);
}

/** `elementUpdate` from JavaScript values; the caller is in a section. */
export function writeValue(
  thread: ReaderThread,
  access: ElementAccess,
  map: number,
  key: unknown,
  value: unknown,
): void {
  const keyAddress = thread.encode(access.key, key, access.keyOffset);
  const valueAddress = thread.encode(access.value, value, access.valueOffset);
  const result = thread.write(() => thread.core.elementUpdate(map, keyAddress, valueAddress, BPF_ANY));
  if (result < 0) throw writeFailed(result, 'set', access.name);
}

/** `elementDelete`: whether the key was there; the caller is in a section. */
export function deleteKey(thread: ReaderThread, access: ElementAccess, map: number, key: unknown): boolean {
  const keyAddress = thread.encode(access.key, key, access.keyOffset);
  const result = thread.write(() => thread.core.elementDelete(map, keyAddress));
  if (result === -ENOENT) return false;
  if (result < 0) throw writeFailed(result, 'delete', access.name);
  return true;
}

/**
 * A map with plain elements. Each call is a read-side section of its own, or part of the running one.
 * Writing is allowed, as it is for a program.
 */
export class ReaderMap<Key = unknown, Value = unknown> {
  readonly #thread: ReaderThread;
  readonly #access: ElementAccess;
  readonly #address: number;
  /** Section that the address is good in; 0 = for the reader's life. */
  readonly #serial: number;

  /** @internal */
  constructor(thread: ReaderThread, access: ElementAccess, address: number, serial = 0) {
    this.#thread = thread;
    this.#access = access;
    this.#address = address;
    this.#serial = serial;
  }

  get name(): string {
    return this.#access.name;
  }

  /** A copy of the value of `key`, or undefined. */
  get(key: Key): Value | undefined {
    const thread = this.#thread;
    this.#enter('get');
    try {
      const address = this.#find(key);
      return address === 0 ? undefined : (readValue(thread, this.#access, address) as Value);
    } finally {
      thread.leave();
    }
  }

  has(key: Key): boolean {
    this.#enter('has');
    try {
      return this.#find(key) !== 0;
    } finally {
      this.#thread.leave();
    }
  }

  /** The bytes of the value in shared memory, or undefined. Good until the section ends; EINVAL outside one. */
  view(key: Key): Uint8Array | undefined {
    this.#thread.checkInside('view');
    this.#check('view');
    const address = this.#find(key);
    return address === 0 ? undefined : viewValue(this.#thread, this.#access, address);
  }

  /** The value of `key` becomes `value`. Throws E2BIG when the map is full, ETIMEDOUT when a lock stays taken. */
  set(key: Key, value: Value): this {
    this.#enter('set');
    try {
      writeValue(this.#thread, this.#access, this.#address, key, value);
    } finally {
      this.#thread.leave();
    }
    return this;
  }

  /** Whether `key` was there. Throws EINVAL for an array, whose elements cannot be deleted. */
  delete(key: Key): boolean {
    this.#enter('delete');
    try {
      return deleteKey(this.#thread, this.#access, this.#address, key);
    } finally {
      this.#thread.leave();
    }
  }

  #find(key: Key): number {
    const { key: codec, keyOffset } = this.#access;
    return this.#thread.core.elementFind(this.#address, this.#thread.encode(codec, key, keyOffset));
  }

  #enter(what: string): void {
    this.#check(what);
    this.#thread.enter();
  }

  #check(what: string): void {
    const thread = this.#thread;
    if (this.#serial === 0 || (this.#serial === thread.serial && thread.core.sectionDepth() > 0)) return;
    throw refused('EINVAL', what, `${this.name}: this inner map was found in a section that has ended: find it again`);
  }
}

