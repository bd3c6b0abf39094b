/** A growable byte buffer with WebAssembly's number encodings. Nothing is allocated for a write but the buffer itself. */
export class Bytes {
  data: Uint8Array<ArrayBuffer>;
  length = 0;

  constructor(capacity = 1024) {
    this.data = new Uint8Array(capacity);
  }

  u8(byte: number): void {
    if (this.length === this.data.length) this.#grow(1);
    this.data[this.length++] = byte;
  }

  u8x2(first: number, second: number): void {
    if (this.length + 2 > this.data.length) this.#grow(2);
    this.data[this.length++] = first;
    this.data[this.length++] = second;
  }

  /** LEB128 of an unsigned 32-bit number. */
  u32(value: number): void {
    let rest = value >>> 0;
    while (rest > 0x7f) {
      this.u8((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.u8(rest);
  }

  /** Signed LEB128 of a signed 32-bit number. */
  s32(value: number): void {
    let rest = value | 0;
    while (rest < -0x40 || rest > 0x3f) {
      this.u8((rest & 0x7f) | 0x80);
      rest >>= 7;
    }
    this.u8(rest & 0x7f);
  }

  /** Signed LEB128 of a 64-bit number given as two halves. */
  s64(low: number, high: number): void {
    let lower = low | 0;
    let upper = high | 0;
    while (upper !== lower >> 31 || lower < -0x40 || lower > 0x3f) {
      this.u8((lower & 0x7f) | 0x80);
      lower = (lower >>> 7) | (upper << 25);
      upper >>= 7;
    }
    this.u8(lower & 0x7f);
  }

  /** A number of five LEB128 bytes, so that it can be written before it is known: see `patchU32`. */
  reserveU32(): number {
    const at = this.length;
    for (let index = 0; index < 5; index++) this.u8(0);
    return at;
  }

  patchU32(at: number, value: number): void {
    let rest = value >>> 0;
    for (let index = 0; index < 4; index++) {
      this.data[at + index] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.data[at + 4] = rest;
  }

  append(bytes: Uint8Array): void {
    if (this.length + bytes.length > this.data.length) this.#grow(bytes.length);
    this.data.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** A name as WebAssembly has it: length and UTF-8. */
  name(text: string): void {
    const bytes = new TextEncoder().encode(text);
    this.u32(bytes.length);
    this.append(bytes);
  }

  /** What was written, without a copy. */
  view(): Uint8Array {
    return this.data.subarray(0, this.length);
  }

  #grow(need: number): void {
    const grown = new Uint8Array(Math.max(2 * this.data.length, this.length + need));
    grown.set(this.data);
    this.data = grown;
  }
}
