import { type Codec, CodecError } from './codec.js';

/** Unsigned, 8 bits. */
export const u8: Codec<number> = {
  name: 'u8',
  size: 1,
  alignment: 1,
  encode(value, memory, offset) {
    if (typeof value !== 'number' || (value & 0xff) !== value) throw outOfRange('u8', value, 0, 0xff);
    memory.view.setUint8(offset, value);
  },
  decode: (memory, offset) => memory.view.getUint8(offset),
};

/** Signed, 8 bits. */
export const i8: Codec<number> = {
  name: 'i8',
  size: 1,
  alignment: 1,
  encode(value, memory, offset) {
    if (typeof value !== 'number' || (value << 24) >> 24 !== value) throw outOfRange('i8', value, -0x80, 0x7f);
    memory.view.setInt8(offset, value);
  },
  decode: (memory, offset) => memory.view.getInt8(offset),
};

/** Signed, 16 bits. */
export const i16: Codec<number> = {
  name: 'i16',
  size: 2,
  alignment: 2,
  encode(value, memory, offset) {
    if (typeof value !== 'number' || (value << 16) >> 16 !== value) throw outOfRange('i16', value, -0x8000, 0x7fff);
    memory.view.setInt16(offset, value, true);
  },
  decode: (memory, offset) => memory.view.getInt16(offset, true),
};

/** Signed, 32 bits. */
export const i32: Codec<number> = {
  name: 'i32',
  size: 4,
  alignment: 4,
  encode(value, memory, offset) {
    if (typeof value !== 'number' || (value | 0) !== value) throw outOfRange('i32', value, -0x80000000, 0x7fffffff);
    memory.view.setInt32(offset, value, true);
  },
  decode: (memory, offset) => memory.view.getInt32(offset, true),
};

/** Unsigned, 16 bits. */
export const u16: Codec<number> = unsigned16('u16', true);
/** Unsigned, 16 bits, network byte order. */
export const u16be: Codec<number> = unsigned16('u16be', false);
/** Unsigned, 32 bits. */
export const u32: Codec<number> = unsigned32('u32', true);
/** Unsigned, 32 bits, network byte order. */
export const u32be: Codec<number> = unsigned32('u32be', false);
/** Unsigned, 64 bits, as a bigint. */
export const u64: Codec<bigint> = unsigned64('u64', true);
/** Unsigned, 64 bits, network byte order, as a bigint. */
export const u64be: Codec<bigint> = unsigned64('u64be', false);

/** Signed, 64 bits, as a bigint. */
export const i64: Codec<bigint> = {
  name: 'i64',
  size: 8,
  alignment: 8,
  encode(value, memory, offset) {
    if (typeof value !== 'bigint' || BigInt.asIntN(64, value) !== value) {
      throw new CodecError('i64', value, 'a bigint from -2^63 to 2^63-1');
    }
    memory.view.setBigInt64(offset, value, true);
  },
  decode: (memory, offset) => memory.view.getBigInt64(offset, true),
};

const WORD = 0x1_0000_0000;

/**
 * Unsigned, 64 bits in memory, a number in JavaScript: counters and lengths without bigints. Both ways it
 * holds 0 … 2^53-1; reading a larger value throws rather than rounding it.
 */
export const number53: Codec<number> = {
  name: 'number53',
  size: 8,
  alignment: 8,
  encode(value, memory, offset) {
    if (!Number.isSafeInteger(value) || value < 0) {
      throw outOfRange('number53', value, 0, Number.MAX_SAFE_INTEGER);
    }
    memory.view.setUint32(offset, value >>> 0, true);
    memory.view.setUint32(offset + 4, Math.floor(value / WORD), true);
  },
  decode(memory, offset) {
    const value = memory.view.getUint32(offset, true) + memory.view.getUint32(offset + 4, true) * WORD;
    if (value > Number.MAX_SAFE_INTEGER) {
      const exact = memory.view.getBigUint64(offset, true);
      throw new CodecError('number53', exact, 'at most 2^53-1 in memory: use u64 for larger values');
    }
    return value;
  },
};

/** One byte, 0 or 1; any other byte reads as true. */
export const bool: Codec<boolean> = {
  name: 'bool',
  size: 1,
  alignment: 1,
  encode(value, memory, offset) {
    if (typeof value !== 'boolean') throw new CodecError('bool', value, 'true or false');
    memory.view.setUint8(offset, value ? 1 : 0);
  },
  decode: (memory, offset) => memory.view.getUint8(offset) !== 0,
};

function unsigned16(name: string, littleEndian: boolean): Codec<number> {
  return {
    name,
    size: 2,
    alignment: 2,
    encode(value, memory, offset) {
      if (typeof value !== 'number' || (value & 0xffff) !== value) throw outOfRange(name, value, 0, 0xffff);
      memory.view.setUint16(offset, value, littleEndian);
    },
    decode: (memory, offset) => memory.view.getUint16(offset, littleEndian),
  };
}

function unsigned32(name: string, littleEndian: boolean): Codec<number> {
  return {
    name,
    size: 4,
    alignment: 4,
    encode(value, memory, offset) {
      if (typeof value !== 'number' || value >>> 0 !== value) throw outOfRange(name, value, 0, 0xffffffff);
      memory.view.setUint32(offset, value, littleEndian);
    },
    decode: (memory, offset) => memory.view.getUint32(offset, littleEndian),
  };
}

function unsigned64(name: string, littleEndian: boolean): Codec<bigint> {
  return {
    name,
    size: 8,
    alignment: 8,
    encode(value, memory, offset) {
      if (typeof value !== 'bigint' || BigInt.asUintN(64, value) !== value) {
        throw new CodecError(name, value, 'a bigint from 0n to 2^64-1');
      }
      memory.view.setBigUint64(offset, value, littleEndian);
    },
    decode: (memory, offset) => memory.view.getBigUint64(offset, littleEndian),
  };
}

function outOfRange(name: string, given: unknown, lowest: number, highest: number): CodecError {
  return new CodecError(name, given, `an integer from ${lowest} to ${highest}`);
}
