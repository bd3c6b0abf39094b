import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type RingBuffer, Runtime, struct, u32, u64 } from 'innermap';
import { HANGS } from '../timing.js';

let runtime: Runtime;

before(async () => {
  runtime = await Runtime.create({ workers: 0 });
});
after(() => runtime.close());

const event = struct({ pid: u32, bytes: u64 });

async function take<V>(ring: RingBuffer<V>, count: number): Promise<V[]> {
  const records: V[] = [];
  for await (const record of ring) {
    records.push(record);
    if (records.length === count) break;
  }
  return records;
}

describe('a ring buffer', () => {
  it('gives records in their order, as bytes of any length', async () => {
    using ring = runtime.createMap({ type: 'ringbuf', maxEntries: 4096 });
    for (let length = 0; length < 20; length++) assert.equal(ring.output(new Uint8Array(length).fill(length)), true);
    const records = await take(ring, 20);
    assert.deepEqual(
      records,
      Array.from({ length: 20 }, (_, length) => new Uint8Array(length).fill(length)),
    );
    assert.equal(ring.read(), undefined);
    assert.equal(ring.pending, 0);
  });

  it('gives records through a codec', () => {
    using ring = runtime.createMap({ type: 'ringbuf', value: event, maxEntries: 4096 });
    ring.output({ pid: 7, bytes: 1n << 40n });
    assert.deepEqual(ring.read(), { pid: 7, bytes: 1n << 40n });
    assert.throws(() => ring.output({ pid: -1, bytes: 0n }), { code: 'ERR_INNERMAP_CODEC' });
    assert.equal(ring.pending, 0);
  });

  it('pushes back: no room until the consumer has read', () => {
    using ring = runtime.createMap({ type: 'ringbuf', maxEntries: 4096 });
    // 56 bytes of payload and 8 of header: 63 records are the most that a ring of 4096 takes (SPEC 9.5).
    let count = 0;
    while (ring.output(new Uint8Array(56).fill(count))) count++;
    assert.equal(count, 63);
    assert.equal(ring.pending, 63 * 64);
    assert.deepEqual(ring.read(), new Uint8Array(56));
    assert.equal(ring.output(new Uint8Array(56)), true);
    assert.equal(ring.output(new Uint8Array(56)), false);
  });

  it('wraps around its end for as long as it likes', () => {
    using ring = runtime.createMap({ type: 'ringbuf', maxEntries: 4096 });
    for (let round = 0; round < 1000; round++) {
      const record = new Uint8Array(1 + ((round * 37) % 900)).fill(round);
      assert.equal(ring.output(record), true);
      assert.deepEqual(ring.read(), record, `round ${round}`);
    }
  });

  it('wakes a consumer that sleeps', async () => {
    using ring = runtime.createMap({ type: 'ringbuf', value: u32, maxEntries: 4096 });
    const taken = take(ring, 3);
    for (const value of [1, 2, 3]) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      ring.output(value);
    }
    assert.deepEqual(await within(taken), [1, 2, 3]);
  });

  it('does not wake its consumer when told so, and does when forced', async () => {
    using ring = runtime.createMap({ type: 'ringbuf', value: u32, maxEntries: 4096 });
    let woken = false;
    const taken = take(ring, 2).finally(() => {
      woken = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 10));
    ring.output(1, { wakeup: 'never' });
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert.equal(woken, false);
    ring.output(2, { wakeup: 'force' });
    assert.deepEqual(await within(taken), [1, 2]);
    assert.throws(
      () => ring.output(3, { wakeup: 'now' as never }),
      /wakeup: given now, expected 'auto', 'never' or 'force'/,
    );
  });

  it('ends an iteration when its signal fires, and can be iterated again', async () => {
    using ring = runtime.createMap({ type: 'ringbuf', value: u32, maxEntries: 4096 });
    const abort = new AbortController();
    const ended = (async () => {
      for await (const _ of ring.records({ signal: abort.signal })) assert.fail('there is no record');
    })();
    setTimeout(() => abort.abort(new Error('enough')), 10);
    await assert.rejects(within(ended), { name: 'AbortError', code: 'ABORT_ERR' });
    ring.output(5);
    assert.deepEqual(await take(ring, 1), [5]);
    await assert.rejects(
      async () => {
        for await (const _ of ring.records({ signal: AbortSignal.abort() })) assert.fail('aborted before it began');
      },
      { name: 'AbortError' },
    );
  });

  it('ends its iteration when the map is closed', async () => {
    const ring = runtime.createMap({ type: 'ringbuf', value: u32, maxEntries: 4096 });
    const taken = take(ring, 1);
    setTimeout(() => ring.close(), 10);
    assert.deepEqual(await within(taken), []);
    assert.throws(() => ring.read(), { code: 'EBADF' });
  });

  it('has one consumer at a time', async () => {
    using ring = runtime.createMap({ type: 'ringbuf', value: u32, maxEntries: 4096 });
    const first = take(ring, 1);
    await assert.rejects(take(ring, 1), { code: 'EBUSY' });
    ring.output(1);
    assert.deepEqual(await within(first), [1]);
  });

  it('lets timers have their turn while records keep coming', async () => {
    using ring = runtime.createMap({ type: 'ringbuf', value: u32, maxEntries: 4096 });
    let fired = false;
    setTimeout(() => {
      fired = true;
    }, 1);
    let seen = 0;
    ring.output(0);
    const end = performance.now() + HANGS;
    for await (const value of ring) {
      seen++;
      if (fired || performance.now() > end) break;
      ring.output(value + 1);
    }
    assert.ok(fired, `no timer fired while ${seen} records came`);
  });

  it('does not keep the process alive while its consumer sleeps', () => {
    const fixture = fileURLToPath(new URL('./fixtures/idle-ring.js', import.meta.url));
    const { status, stdout } = spawnSync(process.execPath, [fixture], { encoding: 'utf8', timeout: HANGS });
    assert.equal(stdout, 'waiting\n');
    assert.equal(status, 0);
  });
});

describe('a user ring buffer', () => {
  it('takes records until it is full', () => {
    using ring = runtime.createMap({ type: 'user_ringbuf', maxEntries: 4096 });
    let count = 0;
    while (ring.output(new Uint8Array(56))) count++;
    assert.ok(count === 63 || count === 64, `${count} records of 64 bytes`);
    assert.equal(ring.pending, count * 64);
  });
});

/** The promise's result, or a failure when it hangs. */
function within<T>(promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`nothing happened for ${HANGS} ms`)), HANGS);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
