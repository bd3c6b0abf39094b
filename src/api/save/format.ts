/**
 * The envelope of saved maps, and the bytes in it.
 *
 *   0   "INNERMAP"
 *   8   u32 version, u32 zero
 *   16  u64 length of the payload
 *   24  SHA-256 of the payload, 32 bytes
 *   56  the payload
 *
 * All numbers are little-endian.
 */
import { createHash } from 'node:crypto';

export type SaveErrorCode =
  /** Cut off, changed, or no saved maps at all. */
  | 'ERR_INNERMAP_SAVE_DAMAGED'
  /** Written by another version of the format. */
  | 'ERR_INNERMAP_SAVE_VERSION'
  /** Sound, but not for this runtime: its CPUs, or a type that is not there. */
  | 'ERR_INNERMAP_SAVE_MISMATCH';

/** Saved maps that cannot be loaded. Nothing was created. */
export class SaveError extends Error {
  override readonly name = 'SaveError';
  readonly code: SaveErrorCode;
  /** With ERR_INNERMAP_SAVE_MISMATCH: the number of CPUs that a runtime must have to load this. */
  readonly possibleCpus: number | undefined;

  constructor(code: SaveErrorCode, message: string, options: ErrorOptions & { readonly possibleCpus?: number } = {}) {
    super(message, options);
    this.code = code;
    this.possibleCpus = options.possibleCpus;
  }
}

const VERSION = 1;
const MAGIC = 'INNERMAP';
const HASH_AT = 24;
const PAYLOAD_AT = 56;

export function seal(payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(PAYLOAD_AT + payload.length);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode(MAGIC));
  view.setUint32(8, VERSION, true);
  view.setBigUint64(16, BigInt(payload.length), true);
  bytes.set(hash(payload), HASH_AT);
  bytes.set(payload, PAYLOAD_AT);
  return bytes;
}

/** The payload. Throws SaveError when a byte of it, or its length, is not what was written. */
export function unseal(bytes: Uint8Array): Uint8Array {
  if (bytes.length < PAYLOAD_AT) throw damaged(`${bytes.length} bytes, expected at least ${PAYLOAD_AT}`);
  if (new TextDecoder().decode(bytes.slice(0, MAGIC.length)) !== MAGIC)
    throw damaged(`no saved maps: they begin with "${MAGIC}"`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const version = view.getUint32(8, true);
  if (version !== VERSION)
    throw new SaveError('ERR_INNERMAP_SAVE_VERSION', `saved maps of version ${version}, this library reads ${VERSION}`);
  if (view.getUint32(12, true) !== 0) throw damaged('its header has unknown bits');
  const payload = bytes.subarray(PAYLOAD_AT);
  const length = view.getBigUint64(16, true);
  if (length !== BigInt(payload.length)) throw damaged(`${payload.length} bytes of payload, expected ${length}`);
  const expected = bytes.subarray(HASH_AT, PAYLOAD_AT);
  if (!hash(payload).every((byte, index) => byte === expected[index])) throw damaged('the checksum differs');
  return payload;
}

export function damaged(what: string): SaveError {
  return new SaveError('ERR_INNERMAP_SAVE_DAMAGED', `saved maps are damaged: ${what}`);
}

function hash(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest();
}

const FIRST_SIZE = 4096;

/** Bytes that grow. */
export class Writer {
  #bytes = new Uint8Array(FIRST_SIZE);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  u8(value: number): void {
    this.#view.setUint8(this.#take(1), value);
  }

  u32(value: number): void {
    this.#view.setUint32(this.#take(4), value, true);
  }

  i32(value: number): void {
    this.#view.setInt32(this.#take(4), value, true);
  }

  u64(value: number): void {
    this.#view.setBigUint64(this.#take(8), BigInt(value), true);
  }

  bytes(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#take(bytes.length));
  }

  /** With its length before it. */
  blob(bytes: Uint8Array): void {
    this.u32(bytes.length);
    this.bytes(bytes);
  }

  text(text: string): void {
    this.blob(new TextEncoder().encode(text));
  }

  /** A count that is known later: returns how to set it. */
  count(): (value: number) => void {
    const at = this.#take(4);
    return (value) => this.#view.setUint32(at, value, true);
  }

  result(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #take(size: number): number {
    const at = this.#length;
    this.#length += size;
    if (this.#length <= this.#bytes.length) return at;
    const grown = new Uint8Array(Math.max(this.#length, 2 * this.#bytes.length));
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
    return at;
  }
}

/** Reads what a `Writer` wrote; SaveError past the end. */
export class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  i32(): number {
    return this.#view.getInt32(this.#take(4), true);
  }

  u64(): number {
    return Number(this.#view.getBigUint64(this.#take(8), true));
  }

  bytes(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#bytes.slice(at, at + length);
  }

  blob(): Uint8Array {
    return this.bytes(this.u32());
  }

  text(): string {
    return new TextDecoder().decode(this.blob());
  }

  /** That many things of at least `size` bytes each. */
  list<T>(size: number, read: () => T): T[] {
    const count = this.u32();
    if (count * size > this.#bytes.length - this.#at) throw damaged(`a list of ${count} is longer than the file`);
    return Array.from({ length: count }, read);
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw damaged(`${this.#bytes.length - this.#at} bytes behind the end`);
  }

  #take(size: number): number {
    const at = this.#at;
    if (size > this.#bytes.length - at)
      throw damaged(`it ends at byte ${this.#bytes.length}, ${size} more are missing`);
    this.#at += size;
    return at;
  }
}
