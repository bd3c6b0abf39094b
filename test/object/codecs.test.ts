/** Values of C types as JavaScript reads and writes them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codecMemory, decode, encode } from '#dist/shared/codecs.js';
import { BtfBuilder, readBtf } from '#dist/shared/object/btf/index.js';
import { codecOf } from '#dist/shared/object/codecs/index.js';
import { typesOf } from '#dist/shared/object/index.js';
import { specOf } from './fixtures.js';

test('a struct with every kind of member reads as it was initialised in C', () => {
  const spec = specOf('globals.clang19.v3');
  const { settings } = spec.variables;
  const codec = codecOf(spec.btf!, settings!.type);
  const bytes = spec.maps['.rodata']!.contents!.subarray(settings!.offset);
  const value = decode(codec, bytes);
  assert.deepEqual(value, {
    limit: 7,
    name: 'default',
    weights: [1, -2, 3],
    low: 5,
    high: 17,
    mode: 5,
    either: { word: 0x01020304, bytes: new Uint8Array([4, 3, 2, 1]) },
  });
  assert.deepEqual(encode(codec, value), bytes.slice(0, codec.size));
});

test('fields that are not given are zero, enumerators may be named, unknown fields are refused', () => {
  const spec = specOf('globals.clang16.v3');
  const codec = codecOf(spec.btf!, spec.variables['settings']!.type);
  const bytes = encode(codec, { mode: 'FAST', high: 31 });
  const { mode, high, limit } = decode(codec, bytes) as Record<string, unknown>;
  assert.deepEqual([mode, high, limit], [5, 31, 0]);
  assert.throws(
    () => encode(codec, { limits: 1 }),
    /struct settings: given 'limits', expected the name of one of its fields: did you mean limit?/,
  );
  assert.throws(() => encode(codec, { mode: 'MEDIUM' }), /expected a number or one of SLOW, FAST/);
  assert.throws(() => encode(codec, { low: 8 }), /from 0 to 7/);
});

test('members of a union that disagree are refused, one of them is enough', () => {
  const spec = specOf('globals.clang19.v3');
  const codec = codecOf(spec.btf!, spec.variables['settings']!.type);
  const bytes = encode(codec, { either: { bytes: new Uint8Array([1, 0, 0, 0]) } });
  assert.equal((decode(codec, bytes) as { either: { word: number } }).either.word, 1);
  const both = { either: { word: 2, bytes: new Uint8Array([1, 0, 0, 0]) } };
  assert.throws(() => encode(codec, both), /one member of the union/);
});

test('locks and timers in a value are not shown', () => {
  const b = new BtfBuilder();
  const u32 = b.int('unsigned int', 4);
  const lock = b.struct('bpf_spin_lock', 4, [['val', u32, 0]]);
  const value = b.struct('value', 8, [
    ['lock', lock, 0],
    ['count', u32, 4],
  ]);
  const codec = codecOf(readBtf(b.build()), value);
  assert.deepEqual(decode(codec, new Uint8Array([9, 9, 9, 9, 3, 0, 0, 0])), { count: 3 });
});

test('64-bit integers are bigints, char arrays text, other byte arrays bytes', () => {
  const b = new BtfBuilder();
  const u64 = b.int('unsigned long long', 8);
  const char = b.int('char', 1, 'signed');
  const uchar = b.int('unsigned char', 1);
  const u32 = b.int('unsigned int', 4);
  const value = b.struct('value', 24, [
    ['count', u64, 0],
    ['text', b.array(char, u32, 8), 8],
    ['mac', b.array(uchar, u32, 6), 16],
  ]);
  const codec = codecOf(readBtf(b.build()), value);
  const given = { count: 1n << 40n, text: 'eight ch', mac: new Uint8Array([1, 2, 3, 4, 5, 6]) };
  const memory = codecMemory(new ArrayBuffer(24));
  codec.encode(given, memory, 0);
  assert.deepEqual(codec.decode(memory, 0), given);
  assert.throws(() => codec.encode({ text: 'nine chars' }, memory, 0), /field text: char\[8\]/);
});

test('declarations name the structs, keys and values of an object', () => {
  const text = typesOf(specOf('map-types.clang19.v3'));
  assert.match(text, /export interface flow \{\n {2}source: number;\n {2}port: number;/);
  assert.match(text, /flows: HashMap<flow, counters>;/);
  assert.match(text, /waiting: QueueMap<number>;/);
  assert.match(text, /export interface Programs \{\n {2}count: Program;\n {2}route: Program;/);
  const variables = typesOf(specOf('globals.clang19.v3'));
  assert.match(variables, /settings: Readonly<ObjectVariable<settings>>;/);
  assert.match(variables, /hits: ObjectVariable<bigint>;/);
  assert.match(typesOf(specOf('map-in-map.clang19.v3')), /by_index: OuterMap<number, ArrayMap<bigint>>;/);
});
