import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  array,
  bool,
  bytes,
  type Codec,
  CodecError,
  cstring,
  decode,
  encode,
  i8,
  i16,
  i32,
  i64,
  number53,
  struct,
  u8,
  u16,
  u16be,
  u32,
  u32be,
  u64,
  u64be,
  type ValueOf,
} from 'innermap';

function hex<T>(codec: Codec<T>, value: T): string {
  return Buffer.from(encode(codec, value)).toString('hex');
}

function roundTrip<T>(codec: Codec<T>, values: T[]): void {
  for (const value of values) assert.deepEqual(decode(codec, encode(codec, value)), value);
}

describe('codecs', () => {
  it('write integers little-endian, and big-endian when the name says so', () => {
    assert.equal(hex(u16, 0x1234), '3412');
    assert.equal(hex(u16be, 0x1234), '1234');
    assert.equal(hex(u32, 0x12345678), '78563412');
    assert.equal(hex(u32be, 0x12345678), '12345678');
    assert.equal(hex(u64, 0x1122334455667788n), '8877665544332211');
    assert.equal(hex(u64be, 0x1122334455667788n), '1122334455667788');
    assert.equal(hex(i32, -2), 'feffffff');
    assert.equal(hex(number53, 2 ** 53 - 1), 'ffffffffffff1f00');
  });

  it('give back the extreme values they take', () => {
    roundTrip(u8, [0, 255]);
    roundTrip(i8, [-128, 127]);
    roundTrip(u16, [0, 65535]);
    roundTrip(i16, [-32768, 32767]);
    roundTrip(u32, [0, 2 ** 32 - 1]);
    roundTrip(i32, [-(2 ** 31), 2 ** 31 - 1]);
    roundTrip(u64, [0n, 2n ** 64n - 1n]);
    roundTrip(i64, [-(2n ** 63n), 2n ** 63n - 1n]);
    roundTrip(number53, [0, 2 ** 32, Number.MAX_SAFE_INTEGER]);
    roundTrip(bool, [true, false]);
  });

  it('refuse one more than the extreme values, fractions and other types, and say what is expected', () => {
    const refused: [Codec<unknown>, unknown[]][] = [
      [u8, [-1, 256, 0.5, '1', 1n, undefined, Number.NaN]],
      [i8, [-129, 128]],
      [u16, [-1, 65536]],
      [i16, [-32769, 32768]],
      [u32, [-1, 2 ** 32, 1.5, null]],
      [i32, [-(2 ** 31) - 1, 2 ** 31]],
      [u64, [-1n, 2n ** 64n, 1]],
      [i64, [-(2n ** 63n) - 1n, 2n ** 63n, 1]],
      [number53, [-1, 2 ** 53, 0.5, 1n]],
      [bool, [0, 1, 'true']],
    ];
    for (const [codec, values] of refused) {
      for (const value of values) {
        assert.throws(
          () => encode(codec, value),
          (error: CodecError) =>
            error instanceof CodecError && error.code === 'ERR_INNERMAP_CODEC' && error.codec === codec.name,
          `${codec.name} must refuse ${String(value)}`,
        );
      }
    }
    assert.throws(() => encode(u8, 256), /^CodecError: u8: given 256, expected an integer from 0 to 255$/);
  });

  it('number53 refuses to round a larger value in memory', () => {
    assert.throws(() => decode(number53, encode(u64, 2n ** 53n)), /number53: given 9007199254740992n/);
  });

  it('bytes give copies of an exact length', () => {
    const source = encode(bytes(3), Uint8Array.of(1, 2, 3));
    const value = decode(bytes(3), source);
    source[0] = 9;
    assert.deepEqual(value, Uint8Array.of(1, 2, 3));
    assert.throws(() => encode(bytes(3), Uint8Array.of(1, 2)), /bytes\(3\): given Uint8Array of 2 bytes/);
    assert.throws(() => bytes(0), CodecError);
    assert.throws(() => bytes(1.5), CodecError);
  });

  it('cstring holds UTF-8 text with its NUL and clears what was behind', () => {
    assert.equal(hex(cstring(6), 'aé'), '61c3a9000000');
    roundTrip(cstring(6), ['', 'abcde', 'aé']);
    assert.throws(() => encode(cstring(6), 'abcdef'), /at most 5 bytes/);
    assert.throws(() => encode(cstring(6), 'a\0b'), /without NUL/);
  });

  it('arrays hold a fixed number of elements', () => {
    const codec = array(u16, 3);
    assert.equal(codec.size, 6);
    assert.equal(hex(codec, [1, 2, 3]), '010002000300');
    roundTrip(codec, [[7, 8, 9]]);
    assert.throws(() => encode(codec, [1, 2]), /expected an array of 3/);
  });
});

