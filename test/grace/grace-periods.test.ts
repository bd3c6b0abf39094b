import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GracePeriods, type StallReport } from '#dist/api/grace-periods.js';
import { ManualScheduler, ModelCore, settled, turns } from './model.js';

function setUp(hooks: ConstructorParameters<typeof GracePeriods>[1] = {}) {
  const model = new ModelCore();
  const scheduler = new ManualScheduler(model);
  return { model, scheduler, grace: new GracePeriods(model.arena, { scheduler, ...hooks }) };
}

/** The same with turns of the event loop that the test takes: `looked` runs what waits for one; false = nothing did. */
function setUpWithTurns() {
  const model = new ModelCore();
  const due: (() => void)[] = [];
  const scheduler = Object.assign(new ManualScheduler(model), { soon: (callback: () => void) => due.push(callback) });
  const looked = (): boolean => {
    const callbacks = due.splice(0);
    for (const callback of callbacks) callback();
    return callbacks.length > 0;
  };
  return { model, looked, grace: new GracePeriods(model.arena, { scheduler }) };
}

test('synchronize without readers resolves at once and leaves nothing armed', async () => {
  const { model, scheduler, grace } = setUp();
  await grace.synchronize();
  assert.deepEqual([scheduler.holds, scheduler.armedTimers, model.awaited], [0, 0, 0]);
});

test('synchronize waits for the sections that run, not for those that begin later', async () => {
  const { model, scheduler, grace } = setUp();
  const running = model.reader(0).enter();
  const wait = grace.synchronize();
  const later = model.reader(1).enter();
  assert.equal(scheduler.holds, 1, 'a wait of a caller keeps the process alive');
  assert.equal(await settled(wait), false);
  running.leave();
  assert.equal(await settled(wait), true);
  assert.equal(scheduler.holds, 0);
  later.leave();
});

test('synchronize and barrier inside a section of this thread throw EDEADLK', () => {
  const { model, grace } = setUp();
  model.depth = 1;
  for (const call of [() => grace.synchronize(), () => grace.barrier(), () => grace.waitFor(1)]) {
    assert.throws(call, { code: 'EDEADLK' });
  }
});

test('an abort rejects with AbortError, ends the wait and leaves the others', async () => {
  const { model, scheduler, grace } = setUp();
  const reader = model.reader(0).enter();
  const controller = new AbortController();
  const aborted = grace.synchronize({ signal: controller.signal });
  const kept = grace.synchronize();
  controller.abort('enough');
  await assert.rejects(aborted, { name: 'AbortError', code: 'ABORT_ERR', cause: 'enough' });
  assert.equal(grace.waiting, 1);
  assert.equal(await settled(kept), false);
  reader.leave();
  await kept;
  assert.equal(scheduler.holds, 0);
});

test('a signal that has fired already rejects without a wait', async () => {
  const { grace } = setUp();
  await assert.rejects(grace.synchronize({ signal: AbortSignal.abort() }), { name: 'AbortError' });
  assert.equal(grace.waiting, 0);
});

test('a timeout rejects with TimeoutError, and so does a signal that timed out', async () => {
  const { model, scheduler, grace } = setUp();
  model.reader(0).enter();
  const wait = grace.synchronize({ timeout: 20 });
  scheduler.advance(19);
  assert.equal(await settled(wait), false);
  scheduler.advance(1);
  await assert.rejects(wait, { name: 'TimeoutError', code: 'ETIMEDOUT' });
  const signalled = grace.barrier({ signal: AbortSignal.timeout(1) });
  await assert.rejects(signalled, { name: 'TimeoutError' });
  assert.equal(scheduler.holds, 0);
  assert.equal(model.awaited, 0);
  assert.throws(() => grace.synchronize({ timeout: -1 }), /timeout: given -1, expected milliseconds/);
});

test('kick frees at once without readers, and in the background with them', async () => {
  const { model, scheduler, grace } = setUp();
  model.retire();
  grace.kick();
  assert.equal(model.freed, 1);
  const reader = model.reader(0).enter();
  model.retire();
  grace.kick();
  model.retire();
  grace.kick();
  assert.equal(model.freed, 1);
  assert.equal(scheduler.holds, 0, 'freeing in the background does not keep the process alive');
  reader.leave();
  await turns();
  assert.equal(model.freed, 3);
  assert.deepEqual([model.awaited, scheduler.armedTimers], [0, 0]);
});

test('barrier resolves after everything retired before it is freed and deferred callbacks have run', async () => {
  const { model, grace } = setUp();
  const reader = model.reader(0).enter();
  model.retire();
  grace.kick();
  const order: string[] = [];
  grace.defer(() => order.push('first'));
  grace.defer(() => {
    order.push('second');
    model.retire();
    grace.kick();
    grace.defer(() => order.push('descendant'));
  });
  const barrier = grace.barrier().then(() => order.push('barrier'));
  await turns();
  assert.deepEqual(order, []);
  reader.leave();
  await barrier;
  assert.deepEqual(order, ['first', 'second', 'descendant', 'barrier']);
  assert.equal(model.freed, 2);
});

