/** Loads that are given up: by a signal, a timeout, or a bound on what the verifier may process. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { readObject, Runtime, u64 } from 'innermap';
import { fixture } from '../object/fixtures.js';
import { promised } from '../timing.js';

/** The verifier walks every round of the loop. */
const ENDLESS = `
  r1 = map[counters] ll
  r6 = 0
again:
  r6 += 1
  r7 = r6
  r7 ^= 5
  if r6 != 300000 goto again
  r0 = 2
  exit
`;

describe('a load that is given up', () => {
  let runtime: Runtime;

  before(async () => {
    runtime = await Runtime.create({ workers: 0 });
  });
  after(() => runtime.close());

  const counters = () => runtime.createMap({ type: 'array', value: u64, maxEntries: 4, name: 'counters' });

  /** Nothing but the map itself is left: closing it frees it. */
  async function unreferenced(map: ReturnType<typeof counters>): Promise<void> {
    assert.deepEqual([runtime.stats().programs, runtime.stats().descriptors], [0, 1]);
    map.close();
    await runtime.barrier();
    assert.deepEqual([runtime.stats().maps.live, runtime.stats().maps.retired], [0, 0]);
  }

  test('by a signal: at once, and other loads go on', async (context) => {
    const map = counters();
    const controller = new AbortController();
    const spec = { type: 'xdp', source: ENDLESS, maps: { counters: map } } as const;
    const long = runtime.loadProgram({ ...spec, signal: controller.signal });
    const other = runtime.loadProgram({ type: 'xdp', source: 'r0 = 1\nexit' });
    let aborted = 0;
    let ended = 0;
    const settled = assert.rejects(long, { name: 'AbortError', code: 'ABORT_ERR' }).then(() => {
      ended = performance.now();
    });
    setTimeout(() => {
      aborted = performance.now();
      controller.abort();
    }, 100);
    await settled;
    const program = await other;
    assert.equal(program.testRun(new Uint8Array(64)).verdict, 1);
    program.close();
    promised(context, 'from the signal to the rejection', ended - aborted, 200);
    await unreferenced(map);
  });

  test('by a signal that fired before', async () => {
    const map = counters();
    const signal = AbortSignal.abort();
    await assert.rejects(runtime.loadProgram({ type: 'xdp', source: ENDLESS, maps: { counters: map }, signal }), {
      code: 'ABORT_ERR',
    });
    await unreferenced(map);
  });

  test('by its timeout: ETIMEDOUT names what took so long', async () => {
    const map = counters();
    const spec = { type: 'xdp', source: ENDLESS, maps: { counters: map }, timeout: 30 } as const;
    await assert.rejects(runtime.loadProgram(spec), { code: 'ETIMEDOUT', message: /too long.*timeout: 30 ms/ });
    await unreferenced(map);
  });

  test('by maxInstructions: E2BIG names the bound', async () => {
    const map = counters();
    const spec = { type: 'xdp', source: ENDLESS, maps: { counters: map }, maxInstructions: 5000 } as const;
    await assert.rejects(runtime.loadProgram(spec), { code: 'E2BIG', message: /5000|5001/ });
    await unreferenced(map);
  });

  test('of an object: nothing of it stays', async () => {
    const spec = readObject(fixture('globals.clang19.v3'), { name: 'globals' });
    const before = runtime.stats();
    await assert.rejects(runtime.loadObject(spec, { signal: AbortSignal.abort() }), { code: 'ABORT_ERR' });
    await runtime.barrier();
    const { maps, descriptors, programs } = runtime.stats();
    assert.deepEqual([maps.live, descriptors, programs], [before.maps.live, before.descriptors, before.programs]);
  });

  test('a map that is closed while the program’s text is assembled is there for it', async () => {
    const map = counters();
    const loading = runtime.loadProgram({
      type: 'xdp',
      source: 'r1 = map[counters] ll\nr0 = 2\nexit',
      maps: { counters: map },
    });
    map.close();
    const program = await loading;
    assert.equal(runtime.stats().maps.live, 1);
    program.close();
    await runtime.barrier();
    assert.equal(runtime.stats().maps.live, 0);
    assert.equal(runtime.stats().descriptors, 0);
  });

  test('text that is no assembly: the place of the error', async () => {
    const wrong = runtime.loadProgram({ type: 'xdp', source: 'r0 = 2\nr1 = map[nothing] ll\nexit' });
    await assert.rejects(wrong, { name: 'AssemblyError', code: 'EINVAL', line: 2 });
  });
});
