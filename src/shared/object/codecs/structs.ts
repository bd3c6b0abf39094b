/** Codecs of structs and unions whose layout is given, as BTF gives it. */
import { type Codec, CodecError, type CodecMemory, unknownField } from '../../codecs.js';

/** A field with a place of its own, or one that shares it with others. */
export interface PlacedField {
  readonly name: string;
  /** Bytes from the start of the struct. */
  readonly offset: number;
  readonly codec: Codec<unknown>;
  /** Fields of one union have the same number, others have 0: of them, those that are given must agree. */
  readonly union: number;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * An object with the fields' names. As in a C initialiser, fields that are not given are zero, and so is padding;
 * a name that is no field is refused. Every member of a union is read; one of them is enough to write, and
 * several must say the same.
 */
export function placedStruct(name: string, size: number, fields: readonly PlacedField[]): Codec<unknown> {
  const known = new Set(fields.map((field) => field.name));
  return {
    name,
    size,
    alignment: 1,
    encode(value, memory, offset) {
      if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) {
        throw new CodecError(name, value, 'an object with its fields');
      }
      for (const key of Object.keys(value)) {
        if (!known.has(key)) throw unknownField(name, key, [...known]);
      }
      memory.u8.fill(0, offset, offset + size);
      const unions = new Map<number, PlacedField>();
      for (const field of fields) encodeField(name, field, value as Fields, memory, offset, unions);
    },
    decode(memory, offset) {
      const value: Record<string, unknown> = {};
      for (const field of fields) {
        const content = field.codec.decode(memory, offset + field.offset);
        Object.defineProperty(value, field.name, {
          value: content,
          enumerable: true,
          writable: true,
          configurable: true,
        });
      }
      return value;
    },
  };
}

function encodeField(
  struct: string,
  field: PlacedField,
  value: Fields,
  memory: CodecMemory,
  offset: number,
  unions: Map<number, PlacedField>,
): void {
  const given = Object.hasOwn(value, field.name) ? value[field.name] : undefined;
  if (given === undefined) return;
  const at = offset + field.offset;
  const earlier = field.union === 0 ? undefined : unions.get(field.union);
  const before = earlier && memory.u8.slice(at, at + Math.min(field.codec.size, earlier.codec.size));
  try {
    field.codec.encode(given, memory, at);
  } catch (error) {
    throw error instanceof CodecError ? error.inside(field.name) : error;
  }
  if (field.union === 0) return;
  if (before?.some((byte, index) => byte !== memory.u8[at + index])) {
    throw new CodecError(struct, field.name, `one member of the union: it says something else than ${earlier!.name}`);
  }
  unions.set(field.union, field);
}

/** `element name[length]`. */
export function placedArray(element: Codec<unknown>, length: number): Codec<unknown> {
  const name = `${element.name}[${length}]`;
  return {
    name,
    size: element.size * length,
    alignment: element.alignment,
    encode(value, memory, offset) {
      if (!Array.isArray(value) || value.length !== length) throw new CodecError(name, value, `an array of ${length}`);
      for (let index = 0; index < length; index++) element.encode(value[index], memory, offset + index * element.size);
    },
    decode(memory, offset) {
      return Array.from({ length }, (_, index) => element.decode(memory, offset + index * element.size));
    },
  };
}
