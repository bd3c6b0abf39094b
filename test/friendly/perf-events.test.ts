import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type BpfMap, type Program, Runtime, struct, u32 } from 'innermap';

const ENOENT = -2;
let runtime: Runtime;

before(async () => {
  runtime = await Runtime.create({ workers: 0, possibleCpus: 2 });
});
after(() => runtime.close());

const sample = struct({ one: u32, two: u32 });

/** Gives the perf event array eight bytes, and returns what the helper returned. */
function emitter(events: BpfMap): Promise<Program> {
  return runtime.loadProgram({
    type: 'sched_cls',
    name: 'emit',
    maps: { events },
    source: `
      r6 = r1
      *(u32 *)(r10 - 8) = 7
      *(u32 *)(r10 - 4) = 9
      r1 = r6
      r2 = map[events] ll
      r3 = 0xffffffff ll
      r4 = r10
      r4 += -8
      r5 = 8
      call bpf_perf_event_output
      exit
    `,
  });
}

const run = (program: Program) => program.testRun(new Uint8Array(64)).verdict | 0;

describe('a perf event array', () => {
  it('records nothing before it is open', async () => {
    using events = runtime.createMap({ type: 'perf_event_array', value: sample, maxEntries: 2 });
    using program = await emitter(events);
    assert.equal(run(program), ENOENT);
    assert.throws(() => events.read(), { code: 'ENOENT', message: /call open\(\) first/ });
    events.open();
    assert.equal(events.isOpen, true);
    assert.equal(events.read(), undefined);
    assert.equal(run(program), 0);
    const record = events.read();
    assert.deepEqual(record?.data, { one: 7, two: 9 });
    assert.ok(record.cpu === 0 || record.cpu === 1);
    assert.throws(() => events.open(), { code: 'EBUSY' });
  });

  it('gives records as they come, until its signal fires', async () => {
    using events = runtime.createMap({ type: 'perf_event_array', maxEntries: 2 }).open({ bytes: 4096 });
    using program = await emitter(events);
    const abort = new AbortController();
    const timer = setInterval(() => run(program), 5);
    let seen = 0;
    await assert.rejects(
      async () => {
        for await (const { data } of events.records({ signal: abort.signal })) {
          assert.deepEqual(data, Uint8Array.of(7, 0, 0, 0, 9, 0, 0, 0));
          if (++seen === 5) {
            clearInterval(timer);
            setTimeout(() => abort.abort(), 5);
          }
        }
      },
      { name: 'AbortError' },
    );
    assert.equal(seen, 5);
  });

  it('gives its rings back when it is closed', async () => {
    const before = runtime.stats().maps.live;
    const events = runtime.createMap({ type: 'perf_event_array', maxEntries: 2 }).open();
    using program = await emitter(events);
    events.close();
    assert.equal(run(program), ENOENT);
    program.close();
    await runtime.barrier();
    assert.equal(runtime.stats().maps.live, before);
  });
});
