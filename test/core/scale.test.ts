/** Many maps: creation, swaps and destruction in linear time, and nothing left. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ARRAY, ARRAY_OF_MAPS, newMap, testArena } from './support.js';

const MAPS = 100_000;
const OTHER_SIZES = [1, 9, 30, 70];

test('100,000 inner maps come and go in linear time', (t) => {
  const arena = testArena({ bytes: 2 ** 28 });
  const { core } = arena;
  const start = core.arenaUsedBytes();
  const outer = newMap(arena, { type: ARRAY_OF_MAPS, valueSize: 4, maxEntries: MAPS });
  // Of the processor: the wall clock would say more of what else the machine does.
  const timed = (count: number, run: (index: number) => void): number => {
    const begin = process.cpuUsage();
    for (let index = 0; index < count; index++) run(index);
    const { user, system } = process.cpuUsage(begin);
    return (user + system) / 1000;
  };
  const inner = (index: number) => newMap(arena, { type: ARRAY, maxEntries: OTHER_SIZES[index % OTHER_SIZES.length]! });
  const fill = (index: number) => assert.equal(core.arrayOfMapsExchange(outer, index, inner(index)), 0);
  const firstTenth = timed(MAPS / 10, fill);
  const rest = timed(MAPS - MAPS / 10, (index) => fill(index + MAPS / 10));
  const swaps = timed(MAPS, (index) => {
    core.mapRetire(core.arrayOfMapsExchange(outer, index, inner(index + 1)));
    if (index % 64 === 0) core.mapReap();
  });
  const ends = timed(MAPS, (index) => core.mapRetire(core.arrayOfMapsExchange(outer, index, 0)));
  core.mapRetire(outer);
  core.mapReap();
  assert.equal(core.retiredMaps(), 0);
  assert.equal(core.freedMaps(), 2 * MAPS + 1);
  assert.equal(core.arenaUsedBytes(), start);
  t.diagnostic(`ms: create ${firstTenth + rest}, swap ${swaps}, destroy ${ends}`);
  // Quadratic work would make the last nine tenths take 99 times the first.
  assert.ok(rest < 40 * firstTenth + 200, `${firstTenth} ms, then ${rest} ms`);
});
