/** Codecs of arrays of bytes: `char` is text, every other byte type is bytes. */
import { type Codec, CodecError } from '../../codecs.js';

/** `char name[length]`: reads up to the first NUL; takes text of at most `length` bytes, or exactly so many bytes. */
export function charArray(length: number): Codec<unknown> {
  const name = `char[${length}]`;
  return {
    name,
    size: length,
    alignment: 1,
    encode(value, memory, offset) {
      const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
      if (
        !(bytes instanceof Uint8Array) ||
        bytes.length > length ||
        (typeof value !== 'string' && bytes.length !== length)
      ) {
        throw new CodecError(name, value, `text of at most ${length} bytes in UTF-8, or a Uint8Array of ${length}`);
      }
      memory.u8.set(bytes, offset);
      memory.u8.fill(0, offset + bytes.length, offset + length);
    },
    decode(memory, offset) {
      const copy = memory.u8.slice(offset, offset + length);
      const end = copy.indexOf(0);
      return new TextDecoder().decode(end < 0 ? copy : copy.subarray(0, end));
    },
  };
}

/** `length` raw bytes, none included. */
export function rawBytes(length: number): Codec<unknown> {
  const name = `bytes(${length})`;
  return {
    name,
    size: length,
    alignment: 1,
    encode(value, memory, offset) {
      if (!(value instanceof Uint8Array) || value.length !== length)
        throw new CodecError(name, value, `a Uint8Array of ${length} bytes`);
      memory.u8.set(value, offset);
    },
    decode: (memory, offset) => memory.u8.slice(offset, offset + length),
  };
}
