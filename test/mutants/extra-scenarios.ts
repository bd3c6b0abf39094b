/** Scenarios of the mutants of recovery, over the kill points of single operations. */
import assert from 'node:assert/strict';
import { ETIMEDOUT } from '../core/support.js';
import { checkNodes, KEYED } from '../core/type-kill-points/keyed.js';
import { KEYLESS } from '../core/type-kill-points/keyless.js';
import { endWorld, otherThread, steppedArena, stops } from '../core/type-kill-points/stop.js';
import { newWorld, type Operation, put, update } from '../core/type-kill-points/world.js';
import type { Scenario } from './scenarios.js';

const LRU_HASH = 9;
const MAP_HOLD = 56;
const MAP_LOCK = 212;

function named(name: string): Operation {
  const found = [...KEYED, ...KEYLESS].find((operation) => operation.name === name);
  assert.ok(found, name);
  return found;
}

/** Deletes while another thread has the map's lock for longer than the bound: their nodes come back later. */
export function deletesUnderClosedLock(build: string): void {
  const arena = steppedArena(build);
  arena.core.setLockTimeout(1);
  const world = newWorld(arena, { type: LRU_HASH, maxEntries: 16 }, (map) => {
    for (let key = 0; key < 16; key++) assert.equal(update(arena, map, [key], [key]), 0);
  });
  const lock = (world.map + MAP_LOCK) / 4;
  arena.i32[lock] = 3; // a live thread that does not get the processor
  for (let key = 0; key < 16; key++) assert.equal(arena.core.elementDelete(world.map, put(arena, 0, [key])), 0);
  arena.i32[lock] = 0;
  for (let key = 100; key < 132; key++) assert.equal(update(arena, world.map, [key], [key]), 0, `key ${key}`);
  checkNodes(world, 'after the lock opened');
  endWorld(world);
}

/** A thread dies in its own recovery, with writers held off; main's recovery is cut off; a writer comes. */
function writesIntoHalfRepaired(build: string): void {
  const operation = named('LRU hash (flags 0): replace');
  const arena = steppedArena(build);
  let heldOff = 0;
  for (let n = 8; n < 44; n += 4) {
    for (let m = 3; m < 40; m += 4) {
      const world = operation.prepare(arena);
      const dead = otherThread(arena);
      const { slot, incarnation } = dead;
      const stopped =
        stops(dead, n, () => operation.run(dead, world)) && stops(dead, m, () => void dead.core.recoverSelf());
      const writer = otherThread(arena);
      const isHeld = stopped && arena.i32[(world.map + MAP_HOLD) / 4] !== 0;
      if (isHeld && stops(arena, 5, () => void arena.core.recover(slot, incarnation))) {
        assert.equal(update(writer, world.map, [3], [3]), ETIMEDOUT, `n = ${n}, m = ${m}: a writer got in`);
        heldOff++;
      }
      writer.core.releaseSlot();
      assert.equal(arena.core.recoverSelf(), 0);
      assert.equal(arena.core.recover(slot, incarnation), 0);
      endWorld(world);
    }
  }
  assert.ok(heldOff > 5);
}

function everyRingDeath(build: string): void {
  const operation = named('ring buffer: output across the end');
  const arena = steppedArena(build);
  for (let n = 1, stopped = true; stopped; n++) {
    const world = operation.prepare(arena);
    const dead = otherThread(arena);
    const { slot, incarnation } = dead;
    stopped = stops(dead, n, () => operation.run(dead, world));
    assert.equal(arena.core.recover(slot, incarnation), 0);
    operation.look(world);
    endWorld(world);
  }
}

export const EXTRA_SCENARIOS: Readonly<Record<string, Scenario>> = {
  'node-lost': deletesUnderClosedLock,
  'hold-opened': writesIntoHalfRepaired,
  'owner-forgotten': everyRingDeath,
};
