/**
 * Situations in which a mutant of the core shows itself. Each throws an AssertionError (or traps) on the build that has
 * the bug, and passes on the one that has none.
 */
import assert from 'node:assert/strict';
import type { Arena } from '#dist/shared/arena.js';
import { checkPool } from '../core/kill-points/checks.js';
import { HASH_OPERATIONS } from '../core/kill-points/operations.js';
import { ARRAY, ARRAY_OF_MAPS, HASH, IntegerMap, newMap } from '../core/support.js';
import { otherThread, steppedArena, stops } from '../core/type-kill-points/stop.js';
import { put, read, update } from '../core/type-kill-points/world.js';
import { ParkedThread } from './parked-thread.js';

export type Scenario = (build: string) => Promise<void> | void;

/** A reader finds an inner map; main swaps it out and reaps: it must not be freed before the reader leaves. */
function swapUnderReader(build: string): void {
  const arena = steppedArena(build);
  const outer = newMap(arena, { type: ARRAY_OF_MAPS, valueSize: 4 });
  const [old, fresh] = [newMap(arena, { type: ARRAY }), newMap(arena, { type: ARRAY })];
  arena.core.enter();
  arena.core.leave();
  arena.core.arrayOfMapsExchange(outer, 0, old);
  arena.core.mapRetire(newMap(arena, { type: ARRAY }));
  assert.equal(arena.core.mapReap(), 1, 'the epoch moves on');
  const reader = otherThread(arena);
  reader.core.enter();
  assert.equal(reader.core.outerFind(outer, put(reader, 0, [0])), old);
  assert.equal(arena.core.arrayOfMapsExchange(outer, 0, fresh), old);
  arena.core.mapRetire(old);
  assert.equal(arena.core.mapReap(), 0, 'freed under a reader');
  reader.core.leave();
  assert.equal(arena.core.mapReap(), 1);
}

/** A reader that stays long is not taken for gone. */
function longSection(build: string): void {
  const arena = steppedArena(build);
  const reader = otherThread(arena);
  reader.core.enter();
  const stamp = arena.core.readEpoch();
  for (let scan = 0; scan < 300; scan++) assert.equal(arena.core.quiescedPast(stamp), 0, `scan ${scan}`);
}

function everyDeath(
  name: string,
  check: (world: ReturnType<(typeof HASH_OPERATIONS)[number]['prepare']>) => void,
): Scenario {
  return (build) => {
    const arena = steppedArena(build);
    const operation = HASH_OPERATIONS.find((one) => one.name === name)!;
    for (let n = 1, stopped = true; stopped; n++) {
      const world = operation.prepare(arena);
      const dead = otherThread(arena);
      const { slot, incarnation } = dead;
      stopped = stops(dead, n, () => operation.run(dead, world));
      assert.equal(arena.core.recover(slot, incarnation), 0);
      check(world);
    }
  };
}

/** A value that a reader found stays what it was while others delete and insert. */
function valueUnderReader(build: string): void {
  const arena = steppedArena(build);
  const map = newMap(arena, { type: HASH, maxEntries: 4 });
  const integers = new IntegerMap(arena, map);
  integers.set(1, 4711);
  const reader = otherThread(arena);
  reader.core.enter();
  const value = reader.core.elementFind(map, put(reader, 0, [1]));
  integers.delete(1);
  for (let key = 10; key < 200; key++) {
    integers.set(key, key);
    integers.delete(key);
  }
  assert.equal(arena.u32[value / 4], 4711, 'an element was reused under a reader');
}

function deletedTwice(build: string): void {
  const arena = steppedArena(build);
  const map = newMap(arena, { type: HASH, maxEntries: 4 });
  const integers = new IntegerMap(arena, map);
  for (let round = 0; round < 50; round++) {
    for (const key of [1, 2, 3]) assert.equal(integers.set(key, key * 100), 0);
    assert.deepEqual(
      [1, 2, 3].map((key) => integers.get(key)),
      [100, 200, 300],
    );
    for (const key of [1, 2, 3]) integers.delete(key);
    checkPool({ arena, map, others: [] }, `round ${round}`);
  }
}

