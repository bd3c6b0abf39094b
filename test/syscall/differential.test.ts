/**
 * The syscall side against the live kernel: random calls, the same on both sides, must get the same answers. A bug in
 * an order of checks, a count, a cursor or an eviction shows as a difference with the calls that led to it.
 * INNERMAP_LONG=1: 100,000 calls for each type (10,000 for outer maps, whose updates the kernel makes wait).
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CONFIGS } from './differential/configs.js';
import { episode, newTally } from './differential/episode.js';
import { expectedErrors } from './differential/errors.js';
import { Random } from './differential/random.js';
import { missingType, openPair } from './differential/sides.js';
import { isOuterType } from './differential/uapi.js';

const LONG = process.env['INNERMAP_LONG'] === '1';
const SEED = Number(process.env['INNERMAP_SEED'] ?? 20_250_801);
const SHORT = 2500;
const OUTER_SHORT = 300;
const EPISODE = 150;

const pair = openPair();
const skip = 'unavailable' in pair ? pair.unavailable : false;

describe('random calls, the same on the live kernel', { skip }, () => {
  for (const [name, configOf] of Object.entries(CONFIGS)) {
    test(name, async (t) => {
      if ('unavailable' in pair) return;
      const missing = missingType(pair.library, configOf(new Random(0)));
      if (missing !== undefined) return t.skip(`this core has no ${missing}`);
      const random = new Random(SEED);
      const outer = isOuterType(configOf(new Random(0)).type);
      const wanted = LONG ? (outer ? 10_000 : 100_000) : outer ? OUTER_SHORT : SHORT;
      const tally = newTally();
      while (tally.operations < wanted) {
        episode(pair, configOf(random), random, EPISODE, tally);
        await pair.library.target.barrier();
      }
      if (!LONG) return;
      const rate = Math.round((100 * tally.hits) / tally.lookups);
      const unreached = expectedErrors(name).filter((error) => !tally.errors.has(error));
      assert.deepEqual(unreached, [], `${name}: errors that the calls did not reach`);
      if (tally.hits > 0) assert.ok(rate >= 20 && rate <= 80, `${name}: ${rate} % of look-ups hit, expected 20 to 80`);
    });
  }
});
