/** Recovery that is itself disturbed: by other dead threads, by its own death, by locks that stay closed. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as core from '../support.js';
import { HASH_OPERATIONS } from '../kill-points/operations.js';
import { deletesUnderClosedLock } from '../../mutants/extra-scenarios.js';
import { KEYED } from './keyed.js';
import { KEYLESS } from './keyless.js';
import { checkRecovered, EAGAIN, endWorld, otherThread, outcomesOf, steppedArena, stops } from './stop.js';
import { type Operation, update } from './world.js';
import { promised } from '../../timing.js';

function named(name: string): Operation {
  const found = [...KEYED, ...KEYLESS].find((operation) => operation.name === name);
  assert.ok(found, name);
  return found;
}

const TWICE = [
  'LPM trie: replace',
  'per-CPU hash (flags 0): delete',
  'LRU hash (flags 0): insert into a full map (evicts)',
  'LRU hash (flags 2): delete',
  'queue: push that drops the oldest',
  'ring buffer: output across the end',
];

describe('two threads that died in one map', () => {
  for (const name of TWICE) test(name, () => everyPair(named(name)));
});

/** The first dies before store n. The second, which may find a lock closed, before store m. */
function everyPair(operation: Operation): void {
  const arena = steppedArena();
  const { before, after } = outcomesOf(arena, operation);
  for (let n = 1, stopped = true; stopped; n++) {
    for (const m of [n, 5, 14]) {
      const world = operation.prepare(arena);
      const dead = [otherThread(arena), otherThread(arena)] as const;
      const slots = dead.map(({ slot, incarnation }) => ({ slot, incarnation }));
      stopped = stops(dead[0], n, () => operation.run(dead[0], world));
      stops(dead[1], m, () => operation.run(dead[1], world));
      const [first, second] = n % 2 === 0 ? slots : slots.toReversed();
      // The other one has not been heard of yet: its record keeps this one waiting.
      const early = arena.core.recover(first!.slot, first!.incarnation);
      assert.ok(early === 0 || early === EAGAIN, `${early}`);
      assert.equal(arena.core.recover(second!.slot, second!.incarnation), 0);
      if (early !== 0) assert.equal(arena.core.recover(first!.slot, first!.incarnation), 0);
      // Both made the same change, so that parts are old or new; a queue may have had it twice.
      if (!Object.hasOwn(before, 'values') && !Object.hasOwn(before, 'records')) {
        checkRecovered(world, operation, { before, after }, `deaths at ${n} and ${m}`);
      } else {
        operation.look(world);
        assert.equal(operation.write(arena, world), 0);
      }
      endWorld(world);
    }
  }
}

describe('a thread that dies in the midst of its own recovery', () => {
  for (const name of ['LRU hash (flags 0): replace', 'LPM trie: insert beside (makes a fork)']) {
    test(name, () => keepsWritersOut(named(name)));
  }
});

/**
 * Half repaired, the map must not be written before main has repaired it: main's recovery takes the hold over. It is
 * stopped itself after each of its first stores, and a third thread tries to write.
 */
function keepsWritersOut(operation: Operation): void {
  const arena = steppedArena();
  const outcomes = outcomesOf(arena, operation);
  let heldOff = 0;
  for (let m = 1; m < 60; m += 2) {
    const world = operation.prepare(arena);
    const dead = otherThread(arena);
    const { slot, incarnation } = dead;
    assert.ok(stops(dead, 12, () => operation.run(dead, world)));
    if (!stops(dead, m, () => void dead.core.recoverSelf())) break;
    const isHeld = arena.i32[(world.map + 56) / 4] !== 0;
    const writer = otherThread(arena);
    for (let k = 1; k < 12; k++) {
      if (!stops(arena, k, () => void arena.core.recover(slot, incarnation))) break;
      if (!isHeld || arena.i32[(world.map + 56) / 4] === 0) break;
      assert.equal(operation.write(writer, world), core.ETIMEDOUT, `m = ${m}, k = ${k}`);
      heldOff++;
    }
    writer.core.releaseSlot();
    assert.equal(arena.core.recoverSelf(), 0);
    const result = arena.core.recover(slot, incarnation);
    assert.ok(result === 0 || result === core.ESRCH);
    checkRecovered(world, operation, outcomes, `m = ${m}`);
    endWorld(world);
  }
  assert.ok(heldOff > 20, `only ${heldOff} writes met the hold: the test saw nothing`);
}

test('nodes of an LRU map whose lock stays closed are not lost', () => deletesUnderClosedLock('core-steps'));

test('a dead thread’s bucket stays closed for its bound, and look-ups go on', (context) => {
  const arena = core.testArena({ build: 'core-steps' });
  const operation = HASH_OPERATIONS.find(({ name }) => name === 'hash: replace')!;
  const world = operation.prepare(arena);
  const dead = otherThread(arena);
  const { slot, incarnation } = dead;
  assert.ok(stops(dead, 9, () => operation.run(dead, world)));
  const began = performance.now();
  assert.equal(update(arena, world.map, [1], [5]), core.ETIMEDOUT);
  const waited = performance.now() - began;
  assert.ok(waited > 80, `waited ${waited} ms`);
  promised(context, 'a write to a closed bucket', waited, 150);
  assert.match(operation.look(world), /1:(101|7) /);
  assert.equal(arena.core.recover(slot, incarnation), 0);
  assert.equal(update(arena, world.map, [1], [5]), 0);
});
