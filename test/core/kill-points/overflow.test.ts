/**
 * A stack overflow inside a core call: V8 checks the stack at function entries, so that the call stops wherever the
 * stack happens to end, with a lock held or not. The thread lives on.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overflows } from '../../stack-end.js';
import { scratchOf, testArena } from '../support.js';
import { checkPool } from './checks.js';
import { getKey, HASH_OPERATIONS, lockOf, setKey } from './operations.js';

/** The first depth at which `run` overflows; V8 may compile `dive` anew meanwhile, so that it holds only for a while. */
function limit(run: () => number, recover: () => void): number {
  let low = 0;
  let high = 1;
  while (!overflows(high, run)) high *= 2;
  recover();
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (overflows(middle, run)) high = middle;
    else low = middle;
    recover();
  }
  return high;
}

/** Words by which the stack is moved: a frame of `dive` is larger than the core's, and would step over the place. */
const PADDINGS = Array.from({ length: 16 }, (_, words) => Array<number>(words).fill(0));

test('a stack overflow inside an update leaves the map whole and its lock open', () => {
  const arena = testArena();
  const world = HASH_OPERATIONS.find((operation) => operation.name === 'hash: replace')!.prepare(arena);
  const { map } = world;
  let value = 1000;
  setKey(arena, map, 1, value);
  // Nothing but the core's own frames above the recursion, or JavaScript would overflow first.
  const { key, value: from } = scratchOf(arena);
  const { elementUpdate } = arena.core;
  const update = () => elementUpdate(map, key, from, 0);
  for (let round = 0; round < 20_000; round++) update();
  let inside = 0;
  for (const padding of PADDINGS) {
    const padded = (...words: number[]) => (words.length < 0 ? 0 : update());
    const run = () => padded(...padding);
    const high = limit(run, () => arena.core.recoverSelf());
    for (let depth = high - 10; depth < high + 20; depth++) {
      const before = getKey(arena, map, 1);
      arena.u32[from / 4] = ++value;
      const overflowed = overflows(depth, run);
      if (overflowed && (arena.i32[lockOf(world, 1) / 4] !== 0 || arena.core.sectionDepth() !== 0)) inside++;
      assert.equal(arena.core.recoverSelf(), 0);
      assert.equal(arena.i32[lockOf(world, 1) / 4], 0);
      const now = getKey(arena, map, 1);
      assert.ok(now === before || now === value, `found ${now}, expected ${before} or ${value}`);
      assert.equal(setKey(arena, map, 1, ++value), 0);
      checkPool(world, `depth ${depth}`);
    }
  }
  assert.ok(inside > 0, 'no overflow happened inside the core: the test saw nothing');
});
