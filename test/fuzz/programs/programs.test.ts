import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { KernelPeer, openKernel } from '#dist/cli/kernel/index.js';
import { runCampaign } from './campaign.js';

/** INNERMAP_FUZZ=20000 makes it the long mode; INNERMAP_FUZZ_SEED says where to begin. */
const PROGRAMS = Number(process.env['INNERMAP_FUZZ'] ?? 500);
const SEED = Number(process.env['INNERMAP_FUZZ_SEED'] ?? 1);
/** All forms of instructions: opcodes, with the variants of RFC 9669 that other fields choose, and the atomic loads and stores. */
const FORMS = 174;

describe('random programs', () => {
  const opened = openKernel();
  const kernel = opened instanceof KernelPeer ? opened : undefined;

  test(`compiler, interpreter${kernel ? ' and kernel' : ''} agree on r0, packet and maps of ${PROGRAMS} programs`, (context) => {
    if (!(opened instanceof KernelPeer)) context.diagnostic(`without the kernel: ${opened.unavailable}`);
    const campaign = runCampaign(SEED, PROGRAMS, kernel);
    const { programs, accepted, withMaps, meanExecuted, forms, differences } = campaign;
    const figures = `${programs} programs from seed ${SEED}: ${accepted} accepted, ${withMaps} with maps, ${meanExecuted.toFixed(0)} executed`;
    context.diagnostic(`${figures}, ${forms.size} forms`);
    assert.deepEqual(differences.slice(0, 3), [], `${differences.length} differences`);
    assert.ok(withMaps >= 0.3 * programs, figures);
    assert.ok(meanExecuted >= 50, figures);
    if (programs >= 500) assert.equal(forms.size, FORMS, 'forms of instructions');
    if (kernel !== undefined)
      assert.ok(accepted >= 0.7 * programs, `${figures}: ${JSON.stringify([...campaign.refusals])}`);
  });
});
