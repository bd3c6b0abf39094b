/**
 * Random concurrent histories of each map type against its sequential model. 200 a type; INNERMAP_HISTORIES=10000 (and
 * more) for the long run. INNERMAP_SEED makes another plan; a plan does not fix the timing.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Call, GET, linearization, SET } from './checker.js';
import { arrayModel } from './models.js';
import { HistoryRunner } from './runner.js';
import { SUBJECTS } from './subjects.js';
import { HANGS } from '../timing.js';

const HISTORIES = Number(process.env['INNERMAP_HISTORIES'] ?? 200);
const SEED = Number(process.env['INNERMAP_SEED'] ?? 1);

describe(`histories of 2 to 4 threads (seed ${SEED})`, () => {
  let runner: HistoryRunner;
  before(async () => {
    runner = await HistoryRunner.create('core-steps', SEED);
  });
  after(() => runner.close());

  for (const subject of SUBJECTS) {
    test(subject.name, async (context) => {
      const { histories, overlapping, failure } = await runner.run(subject, HISTORIES);
      assert.equal(failure, null, `not linearizable (seed ${SEED}), ${failure}`);
      assert.ok(histories >= HISTORIES && 2 * overlapping >= histories);
      context.diagnostic(`${histories} histories, ${overlapping} of them overlapping on one key`);
    });
  }
});

describe('a seeded bug is found', () => {
  for (const [mutant, name] of [
    ['no-retry', 'hash, one chain'],
    ['unlink-first', 'hash'],
    ['torn-peek', 'queue'],
  ] as const) {
    test(mutant, async (context) => {
      const runner = await HistoryRunner.create(`core-mutant-${mutant}`, SEED);
      const subject = SUBJECTS.find((one) => one.name === name);
      assert.ok(subject);
      try {
        const { histories, failure } = await runner.run(subject, 1e6, performance.now() + HANGS);
        assert.notEqual(failure, null, `not found in ${histories} histories`);
        context.diagnostic(`found in history ${histories}`);
      } finally {
        await runner.close();
      }
    });
  }
});

describe('the checker', () => {
  const call = (thread: number, kind: number, value: number, invoked: number, returned: number, result: number): Call => ({
    thread, kind, key: 0, value, invoked, returned, result,
  }); // biome-ignore format: short

  test('accepts a read that falls into a write, with the old or the new value', () => {
    for (const result of [0, 7]) {
      assert.ok(linearization([call(0, SET, 7, 0, 3, 0), call(1, GET, 0, 1, 2, result)], arrayModel));
    }
  });

  test('refuses a read of the old value after the new one was read', () => {
    const history = [call(0, SET, 7, 0, 9, 0), call(1, GET, 0, 1, 2, 7), call(1, GET, 0, 3, 4, 0)];
    assert.equal(linearization(history, arrayModel), null);
  });

  test('refuses a stale read', () => {
    assert.equal(linearization([call(0, SET, 7, 0, 1, 0), call(1, GET, 0, 2, 3, 0)], arrayModel), null);
  });
});
