import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Runtime } from 'innermap';

test('a run without workers says so, and test runs do without them', async () => {
  await using runtime = await Runtime.create({ workers: 0 });
  const program = await runtime.loadProgram({ type: 'xdp', source: 'r0 = 2\nexit' });
  assert.equal(program.testRun(new Uint8Array(64)).verdict, 2);
  await assert.rejects(
    async () => program.run([new Uint8Array(64)]),
    (error: Error & { code?: string }) => error.code === 'ERR_INNERMAP_NO_WORKERS' && /workers: 0/.test(error.message),
  );
});
