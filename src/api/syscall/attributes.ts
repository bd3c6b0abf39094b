/** Attributes of a command, from an object with the kernel's names or from raw attribute bytes. */
import { OBJECT_NAME_SIZE } from '../../shared/uapi.js';
import { BpfError } from '../errors.js';
import { ATTRIBUTE_SIZE, FIELD_SIZE, type Field, type Layout } from './layouts.js';

/**
 * Attributes by their kernel names; those that are absent are 0, as in the kernel. Pointers are `Uint8Array`
 * or null (the NULL pointer); names also take text. What a command returns is written to the same object
 * (`count`, `next_id`, `info_len`, …) and into the buffers.
 */
export type AttributeObject = Record<string, number | bigint | string | Uint8Array | null | undefined>;

/**
 * The attribute union as bytes, in little-endian order. An address has no meaning here, so that the buffers are
 * passed beside the bytes: `pointers.key` is what the `key` field points to, whatever number lies there. A
 * pointer field that is not zero and has no buffer is a bad address (EFAULT when it is used).
 */
export interface RawAttributes {
  readonly bytes: Uint8Array;
  readonly pointers: Readonly<Record<string, Uint8Array | null>>;
}

export type BpfAttributes = AttributeObject | Uint8Array | RawAttributes;

type Value = number | string | Uint8Array | null;
type Write = (name: string, value: number) => void;

/** A larger attribute than a page is refused whatever it holds. */
const MAX_SIZE = 4096;
/** Stands for an address that is none: reading or writing there is EFAULT. */
const BAD_ADDRESS = new Uint8Array(0);

/** Checked attributes of one call. */
export class Attributes {
  readonly syscall: string;
  /** Those that are absent are 0 or null. */
  readonly values: Readonly<Record<string, Value>>;
  readonly #layout: Layout;
  readonly #given: readonly string[];
  readonly #write: Write;

  constructor(layout: Layout, values: Record<string, Value>, given: readonly string[], write: Write) {
    this.syscall = layout.name;
    this.values = values;
    this.#layout = layout;
    this.#given = given;
    this.#write = write;
  }

  number(name: string): number {
    const value = this.values[name];
    return typeof value === 'number' ? value : 0;
  }

  /** The buffer that a pointer names; null is the NULL pointer. */
  pointer(name: string): Uint8Array | null {
    const value = this.values[name];
    return value instanceof Uint8Array ? value : null;
  }

  /** A pointer to at least `size` bytes: EFAULT if it is NULL or there are fewer. */
  buffer(name: string, size: number): Uint8Array {
    const bytes = this.pointer(name);
    if (bytes === null) throw this.fault(`${name}: null, expected a Uint8Array of ${size} bytes`);
    if (bytes === BAD_ADDRESS) throw this.fault(`${name}: an address without a buffer in pointers.${name}`);
    if (bytes.length < size) throw this.fault(`${name}: ${bytes.length} bytes, expected ${size}`);
    return bytes;
  }

  /** A name: text, or bytes with a NUL among them. */
  name(name: string): string | Uint8Array {
    const value = this.values[name];
    return typeof value === 'string' || value instanceof Uint8Array ? value : '';
  }

  /** Hand a result back to the caller's attributes. */
  write(name: string, value: number): void {
    this.#write(name, value);
  }

  /** Let a service work on an object with the attributes that were given; what it writes there is handed back. */
  delegate(run: (object: Record<string, Value>) => number): number {
    const object: Record<string, Value> = {};
    for (const name of this.#given) object[name] = this.values[name] ?? null;
    try {
      return run(object);
    } finally {
      for (const { name, out } of this.#layout.fields) {
        const value = object[name];
        if (out && typeof value === 'number') this.#write(name, value);
      }
    }
  }

  fault(message: string): BpfError {
    return new BpfError('EFAULT', this.syscall, message);
  }

  invalid(message: string): BpfError {
    return new BpfError('EINVAL', this.syscall, message);
  }
}

/** Check the form of `attr` and read it. `size` counts for raw bytes only. */
export function readAttributes(layout: Layout, attr: BpfAttributes, size: number | undefined): Attributes {
  if (attr instanceof Uint8Array) return fromBytes(layout, attr, {}, size);
  if (typeof attr !== 'object' || attr === null) {
    throw new BpfError('EFAULT', layout.name, `attr: ${String(attr)}, expected an object or a Uint8Array`);
  }
  if (isRaw(attr)) return fromBytes(layout, attr.bytes, attr.pointers, size);
  if (size !== undefined) {
    throw new BpfError('EINVAL', layout.name, `size: ${size} with an attribute object, expected it with bytes only`);
  }
  return fromObject(layout, attr);
}

function isRaw(attr: AttributeObject | RawAttributes): attr is RawAttributes {
  return attr.bytes instanceof Uint8Array && typeof attr.pointers === 'object' && attr.pointers !== null;
}

function fromObject(layout: Layout, given: AttributeObject): Attributes {
  const values: Record<string, Value> = {};
  for (const name of Object.keys(given)) {
    if (layout.fields.some((field) => field.name === name)) continue;
    const known = layout.fields.map((field) => field.name).join(', ');
    throw new BpfError('EINVAL', layout.name, `unknown attribute ${name}; expected some of: ${known}`);
  }
  for (const field of layout.fields) {
    const value = checkValue(layout, field, given[field.name]);
    if (field.offset >= layout.size && value !== 0 && value !== null) throw stray(layout, field.name);
    values[field.name] = value;
  }
  const names = Object.keys(given).filter((name) => given[name] !== undefined);
  return new Attributes(layout, values, names, (name, value) => {
    given[name] = value;
  });
}

function checkValue(layout: Layout, field: Field, value: unknown): Value {
  const { name, kind } = field;
  if (value === undefined) return kind === 'pointer' || kind === 'name' ? null : 0;
  if (kind === 'pointer' || kind === 'name') {
    if (value === null || value instanceof Uint8Array) return value;
    // C strings are usually written as text.
    if (typeof value === 'string' && (kind === 'name' || name === 'license' || name === 'pathname')) return value;
    throw wrong(layout, name, value, kind === 'pointer' ? 'a Uint8Array or null' : 'text or a Uint8Array');
  }
  const number = typeof value === 'bigint' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isInteger(number)) throw wrong(layout, name, value, 'an integer');
  const [low, high] = RANGE[kind];
  if (number < low || number > high) throw wrong(layout, name, value, `an integer from ${low} to ${high}`);
  return kind === 'i32' ? number | 0 : number;
}

