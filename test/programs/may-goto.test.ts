/** `may_goto`: loops end by themselves or, together in their function, after a quarter of a second. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { Runtime } from 'innermap';

const runtime = await Runtime.create({ workers: 0, possibleCpus: 2 });
after(() => runtime.close());

/** Three rounds out of a bound that the verifier does not know. */
const BOUNDED = `
  r6 = *(u32 *)(r1 + 4)
  r7 = *(u32 *)(r1 + 0)
  r0 = 0
  may_goto +4
  if r0 >= 3 goto +3
  r7 += 1
  r0 += 1
  goto -5
  exit`;
/** The first loop ends by time only; the second one finds none left. */
const ENDLESS = `
  r0 = 0
  may_goto +2
  r0 += 1
  goto -3
  may_goto +2
  r0 = 0
  goto -3
  exit`;
/** Each call of the function has its own time. */
const CALLS = `
  call later
  r6 = r0
  call later
  r0 += r6
  exit
later:
  r0 = 0
  may_goto +3
  if r0 >= 5 goto +2
  r0 += 1
  goto -4
  exit`;

for (const engine of ['compiled', 'interpreter'] as const) {
  describe(engine, () => {
    const run = async (source: string): Promise<number> => {
      const program = await runtime.loadProgram({ type: 'xdp', source, engine });
      return program.testRun(new Uint8Array(64)).verdict;
    };

    test('goes on while the loop does', async () => assert.equal(await run(BOUNDED), 3));
    test('counts in each function apart', async () => assert.equal(await run(CALLS), 10));
    test('ends what would not end', async () => assert.ok((await run(ENDLESS)) >= 2 * 65_534));
  });
}
