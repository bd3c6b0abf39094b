/**
 * For each writing operation of the types beyond hash and array, and n = 1, 2, … to its end: a thread stops before the
 * operation's n-th shared store. Once it traps there and recovers in the live thread; once it is dead, and main recovers
 * its slot. A dead thread is an instance of the core that traps and is never called again: to shared memory that is a
 * thread which stopped at that store. (Threads that are really terminated: park.test.ts.)
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Arena } from '#dist/shared/arena.js';
import { KEYED } from './keyed.js';
import { KEYLESS } from './keyless.js';
import { checkRecovered, endWorld, type Outcomes, otherThread, outcomesOf, steppedArena, stops } from './stop.js';
import type { Operation } from './world.js';

const LIMIT = 5000;

describe('a thread that stops before any store of', () => {
  for (const operation of [...KEYED, ...KEYLESS]) {
    test(operation.name, () => {
      const arena = steppedArena();
      const outcomes = outcomesOf(arena, operation);
      let n = 1;
      while (traps(arena, operation, n, outcomes) && dies(arena, operation, n, outcomes)) n++;
      assert.ok(n > 1 && n < LIMIT, `${n} stores`);
    });
  }
});

function traps(arena: Arena, operation: Operation, n: number, outcomes: Outcomes): boolean {
  const start = arena.core.arenaUsedBytes();
  const world = operation.prepare(arena);
  const trapped = stops(arena, n, () => operation.run(arena, world));
  if (trapped) {
    // Every other time, recovery is stopped on its way as well.
    for (let m = 1; n % 2 === 0 && m < 60 && stops(arena, m, () => void arena.core.recoverSelf()); m += 7);
    assert.equal(arena.core.recoverSelf(), 0);
    checkRecovered(world, operation, outcomes, `trap at ${n}`);
  }
  endWorld(world);
  assert.equal(arena.core.arenaUsedBytes(), start, `trap at ${n}: memory is lost`);
  return trapped;
}

function dies(arena: Arena, operation: Operation, n: number, outcomes: Outcomes): boolean {
  const start = arena.core.arenaUsedBytes();
  const world = operation.prepare(arena);
  const dead = otherThread(arena);
  const { slot, incarnation } = dead;
  const stopped = stops(dead, n, () => operation.run(dead, world));
  // Every third time it dies while it recovers itself from a trap.
  if (stopped && n % 3 === 0) stops(dead, (7 * n) % 90, () => void dead.core.recoverSelf());
  assert.equal(arena.core.recover(slot, incarnation), 0);
  assert.equal(arena.core.slotEpoch(slot), 0);
  if (stopped) checkRecovered(world, operation, outcomes, `death at ${n}`);
  endWorld(world);
  assert.equal(arena.core.arenaUsedBytes(), start, `death at ${n}: memory is lost`);
  return stopped;
}