describe('struct', () => {
  const flow = struct({ protocol: u8, port: u16be, address: u32be, bytes: u64 });

  it('aligns fields and pads the end as C does', () => {
    assert.equal(flow.size, 16);
    assert.equal(flow.alignment, 8);
    assert.equal(
      hex(flow, { protocol: 6, port: 443, address: 0x0a000001, bytes: 5n }),
      '060001bb0a0000010500000000000000',
    );
    assert.equal(struct({ a: u32, b: u8 }).size, 8);
    assert.equal(struct({ a: u8, b: struct({ c: u64, d: u8 }), e: u8 }).size, 32);
  });

  it('writes padding as zeros over what was there', () => {
    const dirty = new Uint8Array(16).fill(0xff);
    const memory = { u8: dirty, view: new DataView(dirty.buffer) };
    flow.encode({ protocol: 1, port: 0, address: 0, bytes: 0n }, memory, 0);
    assert.equal(dirty[1], 0);
  });

  it('has no padding when packed', () => {
    const packed = struct({ a: u8, b: u32 }, { packed: true });
    assert.equal(packed.size, 5);
    assert.equal(packed.alignment, 1);
    assert.equal(hex(packed, { a: 1, b: 2 }), '0102000000');
    roundTrip(packed, [{ a: 255, b: 7 }]);
  });

  it('types its values', () => {
    const value: ValueOf<typeof flow> = { protocol: 17, port: 53, address: 1, bytes: 2n };
    roundTrip(flow, [value]);
    // @ts-expect-error: bytes is a bigint
    assert.throws(() => encode(flow, { ...value, bytes: 2 }), CodecError);
    // @ts-expect-error: address is missing
    assert.throws(() => encode(flow, { protocol: 1, port: 2, bytes: 3n }), CodecError);
  });

  it('names the field that does not fit, through nested structs', () => {
    const nested = struct({ id: u32, tuple: struct({ port: u16 }) });
    assert.throws(
      () => encode(nested, { id: 1, tuple: { port: 70_000 } }),
      (error: CodecError) => error.path === 'tuple.port' && /field tuple\.port: u16: given 70000/.test(error.message),
    );
  });

  it('refuses a field that is missing, and a name that is no field', () => {
    const packet = struct({ source: u32, tuple: flow });
    const tuple = { protocol: 1, port: 2, address: 3, bytes: 4n };
    const refusal = (value: unknown): string => {
      try {
        encode(packet, value as never);
      } catch (error) {
        if (error instanceof CodecError) return error.message;
        throw error;
      }
      return 'taken';
    };
    assert.equal(refusal({ source: 1, tuple }), 'taken');
    const name = 'struct { protocol: u8, port: u16be, address: u32be, bytes: u64 }';
    assert.equal(
      refusal({ source: 1, tuple: { ...tuple, adress: 3 } }),
      `field tuple: ${name}: given 'adress', expected the name of one of its fields: did you mean address?`,
    );
    assert.equal(
      refusal({ source: 1, tuple: { ...tuple, whatever: 3 } }),
      `field tuple: ${name}: given 'whatever', expected the name of one of its fields: protocol, port, address, bytes`,
    );
    assert.match(refusal({ source: 1, tuple: [1, 2, 3, 4n] }), /given '0', expected the name/);
    assert.match(refusal({ source: 1, tuple, constructor: 1 }), /given 'constructor', expected/);
    assert.match(refusal({ tuple }), /^field source: u32: given undefined/);
    assert.match(
      refusal({ source: 1, tuple: { ...tuple, bytes: undefined } }),
      /^field tuple\.bytes: u64: given undefined/,
    );
  });

  it('refuses field names that JavaScript would reorder, and no fields at all', () => {
    assert.throws(() => struct({ 0: u8 }), CodecError);
    assert.throws(() => struct({}), CodecError);
  });
});
