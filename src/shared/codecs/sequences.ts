import { type Codec, CodecError, describe } from './codec.js';

/** `length` raw bytes: takes and gives a `Uint8Array` of exactly that length (what it gives is a copy). */
export function bytes(length: number): Codec<Uint8Array> {
  const name = `bytes(${length})`;
  checkLength('bytes', length);
  return {
    name,
    size: length,
    alignment: 1,
    encode(value, memory, offset) {
      if (!(value instanceof Uint8Array) || value.byteLength !== length) {
        throw new CodecError(name, value, `a Uint8Array of ${length} bytes`);
      }
      memory.u8.set(value, offset);
    },
    decode: (memory, offset) => memory.u8.slice(offset, offset + length),
  };
}

/** `char name[length]`: UTF-8 text, NUL-terminated and zero-filled, at most `length - 1` bytes long. */
export function cstring(length: number): Codec<string> {
  const name = `cstring(${length})`;
  checkLength('cstring', length);
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();
  return {
    name,
    size: length,
    alignment: 1,
    encode(value, memory, offset) {
      // encodeInto() refuses shared memory in browsers, so the text takes a copy of its own.
      const text = typeof value === 'string' && !value.includes('\0') ? encoder.encode(value) : undefined;
      if (text === undefined || text.length >= length) {
        throw new CodecError(name, value, `text without NUL of at most ${length - 1} bytes in UTF-8`);
      }
      memory.u8.set(text, offset);
      memory.u8.fill(0, offset + text.length, offset + length);
    },
    decode(memory, offset) {
      const copy = memory.u8.slice(offset, offset + length);
      const end = copy.indexOf(0);
      return decoder.decode(end < 0 ? copy : copy.subarray(0, end));
    },
  };
}

/** `element name[length]`. */
export function array<T>(element: Codec<T>, length: number): Codec<T[]> {
  checkLength('array', length);
  const name = `${element.name}[${length}]`;
  if (element.spinLock !== undefined) throw new CodecError(name, element.name, 'elements without a spin lock');
  const { size } = element;
  return {
    name,
    size: size * length,
    alignment: element.alignment,
    encode(value, memory, offset) {
      if (!Array.isArray(value) || value.length !== length) throw new CodecError(name, value, `an array of ${length}`);
      for (let index = 0; index < length; index++) {
        element.encode(value[index] as T, memory, offset + index * size);
      }
    },
    decode(memory, offset) {
      const values: T[] = [];
      for (let index = 0; index < length; index++) values.push(element.decode(memory, offset + index * size));
      return values;
    },
  };
}

function checkLength(codec: string, length: number): void {
  if (!Number.isInteger(length) || length < 1) {
    throw new CodecError(codec, length, `a length of 1 or more, not ${describe(length)}`);
  }
}
