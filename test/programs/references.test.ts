import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { MapObject } from '#dist/api/kernel/objects.js';
import { distinctMaps, mapReferences } from '#dist/api/programs/references.js';

const ARRAY = 2;
const HASH = 1;

function map(id: number, type = ARRAY, maxEntries = 1): MapObject {
  return {
    kind: 'map',
    id,
    address: 65_536 * id,
    type,
    keySize: 4,
    valueSize: 16,
    maxEntries,
    flags: 0,
    name: '',
    frozen: false,
    references: 1,
    users: 1,
    template: undefined,
    inner: undefined,
  };
}

const MAPS = new Map([
  [3, map(1)],
  [4, map(2, HASH, 8)],
  [5, map(3, ARRAY, 2)],
]);

/** rDst = load-immediate of this kind. */
function load(source: number, immediate: number, second = 0): number[] {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  bytes[0] = 0x18;
  bytes[1] = (source << 4) | 1;
  view.setInt32(4, immediate, true);
  view.setInt32(12, second, true);
  return [...bytes];
}

function references(...insns: number[][]) {
  return mapReferences(Uint8Array.from(insns.flat()), (fd) => MAPS.get(fd) ?? (fd === 9 ? 'other' : 'closed'));
}

describe('maps that a program names', () => {
  test('maps and values are found at the first half of their load', () => {
    const found = references(load(0, 3), load(1, 3), load(2, 3, 8), load(1, 4));
    assert.deepEqual(
      found.map(({ insn, kind, map: { id }, offset }) => [insn, kind, id, offset]),
      [
        [2, 'map', 1, 0],
        [4, 'value', 1, 8],
        [6, 'map', 2, 0],
      ],
    );
    assert.deepEqual(distinctMaps(found).map(({ id }) => id), [1, 2]);
  });

  test('the second half of a load is not taken for an instruction', () => {
    // Its first byte would be an opcode if it stood alone.
    const bytes = load(0, 0x18);
    assert.deepEqual(references(bytes), []);
  });

  test('a closed descriptor is EBADF, another file EINVAL, each with the instruction', () => {
    assert.throws(() => references(load(0, 0), load(1, 77)), { code: 'EBADF', message: /instruction 2.*77/ });
    assert.throws(() => references(load(1, 9)), { code: 'EINVAL', message: /not a map/ });
    assert.throws(() => references(load(1, 3, 1)), { code: 'EINVAL', message: /second half/ });
    assert.throws(() => references(load(9, 3)), { code: 'EINVAL', message: /kind 9/ });
  });

  test('direct value access needs an array of one element and an offset within its value', () => {
    assert.throws(() => references(load(2, 4)), { code: 'EINVAL', message: /map type 1/ });
    assert.throws(() => references(load(2, 5)), { code: 'ENOTSUPP', message: /max_entries 2/ });
    assert.throws(() => references(load(2, 3, 16)), { code: 'EINVAL', message: /offset 16/ });
  });

  test('65 maps are too many, 64 references more than that are not', () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => load(1, 100 + index));
    const resolve = (fd: number) => map(fd);
    assert.throws(() => mapReferences(Uint8Array.from(many(65).flat()), resolve), { code: 'E2BIG' });
    assert.equal(mapReferences(Uint8Array.from(many(64).flat()), resolve).length, 64);
    const same = Array.from({ length: 70 }, () => load(1, 3));
    assert.equal(references(...same).length, 70);
  });
});