/** While a writer stands at any store of a replacement, the key is found. */
function replacedInView(build: string): void {
  const arena = steppedArena(build);
  const operation = HASH_OPERATIONS.find(({ name }) => name === 'hash: replace')!;
  for (let n = 1, stopped = true; stopped; n++) {
    const world = operation.prepare(arena);
    const writer = otherThread(arena);
    const { slot, incarnation } = writer;
    stopped = stops(writer, n, () => operation.run(writer, world));
    assert.notEqual(read(arena, world.map, [1]), '-', `the key is missed, n = ${n}`);
    assert.equal(arena.core.recover(slot, incarnation), 0);
  }
}

// ---- with a thread that is parked in a call, and goes on ----

type Parked = (arena: Arena, thread: ParkedThread, step: number) => Promise<boolean>;

/** Once for each step; `scene` gives false when the call ended before it. */
function atEveryStep(scene: Parked): Scenario {
  return async (build) => {
    const arena = steppedArena(build);
    const thread = await ParkedThread.create(arena);
    try {
      for (let step = 1; await scene(arena, thread, step); step++) assert.ok(step < 500);
    } finally {
      await thread.end();
    }
  };
}

/** Put key and value where the thread's own calls take them from. */
function args(arena: Arena, thread: ParkedThread, key: readonly number[], value: readonly number[]) {
  const [keyAt, valueAt, out] = [thread.scratch, thread.scratch + 16384, thread.scratch + 32768];
  arena.u32.fill(0, keyAt / 4, keyAt / 4 + 16);
  arena.u32.set(key, keyAt / 4);
  arena.u32.set(value, valueAt / 4);
  return { key: keyAt, value: valueAt, out };
}

/** A look-up stands in a chain while the key behind it is replaced. */
const missedReplacement = atEveryStep(async (arena, thread, step) => {
  const world = HASH_OPERATIONS.find(({ name }) => name === 'hash: replace')!.prepare(arena);
  const { key, out } = args(arena, thread, [1], []);
  const parked = await thread.parks(step, 'elementLookup', world.map, key, out);
  if (parked) update(arena, world.map, [1], [7]);
  assert.equal(await thread.result(), 0, `a key that is there throughout is missed, step ${step}`);
  return parked;
});

const overCapacity = atEveryStep(async (arena, thread, step) => {
  const map = newMap(arena, { type: HASH, maxEntries: 2 });
  update(arena, map, [1], [1]);
  const { key, value } = args(arena, thread, [2], [2]);
  const parked = await thread.parks(step, 'elementUpdate', map, key, value, 0);
  // Another bucket than the parked thread's.
  const others = [3, 4, 5, 6, 7, 8].filter((other) => bucket(arena, map, other) !== bucket(arena, map, 2));
  const second = parked ? update(arena, map, [others[0] as number], [3]) : 0;
  const first = await thread.result();
  const there = new IntegerMap(arena, map).keys().length;
  assert.ok(there <= 2 && arena.core.elementCount(map) === there, `${there} elements of 2 (${first}, ${second})`);
  return parked;
});

function bucket(arena: Arena, map: number, key: number): number {
  return arena.core.hashBucketOf(map, put(arena, 0, [key]));
}

/** A reader leaves while main begins to wait: main sees it gone, or is told. */
const lostWakeUp = atEveryStep(async (arena, thread, step) => {
  const { core } = arena;
  await thread.parks(0, 'enter');
  const event = core.eventAddress() / 4;
  const parked = await thread.parks(step, 'leave');
  if (!parked) return false;
  const stamp = core.readEpoch();
  core.awaitEpoch(stamp);
  const before = Atomics.load(arena.i32, event);
  const gone = core.quiescedPast(stamp) === 1;
  await thread.result();
  assert.ok(gone || Atomics.load(arena.i32, event) !== before, `nobody told main, step ${step}`);
  core.awaitEpoch(0);
  return true;
});

