/**
 * Builds of the core with one bug each. Each situation below holds in the core as it is and fails in its mutant; the
 * last line is the score. The torture and the interleavings try the same builds their own way.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { type Arena, openArena } from '#dist/shared/arena.js';
import { hammer } from './hammer/run.js';
import { checkPool, checkRecovered } from './kill-points/checks.js';
import { deleteKey, getKey, HASH_OPERATIONS, lockOf, setKey } from './kill-points/operations.js';
import { letGo, parkAt, type Parker, startParker } from './kill-points/parker.js';
import * as core from './support.js';

const TRAP = 1;
/** Mutants with a greater number are of one map type, and are tried beside it. */
const COMMON = 15;

/** A situation: throws when it does not come out as it must. */
type Situation = (arena: Arena) => void | Promise<void>;

function readerOf(arena: Arena): Arena {
  const reader = openArena(arena.handle);
  reader.core.claimSlot(3);
  return reader;
}

/** A reader finds an inner map in its section; then it is swapped, retired, and must not be freed. */
function heldInner(arena: Arena, between: (reader: Arena) => void = () => {}): void {
  const outer = core.newMap(arena, { type: core.ARRAY_OF_MAPS, valueSize: 4, maxEntries: 1 });
  const [first, second] = [0, 0].map(() => core.newMap(arena, { type: core.ARRAY })) as [number, number];
  arena.core.arrayOfMapsExchange(outer, 0, first);
  const reader = readerOf(arena);
  for (let round = 0; round < 3; round++) arena.core.quiescedPast(arena.core.readEpoch());
  reader.core.enter();
  assert.equal(reader.core.outerFind(outer, core.scratchOf(arena).key), first);
  between(reader);
  arena.core.arrayOfMapsExchange(outer, 0, second);
  arena.core.mapRetire(first);
  for (let scan = 0; scan < 200; scan++) arena.core.quiescedPast(arena.core.readEpoch());
  assert.equal(arena.core.mapReap(), 0, 'a reader holds the map');
  reader.core.leave();
  assert.equal(arena.core.mapReap(), 1);
}

function hashWithKeys(arena: Arena, maxEntries: number, keys: readonly number[]): number {
  const map = core.newMap(arena, { type: core.HASH, maxEntries });
  for (const key of keys) assert.equal(setKey(arena, map, key, key << 20), 0);
  return map;
}

/** Every kill point of one operation, as in kill-points/trap.test.ts. */
function killPoints(name: string): Situation {
  return (arena) => {
    const operation = HASH_OPERATIONS.find((candidate) => candidate.name === name)!;
    arena.core.setLockTimeout(3);
    const before = operation.look(operation.prepare(arena));
    const done = operation.prepare(arena);
    operation.run(arena, done);
    const after = operation.look(done);
    for (let n = 1; n < 60; n++) {
      const world = operation.prepare(arena);
      arena.core.setStep(n, TRAP);
      try {
        operation.run(arena, world);
        return;
      } catch (error) {
        assert.ok(error instanceof WebAssembly.RuntimeError);
      } finally {
        arena.core.setStep(0, 0);
      }
      assert.equal(arena.core.recoverSelf(), 0);
      checkRecovered(world, operation, [before, after], `n = ${n}`);
    }
  };
}

/** The value that a reader holds stays as it is while its key is replaced and deleted. */
function heldElement(arena: Arena): void {
  const map = hashWithKeys(arena, 2, [1, 2]);
  const reader = readerOf(arena);
  reader.core.enter();
  arena.u32[core.scratchOf(arena).key / 4] = 1;
  const held = reader.core.elementFind(map, core.scratchOf(arena).key);
  for (let round = 1; round < 200; round++) setKey(arena, map, 1, (1 << 20) | round);
  assert.equal(arena.u32[held / 4], 1 << 20);
}

function deletedOnce(arena: Arena): void {
  const map = hashWithKeys(arena, 4, [1, 2, 3]);
  deleteKey(arena, map, 1);
  setKey(arena, map, 4, 4 << 20);
  setKey(arena, map, 1, 1 << 20);
  assert.deepEqual(
    [1, 2, 3, 4].map((key) => getKey(arena, map, key)! >>> 20),
    [1, 2, 3, 4],
  );
  checkPool({ arena, map, others: [] }, 'after a delete');
}

/** A reader that leaves after the awaited epoch was published, and that the scan has met, wakes the waiter. */
async function wakeUp(arena: Arena, parker: Parker): Promise<void> {
  const world = { arena, map: 0, others: [] };
  const beforeItsSlotIsCleared = 2;
  assert.ok(await parkAt(arena, parker, 'section', world, beforeItsSlotIsCleared));
  const { core: calls } = arena;
  const stamp = calls.readEpoch();
  calls.awaitEpoch(stamp);
  const event = () => Atomics.load(arena.i32, calls.eventAddress() / 4);
  const before = event();
  assert.equal(calls.quiescedPast(stamp), 0);
  await goOn(arena, parker);
  assert.equal(calls.quiescedPast(stamp), 1);
  assert.notEqual(event(), before, 'nobody woke the waiter');
}

