/**
 * Mapped memory of a map: what mmap(2) gives, as an object with checked reads and writes. It can be used in any
 * thread, through a handle, and is dead in all of them once it is unmapped.
 *
 * A word of its own says whether the mapping lives: bit 0 = unmapped, the rest counts accesses under way. An access
 * adds 2 first and looks at bit 0 then; unmapping sets bit 0 first and waits for the count then. So no access begins
 * after the memory may have been given back.
 */

/** An access that a mapping does not allow. A process would get SIGSEGV or SIGBUS. */
export class MappingError extends Error {
  override readonly name = 'MappingError';
  readonly code: 'EFAULT' | 'EACCES';

  constructor(code: MappingError['code'], message: string) {
    super(`${code}: mapping: ${message}`);
    this.code = code;
  }
}

/** Bytes of a mapping that lie together in one buffer. */
export interface MappingSegment {
  /** Place in the mapping. */
  readonly start: number;
  readonly length: number;
  readonly buffer: SharedArrayBuffer;
  readonly byteOffset: number;
  /** Where else these bytes have to be written: a ring's data is there twice. */
  readonly mirror?: number;
}

/** A mapping as plain data, to be posted to a thread and opened there by `openMapping()`. */
export interface MappingHandle {
  readonly kind: 'innermap-mapping';
  readonly length: number;
  readonly readable: boolean;
  readonly writable: boolean;
  readonly segments: readonly MappingSegment[];
  readonly life: SharedArrayBuffer;
}

const UNMAPPED = 1;
const ACCESS = 2;
/** An access is one copy; a thread that died in the midst of one never ends it. */
const UNMAP_WAIT_MS = 100;

export class MemoryMapping {
  /** Bytes, whole pages. */
  readonly length: number;
  readonly readable: boolean;
  readonly writable: boolean;
  readonly #segments: readonly MappingSegment[];
  readonly #life: Int32Array;
  readonly #owner: MappingOwner | undefined;

  /** @internal */
  constructor(handle: MappingHandle, owner?: MappingOwner) {
    this.length = handle.length;
    this.readable = handle.readable;
    this.writable = handle.writable;
    this.#segments = handle.segments;
    this.#life = new Int32Array(handle.life);
    this.#owner = owner;
  }

  /** Whether the mapping was unmapped, here or in another thread. */
  get unmapped(): boolean {
    return (Atomics.load(this.#life, 0) & UNMAPPED) !== 0;
  }

  /** A copy of `length` bytes. EFAULT outside the mapping or after unmapping, EACCES if it is not readable. */
  read(offset: number, length: number): Uint8Array {
    if (!this.readable) throw new MappingError('EACCES', 'not readable');
    const copy = new Uint8Array(length);
    this.#access(offset, length, (bytes, at) => copy.set(bytes, at));
    return copy;
  }

  /** Write bytes. EFAULT outside the mapping or after unmapping, EACCES if it is not writable. */
  write(offset: number, bytes: Uint8Array): void {
    if (!this.writable) throw new MappingError('EACCES', 'not writable');
    this.#access(offset, bytes.length, (target, at, twin) => {
      const source = bytes.subarray(at, at + target.length);
      target.set(source);
      twin?.set(source);
    });
  }

  /** An aligned 64-bit word, loaded atomically: positions of rings. Errors as `read`. */
  load64(offset: number): bigint {
    if (!this.readable) throw new MappingError('EACCES', 'not readable');
    return this.#word(offset, (words, index) => Atomics.load(words, index));
  }

  /** Store an aligned 64-bit word atomically. Errors as `write`. */
  store64(offset: number, value: bigint): void {
    if (!this.writable) throw new MappingError('EACCES', 'not writable');
    this.#word(offset, (words, index) => Atomics.store(words, index, BigInt.asUintN(64, value)));
  }

