import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type BpfMap, bytes, number53, type Program, Runtime, struct } from 'innermap';
import { loadExample, outerMap, packet, XDP } from './support.js';

const bucket = struct({
  rate: number53,
  burst: number53,
  saved: number53,
  countedAt: number53,
  passed: number53,
  dropped: number53,
});
/** Tokens a second. */
const RATE = 50;
const LIMIT = { type: 'percpu_array', value: bucket, maxEntries: 1 } as const;

describe('the rate limiter', () => {
  let runtime: Runtime;
  let program: Program;
  let publish: (tenant: number, buckets: BpfMap) => void;

  const limit = (tenant: number, rate: number, burst: number) => {
    const buckets = runtime.createMap(LIMIT);
    const full = { rate, burst, saved: burst * 1e9, countedAt: 0, passed: 0, dropped: 0 };
    buckets.set(
      0,
      Array.from({ length: runtime.options.possibleCpus }, () => ({ ...full })),
    );
    publish(tenant, buckets);
    return buckets;
  };

  before(async () => {
    runtime = await Runtime.create({ workers: 0 });
    const { maps, programs } = await loadExample(runtime, 'rate-limiter');
    program = programs['rate_limiter'] as Program;
    publish = (tenant, buckets) => void outerMap(maps, 'tenants').set(tenant, buckets);
  });

  after(() => runtime.close());

  const passed = (tenant: number, count: number): number => {
    const data = packet({ vlan: tenant });
    return Array.from({ length: count }, () => program.testRun(data).verdict).filter((verdict) => verdict === XDP.pass)
      .length;
  };

  it('passes tenants without a limit', () => assert.equal(passed(7, 50), 50));

  it('passes a burst, then nothing, and counts both', () => {
    const buckets = limit(1, 0, 10);
    assert.equal(passed(1, 25), 10);
    const all = buckets.get(0) ?? [];
    const totals = { passed: 0, dropped: 0 };
    for (const each of all) {
      totals.passed += each.passed;
      totals.dropped += each.dropped;
    }
    assert.deepEqual(totals, { passed: 10, dropped: 15 });
  });

  it('fills the bucket up while no packet comes', async () => {
    limit(2, RATE, 5);
    assert.ok(passed(2, 20) >= 5);
    // Twice as many tokens come as the bucket holds.
    await new Promise((resolve) => setTimeout(resolve, (2 * 5 * 1000) / RATE));
    const begin = performance.now();
    const again = passed(2, 20);
    // More come while we count, which takes as long as it takes.
    const came = Math.ceil(((performance.now() - begin) / 1000) * RATE);
    assert.ok(again >= 5 && again <= 5 + came, `${again} passed`);
  });

  it('takes a new limit as a whole', () => {
    limit(3, 0, 2);
    assert.equal(passed(3, 10), 2);
    limit(3, 0, 4);
    assert.equal(passed(3, 10), 4);
  });

  it('takes no inner map of another shape', () => {
    using wrong = runtime.createMap({ type: 'percpu_array', value: bytes(8), maxEntries: 1 });
    assert.throws(() => publish(1, wrong), { code: 'EINVAL' });
  });
});
