import { type Codec, CodecError, describe, unknownField } from './codec.js';
import type { SpinLockCodec } from './spin-lock.js';

/** Fields of a struct in the order of their declaration in C. */
export type StructFields = Readonly<Record<string, Codec<unknown>>>;

/** The object that a struct's codec takes and gives: its fields, without a spin lock. */
export type StructValue<F extends StructFields> = {
  [Name in keyof F as F[Name] extends SpinLockCodec ? never : Name]: F[Name] extends Codec<infer T> ? T : never;
};

interface Field {
  readonly name: string;
  readonly offset: number;
  readonly codec: Codec<unknown>;
}

interface Layout {
  readonly fields: readonly Field[];
  readonly size: number;
  readonly alignment: number;
  /** Whether any byte belongs to no field. */
  readonly padded: boolean;
  /** Offset of the spin lock; undefined = there is none. */
  readonly spinLock: number | undefined;
}

/**
 * `struct { … }` as a C compiler for BPF lays it out: each field at a multiple of its alignment, the whole
 * padded to the largest. Padding is written as zeros, so that two equal keys are equal byte by byte. A value has all
 * of the fields and no others: it is refused with a CodecError otherwise.
 * With `{ packed: true }` there is no padding (`__attribute__((packed))`).
 */
export function struct<F extends StructFields>(fields: F, options: { packed?: boolean } = {}): Codec<StructValue<F>> {
  const packed = options.packed === true;
  const layout = layOut(fields, packed);
  const { size } = layout;
  const order = layout.fields.filter(({ codec }) => !isSpinLock(codec)).map((field) => field.name);
  const members = layout.fields.map((field) => `${field.name}: ${field.codec.name}`).join(', ');
  const name = `${packed ? 'packed ' : ''}struct { ${members} }`;
  return {
    name,
    size,
    alignment: layout.alignment,
    ...(layout.spinLock === undefined ? {} : { spinLock: layout.spinLock }),
    encode(value, memory, offset) {
      if (typeof value !== 'object' || value === null) throw new CodecError(name, value, 'an object with its fields');
      const record = value as Readonly<Record<string, unknown>>;
      checkNames(name, record, order, fields);
      if (layout.padded) memory.u8.fill(0, offset, offset + size);
      for (const field of layout.fields) encodeField(field, record, memory, offset);
    },
    decode(memory, offset) {
      const value: Record<string, unknown> = {};
      for (const { name, codec, offset: at } of layout.fields) {
        if (!isSpinLock(codec)) value[name] = codec.decode(memory, offset + at);
      }
      return value as StructValue<F>;
    },
  };
}

/** Most objects have the fields in the order of their declaration: each name is then compared with one other. */
function checkNames(struct: string, record: object, order: readonly string[], fields: StructFields): void {
  let index = 0;
  for (const key in record) {
    if (key !== order[index++] && !Object.hasOwn(fields, key)) throw unknownField(struct, key, order);
  }
}

type Memory = Parameters<Codec<unknown>['decode']>[0];

function encodeField(field: Field, record: Readonly<Record<string, unknown>>, memory: Memory, offset: number): void {
  try {
    field.codec.encode(record[field.name], memory, offset + field.offset);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw error.inside(field.name);
  }
}

function layOut(given: StructFields, packed: boolean): Layout {
  const fields: Field[] = [];
  let end = 0;
  let used = 0;
  let alignment = 1;
  let spinLock: number | undefined;
  for (const [name, codec] of Object.entries(given)) {
    // JavaScript moves such names to the front, so the order of declaration would be lost.
    if (/^\d+$/.test(name)) throw new CodecError('struct', name, 'field names that are not numbers');
    const step = packed ? 1 : codec.alignment;
    const offset = align(end, step);
    fields.push({ name, offset, codec });
    if (codec.spinLock !== undefined) {
      if (spinLock !== undefined) throw new CodecError('struct', given, 'at most one spin lock, as the kernel has it');
      spinLock = offset + codec.spinLock;
    }
    end = offset + codec.size;
    used += codec.size;
    alignment = Math.max(alignment, step);
  }
  if (fields.length === 0)
    throw new CodecError('struct', given, `one field or more, not ${describe(given)} without any`);
  const size = align(end, alignment);
  return { fields, size, alignment, padded: used < size, spinLock };
}

/** The lock itself, not a struct that has one. */
function isSpinLock(codec: Codec<unknown>): boolean {
  return codec.name === 'spin_lock' && codec.spinLock === 0;
}

function align(offset: number, alignment: number): number {
  return Math.ceil(offset / alignment) * alignment;
}