const RANGE: Record<'u32' | 'i32' | 'u64', readonly [number, number]> = {
  u32: [0, 0xffff_ffff],
  // As bits: descriptors and nodes are often written as 0xffffffff for -1.
  i32: [-0x8000_0000, 0xffff_ffff],
  u64: [0, 2 ** 64],
};

function wrong(layout: Layout, name: string, value: unknown, expected: string): BpfError {
  const shown = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return new BpfError('EINVAL', layout.name, `${name}: given ${shown}, expected ${expected}`);
}

/** The kernel's hygiene: bytes it does not know must be zero (E2BIG), unused ones too (EINVAL). */
function fromBytes(
  layout: Layout,
  bytes: Uint8Array,
  pointers: RawAttributes['pointers'],
  size = bytes.length,
): Attributes {
  const { name } = layout;
  if (!Number.isInteger(size) || size < 0) throw new BpfError('EINVAL', name, `size: given ${size}, expected bytes`);
  if (size > MAX_SIZE) throw new BpfError('E2BIG', name, `size: ${size}, expected at most ${MAX_SIZE}`);
  if (size > bytes.length) {
    throw new BpfError('EFAULT', name, `size: ${size}, but attr has only ${bytes.length} bytes`);
  }
  const beyond = nonZero(bytes.subarray(0, size), ATTRIBUTE_SIZE);
  if (beyond >= 0) {
    throw new BpfError('E2BIG', name, `attr: byte ${beyond} is not zero, but the attributes end at ${ATTRIBUTE_SIZE}`);
  }
  const whole = new Uint8Array(ATTRIBUTE_SIZE);
  whole.set(bytes.subarray(0, Math.min(size, ATTRIBUTE_SIZE)));
  const unused = nonZero(whole, layout.size);
  if (unused >= 0) throw stray(layout, `byte ${unused}`);
  for (const key of Object.keys(pointers)) {
    if (layout.fields.some((field) => field.name === key && field.kind === 'pointer')) continue;
    throw new BpfError('EINVAL', name, `pointers.${key}: ${name} has no such pointer`);
  }
  const values = decode(layout, whole, pointers);
  const write: Write = (field, value) => encode(layout, bytes, size, field, value);
  return new Attributes(layout, values, Object.keys(values), write);
}

function decode(layout: Layout, bytes: Uint8Array, pointers: RawAttributes['pointers']): Record<string, Value> {
  const view = new DataView(bytes.buffer);
  const values: Record<string, Value> = {};
  for (const { name, offset, kind, beside } of layout.fields) {
    if (offset >= layout.size) continue;
    if (beside) {
      values[name] = pointers[name] ?? null;
      continue;
    }
    if (kind === 'u32') values[name] = view.getUint32(offset, true);
    else if (kind === 'i32') values[name] = view.getInt32(offset, true);
    else if (kind === 'name') values[name] = bytes.slice(offset, offset + OBJECT_NAME_SIZE);
    else {
      const number = view.getUint32(offset, true) + view.getUint32(offset + 4, true) * 2 ** 32;
      values[name] = kind === 'u64' ? number : (pointers[name] ?? (number === 0 ? null : BAD_ADDRESS));
    }
  }
  return values;
}

/** Results that lie behind the bytes given are lost, as in the kernel when a caller knows of fewer. */
function encode(layout: Layout, bytes: Uint8Array, size: number, name: string, value: number): void {
  const field = layout.fields.find((candidate) => candidate.name === name);
  if (field === undefined || field.offset + FIELD_SIZE[field.kind] > size) return;
  new DataView(bytes.buffer, bytes.byteOffset, bytes.length).setUint32(field.offset, value, true);
}

function nonZero(bytes: Uint8Array, from: number): number {
  for (let index = from; index < bytes.length; index++) if (bytes[index] !== 0) return index;
  return -1;
}

function stray(layout: Layout, what: string): BpfError {
  return new BpfError(
    'EINVAL',
    layout.name,
    `attr: ${what} is not zero, but ${layout.name} uses only ${layout.size} bytes`,
  );
}
