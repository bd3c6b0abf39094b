/** Codecs of C's scalar types: what fits into 32 bits is a number, 64 bits are a bigint. */
import { bool, type Codec, CodecError, i16, i32, i64, i8, u16, u32, u64, u8 } from '../../codecs.js';
import type { BtfEnum, BtfEnum64, BtfInt } from '../btf/index.js';
import { rawBytes } from './text.js';

const UNSIGNED: ReadonlyMap<number, Codec<unknown>> = new Map<number, Codec<unknown>>([
  [1, u8],
  [2, u16],
  [4, u32],
  [8, u64],
] as [number, Codec<unknown>][]);
const SIGNED: ReadonlyMap<number, Codec<unknown>> = new Map<number, Codec<unknown>>([
  [1, i8],
  [2, i16],
  [4, i32],
  [8, i64],
] as [number, Codec<unknown>][]);

/** Ints of other sizes (128 bits) are bytes. */
export function intCodec({ size, encoding }: Pick<BtfInt, 'size' | 'encoding'>): Codec<unknown> {
  if (encoding === 'bool' && size === 1) return bool as Codec<unknown>;
  return (encoding === 'signed' ? SIGNED : UNSIGNED).get(size) ?? rawBytes(size);
}

export function floatCodec(size: number): Codec<unknown> {
  if (size !== 4 && size !== 8) return rawBytes(size);
  const name = size === 4 ? 'float' : 'double';
  const codec: Codec<number> = {
    name,
    size,
    alignment: size,
    encode(value, { view }, offset) {
      if (typeof value !== 'number') throw new CodecError(name, value, 'a number');
      if (size === 4) view.setFloat32(offset, value, true);
      else view.setFloat64(offset, value, true);
    },
    decode: ({ view }, offset) => (size === 4 ? view.getFloat32(offset, true) : view.getFloat64(offset, true)),
  };
  return codec as Codec<unknown>;
}

/** Reads the number; takes the number, or the name of an enumerator. */
export function enumCodec(type: BtfEnum | BtfEnum64): Codec<unknown> {
  const base = intCodec({ size: type.size, encoding: type.signed ? 'signed' : 'unsigned' });
  const wide = type.size === 8;
  const byName = new Map(type.values.map(({ name, value }) => [name, wide ? BigInt(value) : Number(value)]));
  return {
    name: `enum ${type.name}`.trim(),
    size: type.size,
    alignment: type.size,
    encode(value, memory, offset) {
      const number = typeof value === 'string' ? byName.get(value) : value;
      if (number === undefined)
        throw new CodecError(this.name, value, `a number or one of ${[...byName.keys()].slice(0, 12).join(', ')}`);
      base.encode(number, memory, offset);
    },
    decode: base.decode,
  };
}

/** Some bits of a struct: a number up to 32 of them, else a bigint. `bitOffset` counts from the start of the struct. */
export function bitsCodec(bitOffset: number, bitSize: number, signed: boolean): Codec<unknown> {
  const name = `${signed ? 'int' : 'unsigned'} : ${bitSize}`;
  const first = Math.floor(bitOffset / 8);
  const count = Math.ceil((bitOffset + bitSize) / 8) - first;
  const shift = BigInt(bitOffset % 8);
  const mask = (1n << BigInt(bitSize)) - 1n;
  const lowest = signed ? -(1n << BigInt(bitSize - 1)) : 0n;
  const highest = signed ? -lowest - 1n : mask;
  const load = (bytes: Uint8Array, offset: number): bigint => {
    let word = 0n;
    for (let index = count - 1; index >= 0; index--) word = (word << 8n) | BigInt(bytes[offset + first + index]!);
    return word;
  };
  return {
    name,
    size: 0,
    alignment: 1,
    encode(value, { u8: bytes }, offset) {
      const isNumber = bitSize <= 32 ? typeof value === 'number' && Number.isInteger(value) : typeof value === 'bigint';
      const bits = isNumber ? BigInt(value as number | bigint) : undefined;
      if (bits === undefined || bits < lowest || bits > highest) {
        throw new CodecError(name, value, `${bitSize <= 32 ? 'an integer' : 'a bigint'} from ${lowest} to ${highest}`);
      }
      let word = (load(bytes, offset) & ~(mask << shift)) | ((bits & mask) << shift);
      for (let index = 0; index < count; index++, word >>= 8n) bytes[offset + first + index] = Number(word & 0xffn);
    },
    decode({ u8: bytes }, offset) {
      const bits = (load(bytes, offset) >> shift) & mask;
      const value = signed ? BigInt.asIntN(bitSize, bits) : bits;
      return bitSize <= 32 ? Number(value) : value;
    },
  };
}
