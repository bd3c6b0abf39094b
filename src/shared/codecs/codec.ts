import { nearest } from '../text/nearest.js';

/** The bytes that a codec reads and writes: two views of the same memory, both starting at its offset 0. */
export interface CodecMemory {
  readonly view: DataView;
  readonly u8: Uint8Array;
}

/**
 * How values of type `T` lie in memory. Your own codec is an object of this shape; its `encode` must write
 * every one of its `size` bytes (keys are compared byte by byte) and must not touch a map itself, since the
 * memory it writes is the thread's scratch buffer.
 */
export interface Codec<T> {
  /** As messages name it, e.g. `u32` or `struct { a: u32, b: u64 }`. */
  readonly name: string;
  /** Bytes that a value takes, padding included. */
  readonly size: number;
  /** Alignment in bytes inside a struct. */
  readonly alignment: number;
  /** Offset of a `spinLock` field inside; undefined = there is none. */
  readonly spinLock?: number;
  /** Write `value` at `offset`. Throws CodecError, RangeError or TypeError for a value that does not fit. */
  encode(value: T, memory: CodecMemory, offset: number): void;
  /** Read a value; it shares no memory with `memory`. */
  decode(memory: CodecMemory, offset: number): T;
}

/** The type of the values of a codec: `ValueOf<typeof u64>` is `bigint`. */
export type ValueOf<C> = C extends Codec<infer T> ? T : never;

/** A value that its codec cannot hold. */
export class CodecError extends TypeError {
  override readonly name = 'CodecError';
  readonly code = 'ERR_INNERMAP_CODEC';
  /** Name of the codec that refused the value. */
  readonly codec: string;
  readonly #problem: string;
  #path = '';

  constructor(codec: string, given: unknown, expected: string) {
    const problem = `given ${describe(given)}, expected ${expected}`;
    super(`${codec}: ${problem}`);
    this.codec = codec;
    this.#problem = problem;
  }

  /** Where in a struct the value stood, e.g. `tuple.port`; empty for a value of its own. */
  get path(): string {
    return this.#path;
  }

  /** The same refusal, seen from the struct that has the value as its field `name`. */
  inside(name: string): CodecError {
    this.#path = this.#path ? `${name}.${this.#path}` : name;
    this.message = `field ${this.#path}: ${this.codec}: ${this.#problem}`;
    return this;
  }
}

/** A name that the struct `codec` has no field for. */
export function unknownField(codec: string, name: string, fields: readonly string[]): CodecError {
  const near = nearest(name, fields);
  const hint = near === undefined ? fields.slice(0, MOST_NAMES).join(', ') : `did you mean ${near}?`;
  return new CodecError(codec, name, `the name of one of its fields: ${hint}`);
}

const MOST_NAMES = 16;

/** Views of a buffer for a codec. */
export function codecMemory(buffer: ArrayBufferLike, byteOffset = 0, byteLength?: number): CodecMemory {
  return {
    view: new DataView(buffer, byteOffset, byteLength),
    u8: new Uint8Array(buffer, byteOffset, byteLength),
  };
}

/** The bytes of `value`, for `runtime.bpf()` and for comparing. */
export function encode<T>(codec: Codec<T>, value: T): Uint8Array {
  const memory = codecMemory(new ArrayBuffer(codec.size));
  codec.encode(value, memory, 0);
  return memory.u8;
}

/** The value in `bytes`, which may be longer than the codec's size. */
export function decode<T>(codec: Codec<T>, bytes: Uint8Array): T {
  if (bytes.byteLength < codec.size) {
    throw new CodecError(codec.name, bytes, `at least ${codec.size} bytes`);
  }
  return codec.decode(codecMemory(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0);
}

/** A value in an error message: its type, and the value itself when that is short. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'string') return value.length > 40 ? `a string of ${value.length} characters` : `'${value}'`;
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value === 'function') return value.name ? `the function ${value.name}` : 'a function';
  if (typeof value === 'symbol') return value.toString();
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} of ${value.byteLength} bytes`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  const name = value.constructor?.name;
  return name && name !== 'Object' ? `an object of class ${name}` : 'an object';
}
