/** A trap before the n-th shared store of each writing operation, for every n: recovery in the live thread. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Arena } from '#dist/shared/arena.js';
import { testArena } from '../support.js';
import { checkRecovered, endWorld } from './checks.js';
import { HASH_OPERATIONS, type Operation, OUTER_OPERATIONS } from './operations.js';

const TRAP = 1;
const LIMIT = 3000;

describe('a trap before any store', () => {
  for (const operation of [...HASH_OPERATIONS, ...OUTER_OPERATIONS]) {
    test(operation.name, () => {
      const arena = testArena({ bytes: 8 << 20, build: 'core-steps' });
      const allowed = outcomes(arena, operation);
      let n = 1;
      while (stoppedAt(arena, operation, n, allowed)) n++;
      assert.ok(n > 1 && n < LIMIT);
    });
  }
});

function outcomes(arena: Arena, operation: Operation): [string, string] {
  const world = operation.prepare(arena);
  const before = operation.look(world);
  operation.run(arena, world);
  const after = operation.look(world);
  assert.notEqual(before, after);
  endWorld(world, operation.mainOnly === true);
  return [before, after];
}

/** False when the operation ended before its n-th store. */
function stoppedAt(arena: Arena, operation: Operation, n: number, allowed: readonly string[]): boolean {
  const start = arena.core.arenaUsedBytes();
  const world = operation.prepare(arena);
  arena.core.setStep(n, TRAP);
  const trapped = traps(() => operation.run(arena, world));
  arena.core.setStep(0, 0);
  if (trapped) {
    assert.equal(recovered(arena, n), 0);
    assert.equal(arena.core.sectionDepth(), 0);
    checkRecovered(world, operation, allowed, `n = ${n}`);
  }
  endWorld(world, operation.mainOnly === true);
  assert.equal(arena.core.arenaUsedBytes(), start, `n = ${n}: memory is lost`);
  return trapped;
}

/** For every other n, recovery is itself stopped on the way, and called again. */
function recovered(arena: Arena, n: number): number {
  for (let m = 1; n % 2 === 0 && m < 40; m += 3) {
    arena.core.setStep(m, TRAP);
    const stopped = traps(() => void arena.core.recoverSelf());
    arena.core.setStep(0, 0);
    if (!stopped) break;
  }
  return arena.core.recoverSelf();
}

function traps(run: () => void): boolean {
  try {
    run();
    return false;
  } catch (error) {
    assert.ok(error instanceof WebAssembly.RuntimeError && error.message === 'unreachable', String(error));
    return true;
  }
}
