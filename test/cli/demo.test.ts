/** The main job, as `npm start` runs it, and with faults in the core. */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { before, describe, it } from 'node:test';
import { innermap, type Outcome, root } from './support.js';
import { promised } from '../timing.js';

interface Report {
  violations: number;
  packets: number;
  swaps: number;
  failure: string | null;
  maps: { live: number; liveBefore: number; retired: number; freed: number };
  arena: { bytesBefore: number; bytesAfter: number };
  counters: Record<string, number>;
  incidents: { secondProgram: string | null; statisticsFrom: number[]; printkLines: number; abort: string | null };
}

describe('the demo', () => {
  let outcome: Outcome;
  let report: Report;

  before(async () => {
    outcome = await innermap('demo', '--seconds', '4', '--workers', '1', '--json', '--no-kernel');
    report = JSON.parse(outcome.stdout || '{}') as Report;
  });

  it('sees no violation', () => {
    assert.equal(outcome.code, 0, outcome.stderr + outcome.stdout.slice(0, 2000));
    assert.equal(report.violations, 0);
    assert.equal(report.failure, null);
  });

  it('balances packets while inner maps of both kinds are swapped', () => {
    const { balanced, denied, noService, malformed, truncated, fragmented, audits } = report.counters as Record<
      string,
      number
    >;
    for (const [name, count] of Object.entries({
      balanced,
      denied,
      noService,
      malformed,
      truncated,
      fragmented,
      audits,
    })) {
      assert.ok((count ?? 0) > 0, `${name}: ${count}`);
    }
    assert.ok(report.swaps > 100, `${report.swaps} swaps`);
    assert.ok(report.maps.freed > 100, `${report.maps.freed} maps freed`);
  });

  it('frees every retired map and gives all memory back', () => {
    assert.equal(report.maps.retired, 0);
    assert.equal(report.maps.live, report.maps.liveBefore);
    assert.equal(report.arena.bytesAfter, report.arena.bytesBefore);
  });

  it('installs a second program, hears it print, asks a worker, and recovers from an abort, all under way', () => {
    const { secondProgram, statisticsFrom, printkLines, abort } = report.incidents;
    assert.equal(secondProgram, 'load_balancer_t');
    assert.ok(printkLines > 0);
    assert.equal(statisticsFrom.length, 1);
    assert.equal(abort, 'ABORT_ERR');
  });
});

describe('the demo with a fault in the core', () => {
  for (const fault of ['stamp-before-unlink', 'free-early']) {
    it(`ends with exit code 1 within 10 seconds: ${fault}`, async (context) => {
      await buildMutant(`core-mutant-${fault}`);
      const { code, stdout, stderr } = await innermap('demo', '--seconds', '100', '--inject', fault, '--json');
      assert.equal(code, 1, stderr + stdout.slice(0, 2000));
      const report = JSON.parse(stdout) as Report & { seconds: number };
      assert.ok(report.violations > 0);
      promised(context, 'until the first violation', report.seconds * 1000, 10_000);
    });
  }

  it('is refused for a fault that does not exist', async () => {
    const { code, stderr } = await innermap('demo', '--inject', 'gremlins');
    assert.equal(code, 2);
    assert.match(stderr, /--inject: given gremlins, expected one of stamp-before-unlink, free-early/);
  });
});

/** Builds with a fault are no part of the library: make the one that is wanted, unless it is there and fresh. */
async function buildMutant(name: string): Promise<void> {
  const script = new URL('scripts/core-builds.mjs', root).href;
  const { buildCores } = (await import(script)) as { buildCores(root: string, which: string): Promise<void> };
  await buildCores(fileURLToPath(root), name);
}
