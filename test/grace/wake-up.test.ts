import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GracePeriods } from '#dist/api/grace-periods.js';
import { ManualScheduler, ModelCore, settled } from './model.js';

/** All ways to spread `steps` steps, in order, over `points` points: for each step, its point. */
function* schedules(steps: number, points: number, from = 0): Generator<number[]> {
  if (steps === 0) {
    yield [];
    return;
  }
  for (let point = from; point < points; point++) {
    for (const rest of schedules(steps - 1, points, point)) yield [point, ...rest];
  }
}

/** Points of the main thread's path at which another thread may act: around each call, and after the last. */
const POINTS = 8;

async function run(schedule: readonly number[]): Promise<boolean> {
  const model = new ModelCore();
  const grace = new GracePeriods(model.arena, { scheduler: new ManualScheduler(model) });
  const reader = model.reader(1).enter();
  let done = 0;
  let point = 0;
  const stepsUpTo = (limit: number) => {
    while (done < reader.steps.length && (schedule[done] as number) <= limit) {
      reader.steps[done]?.();
      done++;
    }
  };
  model.before = () => stepsUpTo(point++);
  const wait = grace.synchronize();
  stepsUpTo(POINTS);
  const woken = await settled(wait);
  grace.close();
  await wait.catch(() => {});
  return woken;
}

test('a leaving reader wakes the waiting main thread, however their steps interleave', async () => {
  let count = 0;
  for (const schedule of schedules(4, POINTS)) {
    assert.ok(await run(schedule), `lost wake-up when the reader's steps fall on points ${schedule}`);
    count++;
  }
  assert.equal(count, 330);
});

test('two readers that leave in either order wake the waits of two stamps', async () => {
  for (const order of [
    [0, 1],
    [1, 0],
  ] as const) {
    const model = new ModelCore();
    const grace = new GracePeriods(model.arena, { scheduler: new ManualScheduler(model) });
    const readers = [model.reader(1).enter()];
    const first = grace.synchronize();
    readers.push(model.reader(2).enter());
    const second = grace.synchronize();
    readers[order[0]]?.leave();
    // The later stamp waits for both readers, the earlier one for the first alone.
    assert.equal(await settled(first), order[0] === 0);
    assert.equal(await settled(second), false);
    readers[order[1]]?.leave();
    assert.equal(await settled(first), true);
    assert.equal(await settled(second), true);
    assert.equal(model.awaited, 0, 'nothing is awaited any more');
  }
});

test('a wait with an earlier stamp joins one that is pending', async () => {
  const model = new ModelCore();
  const grace = new GracePeriods(model.arena, { scheduler: new ManualScheduler(model) });
  const early = model.epoch;
  const old = model.reader(1).enter();
  model.epoch++;
  const young = model.reader(2).enter();
  const late = grace.synchronize();
  const joined = grace.waitFor(early);
  assert.equal(model.awaited, early);
  old.leave();
  assert.equal(await settled(joined), true);
  assert.equal(await settled(late), false);
  young.leave();
  assert.equal(await settled(late), true);
});

test('a reader that died wakes nobody: the exit handler runs the waits again', async () => {
  const model = new ModelCore();
  const grace = new GracePeriods(model.arena, { scheduler: new ManualScheduler(model) });
  const reader = model.reader(1).enter();
  const wait = grace.synchronize();
  reader.dieAndRecover();
  assert.equal(await settled(wait), false);
  grace.workerExited();
  assert.equal(await settled(wait), true);
});