/** While a reaper stops before any of its stores, a reader finds an element that is then deleted: it stays as it is. */
async function limboStamp(arena: Arena, parker: Parker): Promise<void> {
  const replace = HASH_OPERATIONS.find(({ name }) => name === 'hash: replace with an empty pool (reaps limbo)')!;
  const reader = readerOf(arena);
  for (let n = 1; ; n++) {
    const world = replace.prepare(arena);
    const { map } = world;
    const apart = Array.from({ length: 100 }, (_, key) => key).find((key) => lockOf(world, key) !== lockOf(world, 1))!;
    assert.equal(deleteKey(arena, map, world.others[3]!), 0);
    while (setKey(arena, map, apart, 77) !== 0 || arena.core.poolCensus(map, 0) > 0) deleteKey(arena, map, apart);
    const parked = await parkAt(arena, parker, replace.name, world, n);
    if (!parked) break;
    reader.core.enter();
    arena.u32[core.scratchOf(arena).key / 4] = apart;
    const held = reader.core.elementFind(map, core.scratchOf(arena).key);
    deleteKey(arena, map, apart);
    await goOn(arena, parker);
    for (let round = 0; round < 100; round++) setKey(arena, map, 1, 5000 + round);
    assert.equal(arena.u32[held / 4], 77, `n = ${n}: an element was used again under a reader`);
    reader.core.leave();
  }
}

/** A situation with a second thread, which ends with it however it comes out. */
function withParker(situation: (arena: Arena, parker: Parker) => Promise<void>): Situation {
  return async (arena) => {
    const parker = await startParker(arena);
    try {
      await situation(arena, parker);
    } finally {
      await parker.worker.terminate();
    }
  };
}

async function goOn(arena: Arena, { worker, slot }: Parker): Promise<void> {
  const ended = once(worker, 'message');
  letGo(arena, slot);
  await ended;
}

const CHAIN = 40;

/** Keys of one long chain are replaced all the time, so that look-ups are often on a chain that changes before them. */
async function replacedKeys(arena: Arena): Promise<void> {
  const map = core.newMap(arena, { type: core.HASH, maxEntries: 64 });
  const bucketOf = (key: number) => {
    arena.u32[core.scratchOf(arena).key / 4] = key;
    return arena.core.hashBucketOf(map, core.scratchOf(arena).key);
  };
  const keys = Array.from({ length: 4096 }, (_, key) => key)
    .filter((key) => bucketOf(key) === 5)
    .slice(0, CHAIN);
  for (const key of keys) setKey(arena, map, key, key << 20);
  const results = await hammer(
    arena,
    map,
    [
      { role: 'replace', keys },
      { role: 'look up', keys },
    ],
    2500,
  );
  for (const { violations } of results) assert.deepEqual(violations, []);
}

/** While a thread stops before any store of an insert, another one inserts a key elsewhere: both are counted. */
async function contendedCapacity(arena: Arena, parker: Parker): Promise<void> {
  const insert = HASH_OPERATIONS.find(({ name }) => name === 'hash: insert')!;
  for (let n = 1; ; n++) {
    const world = insert.prepare(arena);
    const apart = Array.from({ length: 100 }, (_, key) => key).find((key) => lockOf(world, key) !== lockOf(world, 1))!;
    if (!(await parkAt(arena, parker, insert.name, world, n))) return;
    assert.equal(setKey(arena, world.map, apart, 77), 0);
    await goOn(arena, parker);
    const keys = new core.IntegerMap(arena, world.map).keys();
    assert.equal(arena.core.elementCount(world.map), keys.length, `n = ${n}`);
  }
}

const SITUATIONS: Record<string, Situation> = {
  'stamp-before-unlink': (arena) => heldInner(arena),
  'local-stamp': (arena) => {
    // Main was in a section long ago: what it saw then is older than what a reader sees now.
    arena.core.enter();
    arena.core.leave();
    heldInner(arena);
  },
  'load-before-enter': (arena) => heldInner(arena),
  'skip-slot': (arena) => heldInner(arena),
  'free-early': (arena) => heldInner(arena),
  'cleared-before-exit': (arena) => heldInner(arena),
  'lost-on-death': killPoints('hash: replace'),
  'lock-left-closed': killPoints('hash: insert'),
  'unlink-first': killPoints('hash: replace'),
  'double-free': deletedOnce,
  'reuse-at-once': heldElement,
  'no-retry': replacedKeys,
  'capacity-race': withParker(contendedCapacity),
  'lost-wake-up': withParker(wakeUp),
  'limbo-stamp-early': withParker(limboStamp),
};

describe('mutants', () => {
  let caught = 0;
  for (const [name, situation] of Object.entries(SITUATIONS)) {
    test(`${name} is caught, and the core as it is passes`, async (t) => {
      await situation(core.testArena({ build: 'core-steps', bytes: 32 << 20 }));
      let failure: unknown;
      try {
        await situation(core.testArena({ build: `core-mutant-${name}`, bytes: 32 << 20 }));
      } catch (error) {
        failure = error;
      }
      // An assertion of the situation, or an invariant of the core's own.
      assert.ok(
        failure instanceof assert.AssertionError || failure instanceof WebAssembly.RuntimeError,
        `not noticed: ${failure}`,
      );
      t.diagnostic(failure.message.split('\n')[0]!);
      caught++;
    });
  }

  test('the score', (t) => {
    const source = readFileSync(new URL('../../../src/shared/core/build.ts', import.meta.url), 'utf8');
    const numbered = [...source.matchAll(/MUTANT_(\w+): i32 = (\d+)/g)].filter(
      ([, , number]) => Number(number) <= COMMON,
    );
    const names = numbered.map(([, name]) => name!.toLowerCase().replaceAll('_', '-'));
    assert.deepEqual(names.toSorted(), Object.keys(SITUATIONS).toSorted());
    t.diagnostic(`${caught} of ${Object.keys(SITUATIONS).length} mutants caught here`);
  });
});
