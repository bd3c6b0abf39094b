/** What has to hold after a thread was stopped before any store of an operation, and recovery has run. */
import assert from 'node:assert/strict';
import { type Arena, openArena } from '#dist/shared/arena.js';
import { getKey, lockOf, type Operation, setKey, type World } from './operations.js';

const HOLD = 56;

/** The touched thing is old or new; nothing else changed; nothing is lost; the bucket can be written by two threads. */
export function checkRecovered(world: World, operation: Operation, allowed: readonly string[], where: string): void {
  const seen = operation.look(world);
  assert.ok(allowed.includes(seen), `${where}: found ${seen}, allowed ${allowed.join(' or ')}`);
  if (!operation.hash) return;
  checkPool(world, where);
  const { arena, map } = world;
  assert.equal(arena.i32[lockOf(world, 1) / 4], 0, `${where}: the lock is open`);
  assert.equal(arena.i32[(map + HOLD) / 4], 0, `${where}: nobody is held off`);
  if (operation.mainOnly) return;
  assert.equal(setKey(arena, map, 1, 55), 0, `${where}: main can write the bucket`);
  assert.equal(getKey(arena, map, 1), 55, where);
  withThread(arena, (other) => {
    assert.equal(setKey(other, map, 1, 56), 0, `${where}: another thread can write the bucket`);
    assert.equal(getKey(other, map, 1), 56, where);
  });
  checkPool(world, where);
}

/** Every element that was ever handed out is live, free, retired or waiting. */
export function checkPool({ arena, map }: World, where: string): void {
  const { core } = arena;
  const parts = [0, 1, 2].map((what) => core.poolCensus(map, what));
  const sum = parts.reduce((total, part) => total + part, core.elementCount(map));
  assert.equal(sum, core.poolCensus(map, 3), `${where}: elements are lost (free, arrived, waiting: ${parts})`);
}

/** Another thread's instance of the core, for a moment. */
export function withThread(arena: Arena, use: (other: Arena) => void): void {
  const other = openArena(arena.handle);
  other.core.claimSlot(2);
  use(other);
  other.core.releaseSlot();
}

/** Retire and free a world's maps. */
export function endWorld({ arena, map, others }: World, outer: boolean): void {
  const { core } = arena;
  core.mapRetire(map);
  if (outer) for (const inner of others) core.mapRetire(inner);
  core.mapReap();
  assert.equal(core.retiredMaps(), 0);
}
