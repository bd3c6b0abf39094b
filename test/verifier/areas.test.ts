/**
 * Grids of small programs, accepted and refused, one step apart: each must have the verdict and the last message that
 * Linux 6.18 gave when they were recorded, and gives now where it can be asked.
 */
import assert from 'node:assert/strict';
import { release } from 'node:os';
import { after, test } from 'node:test';
import { Runtime } from 'innermap';
import { openKernel } from '#dist/cli/kernel/index.js';
import { AREAS } from './areas/cases/index.js';
import type { Area, Verdict } from './areas/case.js';
import { readRecorded } from './areas/recorded.js';
import { kernelSide, ourSide, type Side } from './areas/sides.js';

/** What a side says otherwise than recorded, a line each. */
function differences(side: Side, area: Area): string[] {
  const recorded = readRecorded(area);
  const show = (verdict: Verdict | undefined): string => (verdict ? `${verdict.errno} ${verdict.message}` : 'nothing');
  return area.cases
    .map((one) => ({ one, said: show(side.load(one)), expected: show(recorded.get(one.name)) }))
    .filter(({ said, expected }) => said !== expected)
    .map(({ one, said, expected }) => `${one.name}: ${said}; recorded: ${expected}`);
}

const runtime = await Runtime.create({ workers: 0 });
after(() => runtime.close());
const here = ourSide(runtime);
const kernel = openKernel();
const other = release().startsWith('6.18.') ? undefined : `the rules are those of Linux 6.18, this is ${release()}`;
const unavailable = kernel.unavailable ?? other;

for (const area of AREAS) {
  test(`${area.name}: ${area.cases.length} programs, judged as recorded`, () => {
    assert.deepEqual(differences(here, area), []);
  });
}

test('the live kernel judges as recorded', { skip: unavailable ?? false }, async (context) => {
  if (kernel.unavailable !== undefined) return;
  const there = kernelSide(kernel);
  for (const area of AREAS) {
    await context.test(area.name, () => assert.deepEqual(differences(there, area), []));
  }
});
