/** A thread parked before the n-th shared store of each writing operation, for every n, and terminated there. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import type { Arena } from '#dist/shared/arena.js';
import * as core from '../support.js';
import { checkRecovered, endWorld } from './checks.js';
import { getKey, HASH_OPERATIONS, lockOf, type Operation, setKey, type World } from './operations.js';
import { letGo, parkAt, type Parker, startParker } from './parker.js';
import { HANGS, promised } from '../../timing.js';

/** Milliseconds that main waits for a lock here; the bound itself has a test of its own. */
const SHORT = 3;
/** Within this much main gives up on a lock by default (100 ms and the scheduler's share). */
const BOUND = 150;

async function killAndRecover(arena: Arena, { worker, slot, incarnation }: Parker): Promise<void> {
  const exited = once(worker, 'exit');
  await worker.terminate();
  await exited;
  assert.equal(arena.core.recover(slot, incarnation), 0);
  assert.equal(arena.core.recover(slot, incarnation), core.ESRCH);
  // The thread was stopped where it had said so.
  Atomics.store(arena.i32, arena.core.slotPark(slot) / 4 + 1, 0);
}

/** Look-ups go on, whatever the parked thread holds; a locked bucket refuses main's update and stays as it is. */
function checkWhileParked(operation: Operation, world: World, allowed: readonly string[], n: number): void {
  const { arena, map, others } = world;
  for (const key of others) {
    if (key !== 1 && allowed[0]!.includes(`${key}:1`)) assert.equal(getKey(arena, map, key), 100 + key, `n = ${n}`);
  }
  const old = getKey(arena, map, 1);
  const locked = arena.i32[lockOf(world, 1) / 4] !== 0;
  if (!locked) return;
  assert.equal(setKey(arena, map, 1, 99), core.ETIMEDOUT, `n = ${n}`);
  assert.equal(getKey(arena, map, 1), old, `n = ${n}: ${operation.name}: a refused update changed something`);
}

describe('a thread that dies before any store', () => {
  for (const operation of HASH_OPERATIONS.filter(({ name }) => !name.startsWith('hash without'))) {
    test(operation.name, async () => {
      const arena = core.testArena({ bytes: 16 << 20, build: 'core-steps' });
      arena.core.setLockTimeout(SHORT);
      const allowed = outcomes(operation, arena);
      let parker = await startParker(arena);
      for (let n = 1; ; n++) {
        const start = arena.core.arenaUsedBytes();
        const world = operation.prepare(arena);
        const parked = await parkAt(arena, parker, operation.name, world, n);
        if (parked) {
          checkWhileParked(operation, world, allowed, n);
          await killAndRecover(arena, parker);
          checkRecovered(world, operation, allowed, `n = ${n}`);
          parker = await startParker(arena);
        }
        endWorld(world, false);
        assert.equal(arena.core.arenaUsedBytes(), start, `n = ${n}: memory is lost`);
        if (!parked) break;
        assert.ok(n < 200);
      }
      await parker.worker.terminate();
    });
  }
});

function outcomes(operation: Operation, arena: Arena): [string, string] {
  const world = operation.prepare(arena);
  const before = operation.look(world);
  operation.run(arena, world);
  const after = operation.look(world);
  endWorld(world, false);
  return [before, after];
}

describe('a thread that is parked with a lock held', () => {
  const replace = HASH_OPERATIONS.find(({ name }) => name === 'hash: replace')!;

  /** Park where the bucket's lock is held. */
  async function parkLocked(arena: Arena, parker: Parker): Promise<World> {
    for (let n = 1; ; n++) {
      const world = replace.prepare(arena);
      assert.ok(await parkAt(arena, parker, replace.name, world, n));
      if (arena.i32[lockOf(world, 1) / 4] !== 0) return world;
      const ended = once(parker.worker, 'message');
      letGo(arena, parker.slot);
      await ended;
    }
  }

  test('main gives up within 150 ms by default, and changes nothing', async (context) => {
    const arena = core.testArena({ build: 'core-steps' });
    const parker = await startParker(arena);
    const world = await parkLocked(arena, parker);
    const old = getKey(arena, world.map, 1);
    let shortest = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 3; round++) {
      const begin = performance.now();
      assert.equal(setKey(arena, world.map, 1, 99), core.ETIMEDOUT);
      shortest = Math.min(shortest, performance.now() - begin);
    }
    assert.ok(shortest > 90, `${shortest} ms`);
    promised(context, 'a write to a closed bucket', shortest, BOUND);
    assert.equal(getKey(arena, world.map, 1), old);
    await killAndRecover(arena, parker);
    assert.equal(setKey(arena, world.map, 1, 99), 0);
  });

  test('main succeeds when the other one is only slow', async () => {
    const arena = core.testArena({ build: 'core-steps' });
    arena.core.setLockTimeout(HANGS);
    const parker = await startParker(arena);
    const world = await parkLocked(arena, parker);
    const helper = new Worker(
      `const { workerData: { memory, word } } = require('node:worker_threads');
       const words = new Int32Array(memory.buffer);
       setTimeout(() => { Atomics.store(words, word, 1); Atomics.notify(words, word); }, 50);`,
      { eval: true, workerData: { memory: arena.memory, word: arena.core.slotPark(parker.slot) / 4 } },
    );
    await once(helper, 'online');
    const ended = once(parker.worker, 'message');
    assert.equal(setKey(arena, world.map, 1, 99), 0);
    assert.equal(getKey(arena, world.map, 1), 99, 'main wrote after the slow one');
    await ended;
    await Promise.all([parker.worker.terminate(), helper.terminate()]);
  });

  test('two threads that died in one map are recovered, in either order', async () => {
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      const arena = core.testArena({ build: 'core-steps' });
      arena.core.setLockTimeout(SHORT);
      const first = await startParker(arena);
      const world = await parkLocked(arena, first);
      const second = await startParker(arena);
      const other = HASH_OPERATIONS.find(({ name }) => name === 'hash: insert')!;
      assert.ok(await parkAt(arena, second, other.name, world, 2));
      const dead = [first, second];
      for (const { worker } of dead) {
        const exited = once(worker, 'exit');
        await worker.terminate();
        await exited;
      }
      const [one, two] = order.map((index) => dead[index]!) as [Parker, Parker];
      const result = arena.core.recover(one.slot, one.incarnation);
      assert.ok(result === 0 || result === core.EAGAIN);
      assert.equal(arena.core.recover(two.slot, two.incarnation), 0);
      assert.equal(arena.core.recover(one.slot, one.incarnation), result === 0 ? core.ESRCH : 0);
      checkRecovered(world, replace, allowedOf(world), `order ${order}`);
    }
  });

  test('recovery waits for a live thread that is in the same map', async () => {
    const arena = core.testArena({ build: 'core-steps' });
    arena.core.setLockTimeout(SHORT);
    const first = await startParker(arena);
    const world = await parkLocked(arena, first);
    const second = await startParker(arena);
    const job = HASH_OPERATIONS.find(({ name }) => name === 'hash: insert')!;
    assert.ok(await parkAt(arena, second, job.name, world, 3));
    const exited = once(first.worker, 'exit');
    await first.worker.terminate();
    await exited;
    assert.equal(arena.core.recover(first.slot, first.incarnation), core.EAGAIN);
    const ended = once(second.worker, 'message');
    letGo(arena, second.slot);
    await ended;
    assert.equal(arena.core.recover(first.slot, first.incarnation), 0);
    await second.worker.terminate();
  });

  function allowedOf(world: World): string[] {
    const now = replace.look(world);
    return [now];
  }
});
