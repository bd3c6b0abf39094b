/** HASH and HASH_OF_MAPS in one thread, against a plain Map. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openArena } from '#dist/shared/arena.js';
import * as core from './support.js';
import {
  ARRAY,
  HASH,
  HASH_OF_MAPS,
  IntegerMap,
  newMap,
  NO_PREALLOC,
  scratchOf,
  testArena,
  ZERO_SEED,
} from './support.js';

const KEY_SIZES = [1, 3, 4, 8, 12, 16, 37];

function random(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (state * 48271) % 0x7fffffff;
    return state % bound;
  };
}

describe('hash', () => {
  for (const flags of [0, NO_PREALLOC, ZERO_SEED]) {
    for (const keySize of KEY_SIZES) {
      test(`does what a Map does: key size ${keySize}, flags ${flags}`, () => againstMap(keySize, flags));
    }
  }

  test('walks newest first inside a bucket, and a replaced key moves to its front', () => {
    const arena = testArena();
    // One bucket only.
    const map = new IntegerMap(arena, newMap(arena, { type: HASH, maxEntries: 1, flags: ZERO_SEED }));
    map.set(1, 1);
    assert.deepEqual(map.keys(), [1]);
    const wide = new IntegerMap(arena, newMap(arena, { type: HASH, maxEntries: 64, flags: ZERO_SEED }));
    const bucket = (key: number) => {
      arena.u32[scratchOf(arena).key / 4] = key;
      return arena.core.hashBucketOf(wide.address, scratchOf(arena).key);
    };
    const together = Array.from({ length: 2000 }, (_, key) => key)
      .filter((key) => bucket(key) === 5)
      .slice(0, 4);
    for (const key of together) wide.set(key, 1);
    assert.deepEqual(wide.keys(), together.toReversed());
    wide.set(together[1]!, 2);
    assert.deepEqual(wide.keys(), [together[1], together[3], together[2], together[0]]);
  });

  test('a refused update changes nothing', () => {
    const arena = testArena();
    const map = new IntegerMap(arena, newMap(arena, { type: HASH, maxEntries: 2 }));
    map.set(1, 1);
    map.set(2, 2);
    const elements = () => arena.core.poolCensus(map.address, 3);
    const before = elements();
    assert.deepEqual(
      [map.set(3, 3), map.set(1, 9, 1), map.set(3, 3, 2), map.set(3, 3, 3), map.set(1, 9, 4), map.delete(3)],
      [core.E2BIG, core.EEXIST, core.ENOENT, core.EINVAL, core.EINVAL, core.ENOENT],
    );
    assert.deepEqual([map.get(1), map.get(2), map.get(3), elements()], [1, 2, undefined, before]);
    assert.equal(map.set(1, 5), 0, 'replacing works when full');
  });

  test('a reader keeps what it found: no element is reused before its section ends', () => {
    const arena = testArena();
    const address = newMap(arena, { type: HASH, maxEntries: 4 });
    const map = new IntegerMap(arena, address);
    map.set(1, 11);
    const reader = openArena(arena.handle);
    reader.core.claimSlot(3);
    reader.core.enter();
    arena.u32[scratchOf(arena).key / 4] = 1;
    const held = reader.core.elementFind(address, scratchOf(arena).key);
    assert.equal(arena.u32[held / 4], 11);
    for (let round = 0; round < 2000; round++) map.set(1, 1000 + round);
    assert.equal(arena.u32[held / 4], 11);
    reader.core.leave();
    const handedOut = arena.core.poolCensus(address, 3);
    for (let round = 0; round < 20_000; round++) map.set(1, round);
    assert.equal(arena.core.poolCensus(address, 3), handedOut, 'nobody reads: the elements are used again');
  });

  test('limbo is bounded: behind a stalled reader new elements get ENOMEM, deletes do not', () => {
    const arena = testArena({ bytes: 4 << 20 });
    const map = new IntegerMap(arena, newMap(arena, { type: HASH, valueSize: 1000, maxEntries: 8 }));
    const reader = openArena(arena.handle);
    reader.core.claimSlot(3);
    for (let key = 0; key < 8; key++) map.set(key, key);
    reader.core.enter();
    let result = 0;
    for (let round = 0; round < 100_000 && result === 0; round++) result = map.set(1, round);
    assert.equal(result, core.ENOMEM);
    assert.equal(map.delete(2), 0);
    reader.core.leave();
    assert.equal(map.set(1, 1), 0);
  });

  test('elements larger than a chunk', () => {
    const arena = testArena();
    const bytes = 200_000;
    const [key, value, out] = [8, bytes, bytes].map((size) => arena.core.memoryAllocate(size)) as [
      number,
      number,
      number,
    ];
    const free = arena.core.freeChunkCount();
    const address = newMap(arena, { type: HASH, keySize: 8, valueSize: bytes, maxEntries: 3, flags: NO_PREALLOC });
    for (let round = 0; round < 20; round++) {
      arena.u32[key / 4] = round % 3;
      arena.u8.fill(round, value, value + bytes);
      assert.equal(arena.core.elementUpdate(address, key, value, 0), 0);
    }
    assert.equal(arena.core.elementLookup(address, key, out), 0);
    assert.ok(arena.u8.subarray(out, out + bytes).every((byte) => byte === 19));
    assert.ok(free - arena.core.freeChunkCount() <= 4 * 5);
    arena.core.mapRetire(address);
    assert.equal(arena.core.mapReap(), 1);
    assert.ok(arena.core.freeChunkCount() >= free - 1, 'the chunks came back');
  });

  test('batches copy whole buckets, and say where to go on', () => {
    const arena = testArena();
    const address = newMap(arena, { type: HASH, maxEntries: 100 });
    const map = new IntegerMap(arena, address);
    for (let key = 0; key < 100; key++) map.set(key, key * 2);
    const { key: keys, value: values } = scratchOf(arena);
    const seen = new Map<number, number>();
    for (let bucket = 0; bucket < 128; bucket = arena.core.batchNext()) {
      const count = arena.core.hashBatch(address, bucket, 10, keys, values);
      assert.ok(count > 0 && count <= 10);
      for (let index = 0; index < count; index++) {
        assert.ok(!seen.has(arena.u32[keys / 4 + index]!));
        seen.set(arena.u32[keys / 4 + index]!, arena.u32[values / 4 + 2 * index]!);
      }
    }
    assert.equal(seen.size, 100);
    for (const [key, value] of seen) assert.equal(value, 2 * key);
    const crowded = newMap(arena, { type: HASH, maxEntries: 1 });
    new IntegerMap(arena, crowded).set(7, 7);
    assert.equal(arena.core.hashBatch(crowded, 0, 0, keys, values), core.ENOSPC);
    assert.equal(arena.core.batchNext(), 0);
  });

  test('F_LOCK changes an existing element in place, and waits for the lock', () => {
    const arena = testArena();
    const address = newMap(arena, { type: HASH, valueSize: 16, maxEntries: 4, spinLock: 8 });
    const map = new IntegerMap(arena, address);
    assert.equal(map.set(1, 5, core.F_LOCK), 0, 'inserts');
    arena.core.enter();
    arena.u32[scratchOf(arena).key / 4] = 1;
    const value = arena.core.elementFind(address, scratchOf(arena).key);
    assert.equal(map.set(1, 6, core.F_LOCK), 0);
    assert.equal(arena.u32[value / 4], 6, 'in place');
    arena.u32[value / 4 + 2] = 99;
    arena.core.setLockTimeout(30);
    assert.equal(map.set(1, 7, core.F_LOCK), core.ETIMEDOUT);
    assert.equal(arena.u32[value / 4], 6);
    arena.core.leave();
  });

  test('updateMany stops at the first refusal', () => {
    const arena = testArena();
    const address = newMap(arena, { type: HASH, maxEntries: 3 });
    const { key: keys, value: values } = scratchOf(arena);
    for (let index = 0; index < 5; index++) arena.u32[keys / 4 + index] = index;
    assert.equal(arena.core.elementUpdateMany(address, keys, values, 5, 0), 3);
    assert.equal(arena.core.lastError(), core.E2BIG);
    assert.equal(arena.core.elementCount(address), 3);
  });
});

describe('hash of maps', () => {
  test('replaces in place: the walk does not change; gives back what was there', () => {
    const arena = testArena();
    const { core: calls } = arena;
    const outer = newMap(arena, { type: HASH_OF_MAPS, valueSize: 4, maxEntries: 3 });
    const inner = [0, 0, 0, 0].map(() => newMap(arena, { type: ARRAY }));
    const { key } = scratchOf(arena);
    const put = (at: number, map: number, flags = 0) => {
      arena.u32[key / 4] = at;
      return calls.hashOfMapsUpdate(outer, key, map, flags);
    };
    assert.deepEqual([put(1, inner[0]!), put(2, inner[1]!), put(3, inner[2]!)], [0, 0, 0]);
    const order = new IntegerMap(arena, outer).keys();
    assert.equal(put(2, inner[3]!), inner[1]);
    assert.deepEqual(new IntegerMap(arena, outer).keys(), order);
    assert.deepEqual(
      [put(4, inner[0]!), put(4, inner[0]!, 2), put(1, inner[0]!, 1), put(1, inner[0]!, 3)],
      [-7, -2, -17, -22],
    );
    arena.u32[key / 4] = 2;
    assert.equal(calls.outerFind(outer, key), inner[3]);
    assert.equal(calls.hashOfMapsDelete(outer, key), inner[3]);
    assert.equal(calls.hashOfMapsDelete(outer, key), core.ENOENT);
    assert.equal(calls.outerFind(outer, key), 0);
    assert.equal(calls.elementCount(outer), 2);
  });
});

function againstMap(keySize: number, flags: number): void {
  const arena = testArena();
  const start = arena.core.arenaUsedBytes();
  const maxEntries = 150;
  const address = newMap(arena, { type: HASH, keySize, maxEntries, flags });
  const { key, value, out } = scratchOf(arena);
  const model = new Map<number, number>();
  const next = random(keySize * 7919 + flags + 1);
  const put = (number: number) => {
    arena.u8.fill(0, key, key + keySize);
    arena.u8[key] = number;
    arena.u8[key + keySize - 1] = number;
  };
  for (let round = 0; round < 8000; round++) {
    const number = next(256);
    put(number);
    if (next(3) === 0) {
      assert.equal(arena.core.elementDelete(address, key), model.delete(number) ? 0 : core.ENOENT);
    } else if (next(2) === 0) {
      arena.u32[value / 4] = round;
      const full = !model.has(number) && model.size === maxEntries;
      assert.equal(arena.core.elementUpdate(address, key, value, 0), full ? core.E2BIG : 0);
      if (!full) model.set(number, round);
    } else {
      const found = arena.core.elementLookup(address, key, out);
      assert.equal(found, model.has(number) ? 0 : core.ENOENT);
      if (found === 0) assert.equal(arena.u32[out / 4], model.get(number));
    }
    assert.equal(arena.core.elementCount(address), model.size);
  }
  let walked = 0;
  for (let at = 0; arena.core.elementNextKey(address, at, out) === 0; at = key) {
    arena.u8.copyWithin(key, out, out + keySize);
    assert.ok(model.has(arena.u8[key]!));
    walked++;
  }
  assert.equal(walked, model.size);
  const census = [0, 1, 2].map((what) => arena.core.poolCensus(address, what)).reduce((sum, count) => sum + count);
  assert.equal(census + model.size, arena.core.poolCensus(address, 3), 'every element is somewhere');
  arena.core.mapRetire(address);
  assert.equal(arena.core.mapReap(), 1);
  assert.equal(arena.core.arenaUsedBytes(), start);
}