test('a deferred callback never runs inside defer, and runs without a barrier', async () => {
  const { grace } = setUp();
  let ran = false;
  grace.defer(() => {
    ran = true;
  });
  assert.equal(ran, false);
  await turns();
  assert.equal(ran, true);
});

test('a deferred callback that throws is reported and does not stop the others', async () => {
  const errors: unknown[] = [];
  const { grace } = setUp({ onError: (error) => errors.push(error) });
  let ran = false;
  grace.defer(() => {
    throw new Error('broken');
  });
  grace.defer(() => {
    ran = true;
  });
  await grace.barrier();
  assert.equal(ran, true);
  assert.match(String(errors), /broken/);
});

test('close rejects pending waits and those that come later', async () => {
  const { model, scheduler, grace } = setUp();
  model.reader(0).enter();
  const waits = [grace.synchronize(), grace.synchronize()];
  grace.close();
  for (const wait of waits) await assert.rejects(wait, { name: 'AbortError' });
  await assert.rejects(grace.synchronize(), { name: 'AbortError' });
  assert.deepEqual([scheduler.holds, scheduler.armedTimers], [0, 0]);
});

test('a stalled section is reported once it is old enough, and again at growing ages', async () => {
  const reports: StallReport[] = [];
  const { model, scheduler, grace } = setUp({
    stallAfter: 100,
    onStall: (report) => reports.push(report),
    workerOf: (slot) => slot + 40,
    programName: (id) => `program ${id}`,
  });
  const reader = model.reader(2).enter();
  scheduler.advance(5000);
  assert.equal(reports.length, 0, 'nobody waits, so no timer is armed');
  model.retire();
  grace.kick();
  const wait = grace.synchronize();
  scheduler.advance(99);
  assert.equal(reports.length, 0);
  scheduler.advance(1000);
  assert.deepEqual(
    reports.map((report) => Math.floor(report.ageMs / 100)),
    [1, 2, 4, 8],
    'ages count from the first sight, and double',
  );
  const { slot, kind, worker, program, programId, bytesHeldBack } = reports[0] as StallReport;
  assert.deepEqual([slot, kind, worker, program, programId], [2, 'worker', 42, 'program 102', 102]);
  assert.equal(bytesHeldBack, 4096);
  reader.leave();
  await wait;
  scheduler.advance(100_000);
  assert.equal(reports.length, 4);
  assert.equal(scheduler.armedTimers, 0);
});

test('a new wait is looked at for some turns of the event loop, and then sleeps until it is woken', async () => {
  const { model, looked, grace } = setUpWithTurns();
  const short = model.reader(0).enter();
  const first = grace.synchronize();
  looked();
  assert.equal(await settled(first), false);
  short.leave();
  assert.equal(model.awaited, 0, 'no reader was asked to wake anybody');
  assert.equal(await settled(first), false);
  looked();
  await first;

  const long = model.reader(0).enter();
  const second = grace.synchronize();
  let turns = 0;
  while (looked()) assert.ok(++turns < 1000, 'the looks come to an end');
  assert.notEqual(model.awaited, 0, 'then the readers are asked');
  assert.equal(await settled(second), false);
  long.leave();
  await second;
});

test('waits that are over at once leave the event loop a turn now and then', async () => {
  const { looked, grace } = setUpWithTurns();
  let turns = 0;
  for (let count = 0; count < 1000; count++) {
    const wait = count % 2 === 0 ? grace.synchronize() : grace.turn();
    if (await settled(wait)) continue;
    turns++;
    assert.equal(looked(), true);
    await wait;
  }
  assert.ok(turns >= 10 && turns <= 100, `${turns} turns in 1000 waits`);
});

test('a little that is retired is freed in a microtask, much or more at once; waiting begins in the microtask', async () => {
  const { model, grace } = setUp();
  model.retire();
  grace.kickSoon();
  assert.equal(model.freed, 0);
  await Promise.resolve();
  assert.equal(model.freed, 1);
  for (let count = 0; count < 2; count++) {
    model.retire();
    grace.kickSoon();
  }
  assert.equal(model.freed, 3, 'the second time in a turn');
  await Promise.resolve();
  for (let count = 0; count < 65; count++) model.retire();
  grace.kickSoon();
  assert.equal(model.freed, 68, 'more than 256 KiB');
  const reader = model.reader(0).enter();
  model.retire();
  grace.kickSoon();
  assert.equal(model.awaited, 0);
  await Promise.resolve();
  assert.notEqual(model.awaited, 0);
  reader.leave();
  await turns();
  assert.equal(model.freed, 69);
});
