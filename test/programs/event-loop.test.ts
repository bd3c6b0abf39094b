/** Loading a large program keeps the main thread's event loop going. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { after, before, describe, type TestContext, test } from 'node:test';
import { Runtime, u64 } from 'innermap';
import { promised } from '../timing.js';
import { branchy } from './branchy.js';

const INSTRUCTIONS = 10_000;
const BOUND = 10;
const SCHEDULE = '/proc/thread-self/schedstat';

/**
 * Milliseconds that this thread has computed; on a machine that is busy with other things the wall clock would say
 * more of those than of the turn. Elsewhere than on Linux there is only the wall clock.
 */
function computed(): number {
  if (!existsSync(SCHEDULE)) return performance.now();
  return Number(readFileSync(SCHEDULE, 'utf8').split(' ')[0]) / 1e6;
}

interface Turns<T> {
  readonly result: T;
  readonly turns: number;
  readonly longest: number;
  /** The longest one's share of all the time that `work` took. */
  readonly share: number;
}

/** Runs `work` and gives its result with the longest turn of the event loop meanwhile. */
async function longestTurn<T>(work: () => Promise<T>): Promise<Turns<T>> {
  let longest = 0;
  let turns = 0;
  let going = true;
  let begin = computed();
  const turn = () => {
    const now = computed();
    longest = Math.max(longest, now - begin);
    turns++;
    begin = now;
    if (going) setImmediate(turn);
  };
  setImmediate(turn);
  const start = performance.now();
  const result = await work();
  const whole = performance.now() - start;
  await new Promise(setImmediate);
  going = false;
  return { result, longest, turns, share: longest / whole };
}

/** Best of a few: a garbage collection or a compilation of V8's own may fall into any turn. */
async function turnsStayShort<T>(
  context: TestContext,
  times: number,
  work: () => Promise<T>,
  done: (result: T) => void,
): Promise<void> {
  let best = Number.POSITIVE_INFINITY;
  let least = 1;
  for (let time = 0; time < times; time++) {
    const { result, longest, turns, share } = await longestTurn(work);
    done(result);
    assert.ok(turns > 2, `the event loop turned only ${turns} times`);
    best = Math.min(best, longest);
    least = Math.min(least, share);
  }
  promised(context, 'the longest turn', best, BOUND);
  // On any machine: what takes long is done elsewhere.
  assert.ok(least < 1 / 3, `the longest turn was ${least} of the whole load`);
}

describe(`loading a program of ${INSTRUCTIONS} instructions`, () => {
  let runtime: Runtime;

  before(async () => {
    runtime = await Runtime.create({ workers: 1 });
    const warm = await runtime.loadProgram({ type: 'xdp', source: 'r0 = 2\nexit' });
    warm.close();
  });
  after(() => runtime.close());

  test('from text blocks the event loop for less than 10 ms', async (context) => {
    const map = runtime.createMap({ type: 'array', value: u64, maxEntries: 4 });
    const source = branchy(INSTRUCTIONS);
    const load = () => runtime.loadProgram({ type: 'xdp', source, maps: { counters: map } });
    await turnsStayShort(context, 3, load, (program) => {
      assert.ok((program.processed ?? 0) >= INSTRUCTIONS / 2);
      program.close();
    });
    map.close();
  });

  test('for the interpreter, too', async (context) => {
    const map = runtime.createMap({ type: 'array', value: u64, maxEntries: 4 });
    const source = branchy(INSTRUCTIONS);
    const spec = { type: 'xdp', source, maps: { counters: map }, engine: 'interpreter' } as const;
    await turnsStayShort(
      context,
      3,
      () => runtime.loadProgram(spec),
      (program) => program.close(),
    );
    map.close();
  });
});
