/** All interleavings of the epoch protocol's steps: no reader ever holds a freed map. See protocol.ts for what is modelled. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Bug, explore, readerSteps, startState, type State, writerSteps } from './protocol.js';
import { storesOf } from './trace.js';

test('2 readers, 1 writer, 2 swaps, one death: no reader holds a freed map, and everything is freed at last', (context) => {
  const began = performance.now();
  const { states, schedules, violation, stuck } = explore();
  context.diagnostic(`${schedules} interleavings, ${states} states, ${Math.round(performance.now() - began)} ms`);
  assert.equal(violation, null);
  assert.equal(stuck, 0);
  assert.ok(schedules > 10n ** 9n);
});

describe('a bug in the protocol is found', () => {
  const bugs: Bug[] = [
    'stamp before unlink',
    'local stamp',
    'load before enter',
    'slot skipped',
    'freed early',
    'slot cleared before exit',
  ];
  for (const bug of bugs) {
    test(bug, (context) => {
      const { violation } = explore(bug);
      assert.ok(violation, 'no interleaving violates');
      context.diagnostic(violation.join(', '));
    });
  }
});

describe('the core makes the model’s stores in the model’s order', () => {
  test('enter and leave', () => {
    const modelled = modelStores(readerSteps(0), (state) => state.readers[0]!, 4);
    assert.deepEqual(
      storesOf('reader', ({ reader, outer }) => {
        reader.core.enter();
        reader.core.outerFind(outer, reader.core.slotScratch(reader.slot));
        reader.core.leave();
      }),
      modelled,
    );
  });

  test('exchange, retire and reap', () => {
    const modelled = modelStores(writerSteps(), (state) => state.writer, 8);
    assert.deepEqual(
      storesOf('main', ({ arena, outer, maps }) => {
        arena.core.arrayOfMapsExchange(outer, 0, maps[1] as number);
        arena.core.mapRetire(maps[0] as number);
        arena.core.mapReap();
      }),
      modelled,
    );
  });

  test('recovery of a dead reader clears its slot', () => {
    const stores = storesOf(
      'main',
      ({ arena, reader }) => void arena.core.recover(reader.slot, reader.incarnation),
      ({ reader }) => reader.core.enter(),
    );
    assert.deepEqual(stores, ['S <- 0']);
  });
});

/** The model's stores when one thread makes its first `count` steps alone. */
function modelStores<T extends { at: number }>(
  steps: readonly ((state: State, self: T, slot: number) => void)[],
  selfOf: (state: State) => T,
  count: number,
): string[] {
  const words = (state: State): Record<string, number> => ({
    G: state.epoch,
    S: state.slots[0] as number,
    outer: state.outer,
    stamp: state.stamps[0] as number,
    freed: state.freed.filter(Boolean).length,
  });
  const state = startState();
  const seen: string[] = [];
  for (const step of steps.slice(0, count)) {
    const before = words(state);
    step(state, selfOf(state), 0);
    for (const [word, value] of Object.entries(words(state)))
      if (value !== before[word]) seen.push(`${word} <- ${value}`);
  }
  return seen;
}
