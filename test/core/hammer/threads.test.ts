/** Several threads on one hash at once. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Arena } from '#dist/shared/arena.js';
import * as core from '../support.js';
import { checkPool } from '../kill-points/checks.js';
import { getKey, setKey } from '../kill-points/operations.js';
import { hammer } from './run.js';

const TIME = 1500;

describe('threads on one hash', () => {
  for (const flags of [0, core.NO_PREALLOC]) {
    test(`a key that is only replaced is never missed, and no value is another key's (flags ${flags})`, async () => {
      const arena = core.testArena({ bytes: 64 << 20 });
      const map = core.newMap(arena, { type: core.HASH, maxEntries: 8, flags });
      const keys = [1, 2, 3, 4, 5, 6];
      for (const key of keys) setKey(arena, map, key, key << 20);
      const results = await hammer(
        arena,
        map,
        [
          { role: 'replace', keys },
          { role: 'replace', keys: keys.toReversed() },
          { role: 'look up', keys },
        ],
        TIME,
      );
      for (const { violations, rounds } of results) {
        assert.deepEqual(violations, []);
        assert.ok(rounds > 100);
      }
      for (const key of keys) assert.equal(getKey(arena, map, key)! >>> 20, key);
      checkPool({ arena, map, others: [] }, 'at the end');
    });
  }

  test('capacity is exact, and the count is right in the end', async () => {
    const arena = core.testArena({ bytes: 64 << 20 });
    const map = core.newMap(arena, { type: core.HASH, maxEntries: 4 });
    setKey(arena, map, 900, 1);
    const parts = [
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
    ].map((keys) => ({ role: 'insert and delete' as const, keys }));
    let most = 0;
    const results = await hammer(arena, map, parts, TIME, () => {
      most = Math.max(most, arena.core.elementCount(map));
      return false;
    });
    for (const { violations } of results) assert.deepEqual(violations, []);
    assert.ok(most <= 4);
    assert.equal(arena.core.elementCount(map), 1);
    for (let key = 1; key <= 3; key++) assert.equal(setKey(arena, map, key, key), 0);
    assert.equal(setKey(arena, map, 4, 4), core.E2BIG);
    checkPool({ arena, map, others: [] }, 'at the end');
  });

  test('a replacer that is killed again and again leaves the map whole', async () => {
    const arena = core.testArena({ bytes: 64 << 20 });
    const map = core.newMap(arena, { type: core.HASH, maxEntries: 8 });
    const keys = [1, 2, 3, 4, 5, 6];
    for (const key of keys) setKey(arena, map, key, key << 20);
    for (let kill = 0; kill < 12; kill++) {
      const { slot, incarnation } = await killedReplacer(arena, map, keys, 5 + kill);
      assert.equal(arena.core.recover(slot, incarnation), 0);
      for (const key of keys) assert.equal(getKey(arena, map, key)! >>> 20, key);
      assert.equal(arena.core.elementCount(map), keys.length);
      checkPool({ arena, map, others: [] }, `kill ${kill}`);
      for (const key of keys) assert.equal(setKey(arena, map, key, key << 20), 0);
    }
  });
});

async function killedReplacer(arena: Arena, map: number, keys: number[], after: number) {
  const stop = arena.core.memoryAllocate(4);
  const task = { handle: arena.handle, map, stop, role: 'replace', keys, tag: 0 };
  const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: task });
  const slot = 1;
  while ((arena.core.slotIncarnation(slot) & 1) === 0) await sleep(1);
  const incarnation = arena.core.slotIncarnation(slot);
  await sleep(after);
  const exited = once(worker, 'exit');
  await worker.terminate();
  await exited;
  arena.core.memoryFree(stop);
  return { slot, incarnation };
}
