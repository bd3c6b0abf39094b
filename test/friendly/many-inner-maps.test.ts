/** Very many inner maps in one outer map: the work grows with their number, and nothing stays. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ArrayMap, Runtime, u32 } from 'innermap';

/** INNERMAP_INNER_MAPS=100000 for the long test. */
const COUNT = Number(process.env['INNERMAP_INNER_MAPS'] ?? 20_000);
/** A quarter of the maps takes a quarter of the time; quadratic work would take a sixteenth. */
const LINEAR = 10;

const TABLE = { type: 'array', value: u32, maxEntries: 2 } as const;

/** Milliseconds of creating, swapping and destroying `count` maps. */
async function cycle(runtime: Runtime, count: number): Promise<number> {
  const begin = process.cpuUsage();
  const outer = runtime.createMap({ type: 'array_of_maps', maxEntries: count, inner: TABLE });
  const fresh = (): ArrayMap<number> => runtime.createMap(TABLE);
  for (let index = 0; index < count; index++) {
    using inner = fresh();
    inner.set(0, index);
    outer.set(index, inner);
  }
  assert.equal(runtime.stats().maps.live, count + 1);
  for (let index = 0; index < count; index++) {
    using inner = fresh();
    inner.set(0, count + index);
    outer.set(index, inner);
  }
  await runtime.barrier();
  assert.equal(runtime.stats().maps.live, count + 1);
  for (const index of [0, 1, count >> 1, count - 1]) {
    using inner = outer.get(index) as ArrayMap<number>;
    assert.equal(inner.get(0), count + index);
  }
  outer.close();
  await runtime.barrier();
  const { user, system } = process.cpuUsage(begin);
  return (user + system) / 1000;
}

test(`${COUNT} inner maps: created, swapped and destroyed in linear time, without a leak`, async () => {
  await using runtime = await Runtime.create({ workers: 0 });
  await cycle(runtime, 500);
  const { bytesUsed } = runtime.stats().arena;
  const quarter = Math.min(await cycle(runtime, COUNT / 4), await cycle(runtime, COUNT / 4));
  const whole = await cycle(runtime, COUNT);
  assert.ok(whole < LINEAR * quarter, `${COUNT / 4} maps take ${quarter} ms, ${COUNT} take ${whole} ms`);
  const { maps, arena, descriptors } = runtime.stats();
  assert.deepEqual([maps.live, maps.retired, descriptors], [0, 0, 0]);
  assert.ok(arena.bytesUsed <= bytesUsed, `${arena.bytesUsed - bytesUsed} bytes are left over`);
});
