/** Reader threads that die: their slots, locks and sections come back. */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { Runtime, u32 } from 'innermap';
import { attach } from 'innermap/reader';
import { inReader, ReaderProcess } from './thread.js';
import { overflows } from '../stack-end.js';

const READERS = 2;
let runtime: Runtime;

before(async () => {
  runtime = await Runtime.create({ workers: 0, readers: READERS });
});
after(() => runtime.close());

it('a reader killed inside a section gives its slot back, and holds up no grace period', async () => {
  using map = runtime.createMap({ type: 'hash', key: u32, value: u32, maxEntries: 4 });
  // More threads than slots, one after the other: a slot that did not come back would be missed.
  for (let round = 0; round < 20; round++) {
    const thread = new ReaderProcess();
    await thread.run(runtime, 'linger', { map });
    const synchronized = runtime.synchronize();
    let settled = false;
    void synchronized.then(() => {
      settled = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 2));
    assert.equal(settled, false, 'the section holds up the grace period');
    await thread.kill();
    await synchronized;
  }
  assert.equal(typeof (await inReader(runtime, 'slot', { map })), 'number');
});

it('a reader killed while it writes leaves the map whole and open for writing', async () => {
  using map = runtime.createMap({ type: 'hash', key: u32, value: u32, maxEntries: 4 });
  map.set(1, 0).set(2, 22);
  for (let round = 0; round < 20; round++) {
    const thread = new ReaderProcess();
    await thread.run(runtime, 'hammer', { map });
    await new Promise((resolve) => setTimeout(resolve, 1 + (round % 5)));
    await thread.kill();
    assert.equal(map.size, 2);
    assert.equal(typeof map.get(1), 'number');
    assert.equal(map.get(2), 22);
    map.set(1, 70_000 + round);
    assert.equal(map.get(1), 70_000 + round);
    assert.deepEqual([...map.keys()].sort(), [1, 2]);
  }
  await runtime.barrier();
});

it('a reader killed while it pushes and records leaves queue and ring working', async () => {
  using queue = runtime.createMap({ type: 'queue', value: u32, maxEntries: 8 });
  using ring = runtime.createMap({ type: 'ringbuf', value: u32, maxEntries: 4096 });
  for (let round = 0; round < 10; round++) {
    const thread = new ReaderProcess();
    await thread.run(runtime, 'churn', { queue, ring });
    for (let turn = 0; turn < 5; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      for (let record = ring.read(); record !== undefined; record = ring.read()) assert.equal(record >>> 16, 0);
    }
    await thread.kill();
    queue.clear();
    queue.push(1).push(2);
    assert.deepEqual([...queue.drain()], [1, 2]);
    while (ring.read() !== undefined);
    assert.equal(ring.pending, 0, 'no record is left that nobody finishes');
    assert.equal(ring.output(77_777), true);
    assert.equal(ring.read(), 77_777);
  }
});

it('refuses a reader when all slots are taken, and takes it when one is free again', async () => {
  using map = runtime.createMap({ type: 'hash', key: u32, value: u32, maxEntries: 4 });
  const threads: ReaderProcess[] = [];
  let code: unknown;
  // There are spare slots beside those of the readers.
  for (let count = 0; count < 64 && code === undefined; count++) {
    const thread = new ReaderProcess();
    threads.push(thread);
    await thread.run(runtime, 'slot', { map }).catch((error: { code: unknown }) => {
      code = error.code;
    });
  }
  assert.ok(code === 'EBUSY' || code === 'ENOSPC' || code === 'EAGAIN' || code === 'ENOMEM', String(code));
  await threads[0]?.kill();
  assert.equal(typeof (await inReader(runtime, 'slot', { map })), 'number');
  await Promise.all(threads.map((thread) => thread.kill()));
});

it('a reader whose stack overflows in a look-up leaves no section behind', async () => {
  const inner = { type: 'hash', key: u32, value: u32, maxEntries: 4 } as const;
  using tenants = runtime.createMap({ type: 'array_of_maps', maxEntries: 1, inner });
  using table = runtime.createMap(inner);
  tenants.set(0, table);
  table.set(1, 11);
  using reader = attach(runtime.handle({ maps: { tenants, table } }));
  const [outer, plain] = [reader.map('tenants'), reader.map('table')];
  for (const run of [() => assert.equal(outer.get(0, 1), 11), () => assert.equal(plain.get(1), 11)]) {
    let depth = 1024;
    while (!overflows(depth, run)) depth += 64;
    // Frames are longer than a step of the recursion, so that some of these overflow inside the core.
    for (let less = 0; less < 200; less++) overflows(depth - less, run);
    run();
  }
  // Were the section still running, this would not come to its end.
  await runtime.barrier();
});
