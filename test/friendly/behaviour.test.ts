/** One suite over every map type, on the main thread and in a reader's. What differs by type is data. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type BpfMap, Runtime, u64 } from 'innermap';
import { ACTORS, type Actor, type Call } from './behaviour/actors.js';
import { CPUS, KEYED, type KeyedCase, QUEUES } from './behaviour/cases.js';

let runtime: Runtime;

before(async () => {
  runtime = await Runtime.create({ workers: 0, possibleCpus: CPUS });
});
after(() => runtime.close());

async function withMap(actor: Actor, spec: KeyedCase['spec'], test: (call: Call, map: BpfMap) => Promise<void>) {
  const map: BpfMap = runtime.createMap(spec);
  try {
    await actor.use(runtime, map, (call) => test(call, map));
  } finally {
    map.close();
  }
}

for (const actor of ACTORS) {
  for (const { title, spec, keys, values, initial, beyond, full, takes } of KEYED) {
    const fixed = initial !== undefined;
    describe(`${title}, used by ${actor.title}`, () => {
      it('has what was set, and nothing else', async () => {
        await withMap(actor, spec, async (call) => {
          assert.deepEqual(await call('get', keys[0]), initial);
          assert.equal(await call('has', keys[0]), fixed);
          for (const index of [0, 1, 2]) await call('set', keys[index], values[index]);
          for (const index of [0, 1, 2]) assert.deepEqual(await call('get', keys[index]), values[index]);
          assert.equal(await call('has', keys[2]), true);
          assert.deepEqual(await call('get', keys[3]), initial);
          await call('set', keys[1], values[3]);
          assert.deepEqual(await call('get', keys[1]), values[3]);
          assert.deepEqual(await call('get', keys[0]), values[0]);
        });
      });

      it('inserts only what is missing and replaces only what is there', async () => {
        await withMap(actor, spec, async (call) => {
          assert.equal(await call('replace', keys[0], values[0]), fixed);
          assert.deepEqual(await call('get', keys[0]), fixed ? values[0] : undefined);
          assert.equal(await call('insert', keys[1], values[1]), !fixed);
          assert.equal(await call('insert', keys[1], values[2]), false);
          assert.deepEqual(await call('get', keys[1]), fixed ? initial : values[1]);
          assert.equal(await call('replace', keys[1], values[3]), true);
          assert.deepEqual(await call('get', keys[1]), values[3]);
        });
      });

      it(fixed ? 'refuses deletion' : 'deletes what is there', async () => {
        await withMap(actor, spec, async (call) => {
          await call('set', keys[0], values[0]);
          await call('set', keys[1], values[1]);
          if (fixed) {
            await assert.rejects(call('delete', keys[0]), { code: 'EINVAL' });
          } else {
            assert.equal(await call('delete', keys[0]), true);
            assert.equal(await call('delete', keys[0]), false);
            assert.equal(await call('get', keys[0]), undefined);
          }
          assert.deepEqual(await call('get', keys[1]), values[1]);
        });
      });

      if (takes) {
        it('takes an element: its value, once', async () => {
          await withMap(actor, spec, async (call) => {
            await call('set', keys[2], values[2]);
            assert.deepEqual(await call('take', keys[2]), values[2]);
            assert.equal(await call('take', keys[2]), undefined);
            assert.equal(await call('has', keys[2]), false);
          });
        });
      }

      if (full !== undefined) {
        it(`is full at exactly maxEntries (${full}), where replacing still works`, async () => {
          await withMap(actor, spec, async (call) => {
            for (const index of [0, 1, 2]) await call('set', keys[index], values[index]);
            await assert.rejects(call('set', keys[3], values[3]), { code: full });
            await assert.rejects(call('insert', keys[3], values[3]), { code: full });
            assert.equal(await call('has', keys[3]), false);
            await call('set', keys[0], values[3]);
            assert.deepEqual(await call('get', keys[0]), values[3]);
            assert.equal(await call('delete', keys[1]), true);
            await call('set', keys[3], values[3]);
            assert.deepEqual(await call('get', keys[3]), values[3]);
          });
        });
      }

      if (beyond !== undefined) {
        it('has nothing beyond its end', async () => {
          await withMap(actor, spec, async (call) => {
            assert.equal(await call('get', beyond), undefined);
            assert.equal(await call('has', beyond), false);
            await assert.rejects(call('set', beyond, values[0]), { code: 'E2BIG' });
          });
        });
      }

      it('refuses a value that its codec cannot hold, and changes nothing', async () => {
        await withMap(actor, spec, async (call) => {
          await assert.rejects(call('set', keys[0], 'no such value'), { code: 'ERR_INNERMAP_CODEC' });
          assert.deepEqual(await call('get', keys[0]), initial);
        });
      });
    });
  }

  for (const { title, spec, pushed, popped, overwritten } of QUEUES) {
    describe(`${title}, used by ${actor.title}`, () => {
      it('gives back what was pushed, in its order', async () => {
        await withMap(actor, spec, async (call) => {
          assert.equal(await call('pop'), undefined);
          assert.equal(await call('peek'), undefined);
          for (const value of pushed) await call('push', value);
          assert.equal(await call('peek'), popped[0]);
          for (const value of popped) assert.equal(await call('pop'), value);
          assert.equal(await call('pop'), undefined);
        });
      });

      it('is full at exactly maxEntries, and drops the oldest when told so', async () => {
        await withMap(actor, spec, async (call) => {
          for (const value of pushed) assert.equal(await call('offer', value), true);
          assert.equal(await call('offer', 4n), false);
          await assert.rejects(call('push', 4n), { code: 'E2BIG' });
          await call('push', 4n, { overwrite: true });
          for (const value of overwritten) assert.equal(await call('pop'), value);
          assert.equal(await call('pop'), undefined);
        });
      });
    });
  }

  describe(`bloom_filter, used by ${actor.title}`, () => {
    it('never denies what was added, and denies most of the rest', async () => {
      await withMap(actor, { type: 'bloom_filter', value: u64, maxEntries: 100, hashes: 4 }, async (call) => {
        assert.equal(await call('has', 1n), false);
        for (let value = 0n; value < 100n; value++) await call('add', value);
        for (let value = 0n; value < 100n; value++) assert.equal(await call('has', value), true);
        let wrong = 0;
        for (let value = 1000n; value < 1200n; value++) if (await call('has', value)) wrong++;
        assert.ok(wrong < 40, `${wrong} of 200 are false positives`);
      });
    });
  });
}