/** A thread stands in its reaping; a reader comes, and what it finds is deleted. */
const limboUnderReader = atEveryStep(async (arena, thread, step) => {
  const map = newMap(arena, { type: HASH, maxEntries: 64 });
  const integers = new IntegerMap(arena, map);
  integers.set(1, 4711);
  integers.set(2, 2);
  // Nothing in the pool: the next update reaps.
  arena.core.enter();
  while (arena.core.poolCensus(map, 3) < 84 || arena.core.poolCensus(map, 0) > 0) integers.set(2, 2);
  arena.core.leave();
  const own = [9, 10, 11, 12].find((other) => bucket(arena, map, other) !== bucket(arena, map, 1)) as number;
  const { key, value } = args(arena, thread, [own], [9]);
  const parked = await thread.parks(step, 'elementUpdate', map, key, value, 0);
  if (!parked) return false;
  const reader = otherThread(arena);
  reader.core.enter();
  const found = reader.core.elementFind(map, put(reader, 0, [1]));
  arena.core.setLockTimeout(1);
  const deleted = integers.delete(1);
  await thread.result();
  // Through the run of chunks that the parked thread took, and then some.
  for (let turn = 0; turn < 5000; turn++) integers.set(2, turn);
  if (deleted === 0) assert.equal(arena.u32[found / 4], 4711, `an element was reused under a reader, step ${step}`);
  reader.core.leave();
  reader.core.releaseSlot();
  arena.core.mapRetire(map);
  arena.core.mapReap();
  return true;
});

/** A look-up has passed 10/8 and stands at 10.1/16; both are deleted, the short one first, so that it is never the answer. */
const trieMixture = atEveryStep(async (arena, thread, step) => {
  const map = newMap(arena, { type: 11, keySize: 8, maxEntries: 8, flags: 1 });
  const address = (third: number) => 10 | (1 << 8) | (third << 16);
  const prefixes = [
    [8, address(0)],
    [16, address(0)],
    [24, address(1)],
    [24, address(128)],
  ];
  for (const [index, prefix] of prefixes.entries()) update(arena, map, prefix, [index + 1]);
  const { key, out } = args(arena, thread, [32, address(64)], []);
  const parked = await thread.parks(step, 'elementLookup', map, key, out);
  if (parked) for (const length of [8, 16]) arena.core.elementDelete(map, put(arena, 0, [length, address(0)]));
  const result = await thread.result();
  const found = result === 0 ? (arena.u32[out / 4] as number) : result;
  assert.ok([2, -2].includes(found), `found ${found}, which was the answer at no time`);
  return parked;
});

const tornPeek = atEveryStep(async (arena, thread, step) => {
  const map = newMap(arena, { type: 22, keySize: 0, maxEntries: 2 });
  const push = (value: number) => arena.core.queuePush(map, put(arena, 1, [value]), 2);
  push(1);
  push(2);
  const { out } = args(arena, thread, [], []);
  const parked = await thread.parks(step, 'queuePeek', map, out);
  if (parked) for (const value of [3, 4]) push(value);
  assert.equal(await thread.result(), 0);
  // 1 at its call, 3 at its return, 2 in between; 4 is never the oldest.
  assert.ok([1, 2, 3].includes(arena.u32[out / 4] as number), `peeked ${arena.u32[out / 4]}`);
  return parked;
});

export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'stamp-before-unlink': swapUnderReader,
  'local-stamp': swapUnderReader,
  'load-before-enter': swapUnderReader,
  'skip-slot': swapUnderReader,
  'free-early': swapUnderReader,
  'lost-on-death': everyDeath('hash: delete', (world) => checkPool(world, 'after recovery')),
  'cleared-before-exit': longSection,
  'double-free': deletedTwice,
  'unlink-first': replacedInView,
  'no-retry': missedReplacement,
  'reuse-at-once': valueUnderReader,
  'capacity-race': overCapacity,
  'lost-wake-up': lostWakeUp,
  'lock-left-closed': everyDeath('hash: replace', ({ arena, map }) => {
    arena.core.setLockTimeout(1);
    assert.equal(update(arena, map, [1], [5]), 0, 'the lock of the dead is closed');
  }),
  'limbo-stamp-early': limboUnderReader,
  'trie-mixture': trieMixture,
  'torn-peek': tornPeek,
};
