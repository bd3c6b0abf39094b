import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Runtime } from 'innermap';
import { until } from '../timing.js';

const LOOPS = 20;

describe('both engines behind the public API', () => {
  for (const engine of ['compiled', 'interpreter'] as const) {
    test(`${engine}: on the main thread and on workers, with counts while a worker runs`, async () => {
      await using runtime = await Runtime.create({ workers: 1 });
      using program = await runtime.loadProgram({
        type: 'xdp',
        source: 'r2 = -4\ncall bpf_xdp_adjust_head\nr0 = 2\nexit',
        engine,
        unsafe: true,
      });
      const tested = program.testRun(new Uint8Array(64), { repeat: 3 });
      assert.deepEqual([tested.verdict, tested.data.length], [2, 76]);
      const { verdicts, packets } = await program.run([new Uint8Array(64), new Uint8Array(100)]);
      assert.deepEqual([...verdicts], [2, 2]);
      assert.deepEqual(
        packets.map(({ length }) => length),
        [68, 104],
      );
      assert.equal(program.counts().runs, 5n);
      const loop = program.loop([new Uint8Array(64)]);
      await until('the loop counts', () => program.counts().runs >= 5n + BigInt(LOOPS));
      const { packets: looped } = await loop.stop();
      assert.equal(program.counts().runs, 5n + BigInt(looped));
      assert.ok(program.counts().nanoseconds > 0n);
    });
  }

  test('interpreter: an access outside is an error of the run that names the instruction; the worker lives on', async () => {
    await using runtime = await Runtime.create({ workers: 1 });
    using wild = await runtime.loadProgram({
      type: 'xdp',
      source: 'r2 = *(u32 *)(r1 + 4)\nr0 = *(u32 *)(r2 + 0)\nexit',
      engine: 'interpreter',
      unsafe: true,
    });
    using tame = await runtime.loadProgram({ type: 'xdp', source: 'r0 = 1\nexit', unsafe: true });
    assert.throws(() => wild.testRun(new Uint8Array(64)), {
      code: 'ERR_INNERMAP_MEMORY_ACCESS',
      message: /instruction 1 .*nearest: packet/,
    });
    await assert.rejects(wild.run([new Uint8Array(64)]), {
      code: 'ERR_INNERMAP_PROGRAM_TRAP',
      message: /instruction 1.*read of 4 bytes/,
    });
    assert.deepEqual([...(await tame.run([new Uint8Array(64)])).verdicts], [1]);
    assert.equal(tame.testRun(new Uint8Array(64)).verdict, 1);
  });
});
