/**
 * Grids of small programs, accepted and refused, one step apart: each must have the verdict and the last message that
 * Linux 6.18 gave when they were recorded, and gives now where it can be asked.
 */
import assert from 'node:assert/strict';
import { release } from 'node:os';
import { after, describe, test } from 'node:test';
import { Runtime } from 'innermap';
import { openKernel } from '#dist/cli/kernel/index.js';
import { AREAS } from './areas/cases/index.js';
import type { Case, Verdict } from './areas/case.js';
import { readRecorded } from './areas/recorded.js';
import { kernelSide, ourSide, type Side } from './areas/sides.js';

function judge(side: Side, one: Case): Verdict {
  const { errno, message } = side.load(one);
  return { errno, message };
}

const runtime = await Runtime.create({ workers: 0 });
after(() => runtime.close());
const here = ourSide(runtime);
const kernel = openKernel();

for (const area of AREAS) {
  const recorded = readRecorded(area);
  describe(`${area.name}: as the kernel judged`, () => {
    for (const one of area.cases) test(one.name, () => assert.deepEqual(judge(here, one), recorded.get(one.name)));
  });
  const other = release().startsWith('6.18.') ? undefined : `the rules are those of Linux 6.18, this is ${release()}`;
  if (kernel.unavailable !== undefined || other !== undefined) {
    test(`${area.name}: the live kernel`, { skip: kernel.unavailable ?? other }, () => {});
    continue;
  }
  const there = kernelSide(kernel);
  test(`${area.name}: the live kernel judges as recorded`, () => {
    for (const one of area.cases) assert.deepEqual(judge(there, one), recorded.get(one.name), one.name);
  });
}
