import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  alignmentOf,
  BtfBuilder,
  BtfError,
  checkBtf,
  findMember,
  findType,
  listSpecialFields,
  readBtf,
  resolvedType,
  sizeOf,
  specialFields,
  typeOf,
  writeBtf,
} from '#dist/shared/object/btf/index.js';
import { everyKind, randomOf, valueWith } from './samples.js';

/** The same blob in the other byte order: every field but bytes and strings is turned. */
function bigEndian(bytes: Uint8Array): Uint8Array {
  const turned = bytes.slice();
  const from = new DataView(bytes.buffer);
  const to = new DataView(turned.buffer);
  to.setUint16(0, from.getUint16(0, true));
  const types = 24 + from.getUint32(12, true);
  for (let at = 4; at < types; at += 4) to.setUint32(at, from.getUint32(at, true));
  return turned;
}

test('every kind is read back as it was written, in either byte order', () => {
  const builder = everyKind();
  const blob = builder.build();
  assert.deepEqual(readBtf(blob).types, builder.types);
  assert.deepEqual(readBtf(bigEndian(blob)).types, builder.types);
  assert.deepEqual(writeBtf(readBtf(blob)), blob);
});

test('BTF_LOAD refuses the other byte order', () => {
  assert.throws(() => checkBtf(bigEndian(everyKind().build())), { name: 'BtfError', errno: 'EINVAL' });
});

test('sizes and members follow modifiers and anonymous members', () => {
  const b = new BtfBuilder();
  const u32 = b.int('unsigned int', 4);
  const u64 = b.int('unsigned long long', 8);
  const inner = b.struct('', 16, [
    ['first', u32, 0],
    ['second', u64, 8],
  ]);
  const alias = b.add({ kind: 'typedef', name: 'inner_t', type: inner });
  const outer = b.struct('outer', 24, [
    ['head', u32, 0],
    ['', alias, 8],
  ]);
  const many = b.array(outer, u32, 3);
  const btf = readBtf(b.build());
  assert.equal(sizeOf(btf, many), 72);
  assert.equal(alignmentOf(btf, many), 8);
  assert.deepEqual(findMember(btf, outer, 'second'), { name: 'second', type: u64, bitOffset: 128, bitSize: 0 });
  assert.equal(findMember(btf, outer, 'third'), undefined);
  assert.equal(resolvedType(btf, alias), typeOf(btf, inner));
  assert.equal(findType(btf, 'struct', 'outer'), outer);
});

test('special fields of a value are found at any depth', () => {
  const btf = readBtf(valueWith('bpf_timer', 16, 8).build());
  const value = findType(btf, 'struct', 'value')!;
  assert.deepEqual(specialFields(btf, value), { spinLock: -1, timer: 8, workqueue: -1 });
  assert.deepEqual(listSpecialFields(btf, value), [{ kind: 'timer', offset: 8, size: 16 }]);
});

test('two spin locks in a struct are refused by BTF_LOAD with E2BIG', () => {
  const blob = valueWith('bpf_spin_lock', 4, 4, [['second', 8]]).build();
  assert.throws(() => checkBtf(blob), { errno: 'E2BIG' });
});

test('types that contain themselves are refused with EEXIST', () => {
  const b = new BtfBuilder();
  b.struct('loop', 8, [['inside', 1, 0]]);
  assert.throws(() => readBtf(b.build()), { errno: 'EEXIST' });
  assert.throws(() => checkBtf(b.build()), { errno: 'EEXIST' });
});

test('a variable of the type of its own section is refused, as whoever follows it would never end', () => {
  const b = new BtfBuilder();
  b.add({ kind: 'var', name: 'whole', type: 2, linkage: 1 });
  b.add({ kind: 'datasec', name: '.data', size: 8, variables: [{ type: 1, offset: 0, size: 8 }] });
  assert.throws(() => readBtf(b.build()), { errno: 'EINVAL', message: /type 1: refers to type 2, which is a datasec/ });
  assert.throws(() => checkBtf(b.build()), { errno: 'EINVAL' });
});

test('a huge count names more than there is and is refused', () => {
  const blob = everyKind().build();
  const view = new DataView(blob.buffer);
  // The head of type 1 claims to be a struct of 65535 members.
  view.setUint32(28, (4 << 24) | 0xffff, true);
  assert.throws(
    () => readBtf(blob),
    (error: unknown) => error instanceof BtfError && error.offset === 24,
  );
});

test('damaged blobs give a BtfError with an errno, and nothing else', () => {
  const whole = everyKind().build();
  const random = randomOf(7);
  let refused = 0;
  for (let round = 0; round < 2000; round++) {
    const bytes = random(4) === 0 ? whole.slice(0, random(whole.length)) : whole.slice();
    if (bytes.length > 0) bytes[random(bytes.length)]! ^= 1 << random(8);
    try {
      const btf = readBtf(bytes);
      for (const id of btf.types.keys()) sizeOf(btf, id);
    } catch (error) {
      assert.ok(error instanceof BtfError, String(error));
      refused++;
    }
  }
  assert.ok(refused > 500, `${refused} were refused`);
});