  /**
   * The bytes themselves, unchecked and beyond the mapping's end of life: the memory is never used again while the
   * runtime lives. Only where they lie together, and only in the thread that mapped them. Throws EFAULT otherwise.
   */
  view(): Uint8Array {
    const [segment] = this.#segments;
    if (this.#owner === undefined)
      throw new MappingError('EFAULT', 'a raw view is given in the thread that mapped the memory');
    if (segment === undefined || this.unmapped) throw new MappingError('EFAULT', 'unmapped');
    this.#owner.expose();
    return new Uint8Array(segment.buffer, segment.byteOffset, segment.length);
  }

  /** For other threads: post it, and call `openMapping()` there. */
  handle(): MappingHandle {
    const { length, readable, writable } = this;
    const life = this.#life.buffer as SharedArrayBuffer;
    return { kind: 'innermap-mapping', length, readable, writable, segments: this.#segments, life };
  }

  /** munmap(2). In the thread that mapped it the mapping ends for all; elsewhere this does nothing. Twice is once. */
  unmap(): void {
    if (this.#owner === undefined || Atomics.or(this.#life, 0, UNMAPPED) & UNMAPPED) return;
    const end = performance.now() + UNMAP_WAIT_MS;
    while (Atomics.load(this.#life, 0) !== UNMAPPED && performance.now() < end);
    if (Atomics.load(this.#life, 0) !== UNMAPPED) this.#owner.expose();
    this.#owner.release();
  }

  [Symbol.dispose](): void {
    this.unmap();
  }

  #access(
    offset: number,
    length: number,
    use: (bytes: Uint8Array, at: number, twin: Uint8Array | undefined) => void,
  ): void {
    this.#check(offset, length);
    this.#enter();
    try {
      for (const { start, length: size, buffer, byteOffset, mirror } of this.#segments) {
        const from = Math.max(offset, start);
        const to = Math.min(offset + length, start + size);
        if (from >= to) continue;
        const twin = mirror === undefined ? undefined : new Uint8Array(buffer, mirror + from - start, to - from);
        use(new Uint8Array(buffer, byteOffset + from - start, to - from), from - offset, twin);
      }
    } finally {
      Atomics.sub(this.#life, 0, ACCESS);
    }
  }

  #word<T>(offset: number, use: (words: BigUint64Array, index: number) => T): T {
    this.#check(offset, 8);
    const segment = this.#segments.find(({ start, length }) => offset >= start && offset + 8 <= start + length);
    if (segment === undefined || (segment.byteOffset + offset - segment.start) % 8 !== 0) {
      throw new MappingError('EFAULT', `no aligned 64-bit word at ${offset}`);
    }
    this.#enter();
    try {
      return use(new BigUint64Array(segment.buffer, segment.byteOffset + offset - segment.start, 1), 0);
    } finally {
      Atomics.sub(this.#life, 0, ACCESS);
    }
  }

  #check(offset: number, length: number): void {
    if (
      Number.isInteger(offset) &&
      Number.isInteger(length) &&
      offset >= 0 &&
      length >= 0 &&
      offset + length <= this.length
    )
      return;
    throw new MappingError('EFAULT', `bytes ${offset} to ${offset + length}, but it has ${this.length}`);
  }

  #enter(): void {
    const before = Atomics.add(this.#life, 0, ACCESS);
    if ((before & UNMAPPED) === 0) return;
    Atomics.sub(this.#life, 0, ACCESS);
    throw new MappingError('EFAULT', 'unmapped');
  }
}

/** What the thread that mapped the memory does about it. */
export interface MappingOwner {
  /** Give the references back. */
  release(): void;
  /** The memory must never be used again. */
  expose(): void;
}

/** Use a mapping of another thread. It ends when that thread unmaps it. Throws TypeError for anything else. */
export function openMapping(handle: MappingHandle): MemoryMapping {
  if (handle?.kind !== 'innermap-mapping')
    throw new TypeError('openMapping: expected what MemoryMapping.handle() gave');
  return new MemoryMapping(handle);
}
