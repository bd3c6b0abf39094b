/** A cursor over the bytes of a WebAssembly module. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get length(): number {
    return this.#bytes.length;
  }

  byte(): number {
    const byte = this.#bytes[this.offset++];
    if (byte === undefined) throw new RangeError(`WebAssembly module: it ends at byte ${this.#bytes.length}`);
    return byte;
  }

  take(count: number): Uint8Array {
    if (count > this.#bytes.length - this.offset) {
      throw new RangeError(`WebAssembly module: ${count} bytes at ${this.offset}, it ends at ${this.#bytes.length}`);
    }
    this.offset += count;
    return this.#bytes.subarray(this.offset - count, this.offset);
  }

  /** LEB128, unsigned, of at most 32 bits. */
  u32(): number {
    return Number(BigInt.asUintN(32, this.#leb(false)));
  }

  /** LEB128, signed. */
  signed(): bigint {
    return this.#leb(true);
  }

  f32(): number {
    this.offset += 4;
    return this.#view.getFloat32(this.offset - 4, true);
  }

  f64(): number {
    this.offset += 8;
    return this.#view.getFloat64(this.offset - 8, true);
  }

  name(): string {
    return new TextDecoder().decode(this.take(this.u32()));
  }

  list<T>(read: () => T): T[] {
    return Array.from({ length: this.u32() }, read);
  }

  #leb(signed: boolean): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return signed && byte & 0x40 ? value - (1n << (shift + 7n)) : value;
    }
    throw new RangeError(`WebAssembly module: a number at byte ${this.offset} is too long`);
  }
}
