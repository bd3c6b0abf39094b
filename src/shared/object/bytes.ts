import { malformed, type ObjectError } from './errors.js';

/** Where a range of bytes starts and how long it is. */
export interface ByteRange {
  readonly offset: number;
  readonly size: number;
}

/** The same bytes as a plain array: a Node Buffer shares memory where a Uint8Array copies. */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Integers of either byte order out of a byte array; every read past its end throws the error of `fail`. */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly littleEndian: boolean;
  readonly #view: DataView;
  readonly #fail: (message: string, offset: number) => ObjectError;

  constructor(
    bytes: Uint8Array,
    littleEndian: boolean,
    fail: (message: string, offset: number) => ObjectError = malformed,
  ) {
    this.bytes = bytes;
    this.littleEndian = littleEndian;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#fail = fail;
  }

  get length(): number {
    return this.bytes.length;
  }

  u8(at: number): number {
    this.#check(at, 1);
    return this.#view.getUint8(at);
  }

  u16(at: number): number {
    this.#check(at, 2);
    return this.#view.getUint16(at, this.littleEndian);
  }

  u32(at: number): number {
    this.#check(at, 4);
    return this.#view.getUint32(at, this.littleEndian);
  }

  i32(at: number): number {
    this.#check(at, 4);
    return this.#view.getInt32(at, this.littleEndian);
  }

  u64(at: number): bigint {
    this.#check(at, 8);
    return this.#view.getBigUint64(at, this.littleEndian);
  }

  /** A file offset or size of 64 bits as a number: what is past the end of any array reads as its largest safe value. */
  size64(at: number): number {
    const value = this.u64(at);
    return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value);
  }

  /** A view of a range, not a copy. */
  slice({ offset, size }: ByteRange, what: string): Uint8Array {
    if (offset + size > this.length) {
      throw this.#fail(
        `${what}: ${size} bytes from byte ${offset} on, but there are only ${this.length} in all`,
        offset,
      );
    }
    return this.bytes.subarray(offset, offset + size);
  }

  #check(at: number, size: number): void {
    if (at >= 0 && at + size <= this.length) return;
    throw this.#fail(`cut off: ${size} bytes wanted, the data ends at byte ${this.length}`, at);
  }
}
