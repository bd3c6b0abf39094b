/** Tail calls on workers: programs that come and go under a run, and chains that go deep. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Program, Runtime, u32, u64 } from 'innermap';
import { promised, until } from '../timing.js';

const PACKET = new Uint8Array(64);
const WITHIN = 100;

/** Tries to call slot 0 until there is something in it; the verifier would not have it. */
const SPINS = `
  r6 = r1
again:
  r1 = r6
  r2 = map[jumps] ll
  r3 = 0
  call bpf_tail_call
  goto again
  exit
`;
const MARKS = `
  *(u32 *)(r10 - 4) = 0
  r1 = map[marks] ll
  r2 = r10
  r2 += -4
  call bpf_map_lookup_elem
  if r0 == 0 goto out
  r1 = 1
  lock *(u64 *)(r0 + 0) += r1
out:
  r0 = 7
  exit
`;
/** Each program of the chain adds one to what the rest of it returns. Without BTF only unsafe programs may do so. */
const chained = (depth: number) => `
  call f1
  r0 += 1
  exit
${Array.from({ length: depth - 1 }, (_, index) => `f${index + 1}:\n  call f${index + 2}\n  exit`).join('\n')}
f${depth}:
  r2 = map[jumps] ll
  r3 = 0
  call bpf_tail_call
  r0 = 0
  exit
`;

for (const engine of ['compiled', 'interpreter'] as const) {
  describe(`tail calls, ${engine}`, () => {
    let runtime: Runtime;
    let bytes: number;

    before(async () => {
      runtime = await Runtime.create({ workers: 1 });
      const warm = await runtime.loadProgram({ type: 'xdp', source: 'r0 = 2\nexit' });
      await warm.run([PACKET]);
      warm.close();
      await runtime.barrier();
      bytes = runtime.stats().arena.bytesUsed;
    });
    after(async () => {
      await runtime.barrier();
      const { arena, maps, programs } = runtime.stats();
      await runtime.close();
      assert.deepEqual([maps.live, maps.retired, programs], [0, 0, 0]);
      assert.ok(arena.bytesUsed <= bytes, `${arena.bytesUsed - bytes} bytes are left over`);
    });

    const jumpTable = () => runtime.createMap({ type: 'prog_array', maxEntries: 4, name: 'jumps' });

    test('a program inserted while a worker spins runs there within 100 ms, without leaving the run', async (context) => {
      let best = Number.POSITIVE_INFINITY;
      // The bound is the library's; a busy machine may take the processor away for longer.
      for (let attempt = 0; attempt < 5 && best > WITHIN; attempt++) {
        using jumps = jumpTable();
        using marks = runtime.createMap({ type: 'array', value: u64, maxEntries: 1, name: 'marks' });
        using spins = await runtime.loadProgram({ type: 'xdp', source: SPINS, maps: { jumps }, unsafe: true, engine });
        const run = spins.run([PACKET]);
        const runs = () => runtime.stats().workers[0]?.runs;
        const before = runs();
        await new Promise((resolve) => setTimeout(resolve, 50));
        const begin = performance.now();
        using target = await runtime.loadProgram({ type: 'xdp', source: MARKS, maps: { marks }, engine });
        const loaded = performance.now();
        jumps.set(0, target);
        await until('the target runs', () => marks.get(0) !== 0n);
        best = Math.min(best, performance.now() - loaded);
        const { verdicts } = await run;
        assert.deepEqual([...verdicts], [7]);
        assert.equal(runs(), (before ?? 0) + 1, 'it was one run all along');
        assert.ok(loaded >= begin);
      }
      promised(context, 'from its insertion to its run', best, WITHIN);
    });

    test('33 tail calls out of subprograms: every frame is returned through', async () => {
      for (const depth of [1, 2, 3]) {
        using jumps = jumpTable();
        using chain = await runtime.loadProgram({
          type: 'xdp',
          source: chained(depth),
          maps: { jumps },
          engine,
          unsafe: true,
        });
        jumps.set(0, chain);
        assert.equal(chain.testRun(PACKET).verdict, 34);
        assert.deepEqual([...(await chain.run([PACKET, PACKET])).verdicts], [34, 34]);
      }
    });

    test('a chain that the stack does not hold traps, and harms nobody', async () => {
      using jumps = jumpTable();
      using chain = await runtime.loadProgram({
        type: 'xdp',
        source: chained(7),
        maps: { jumps },
        engine,
        unsafe: true,
      });
      jumps.set(0, chain);
      using numbers = runtime.createMap({ type: 'hash', key: u32, value: u32, maxEntries: 100 });
      for (let key = 0; key < 100; key++) numbers.set(key, key);
      assert.throws(() => chain.testRun(PACKET), /trapped|stack/);
      const [worker] = runtime.stats().workers;
      await assert.rejects(chain.run([PACKET]), { code: 'ERR_INNERMAP_PROGRAM_TRAP' });
      assert.equal(runtime.stats().workers[0]?.threadId, worker?.threadId);
      for (let key = 0; key < 100; key++) assert.equal(numbers.get(key), key);
      using small = await runtime.loadProgram({ type: 'xdp', source: 'call f\nexit\nf:\nr0 = 5\nexit', engine });
      assert.deepEqual([...(await small.run([PACKET])).verdicts], [5]);
    });

    test('a program array without descriptors is empty for a program that spins over it', async () => {
      const jumps = jumpTable();
      using marks = runtime.createMap({ type: 'array', value: u64, maxEntries: 1, name: 'marks' });
      using target = await runtime.loadProgram({ type: 'xdp', source: MARKS, maps: { marks }, engine });
      const source = 'r2 = map[jumps] ll\nr3 = 1\ncall bpf_tail_call\nr0 = 1\nexit';
      using caller = await runtime.loadProgram({ type: 'xdp', source, maps: { jumps }, engine });
      jumps.set(1, target);
      assert.deepEqual([...(await caller.run([PACKET])).verdicts], [7]);
      jumps.close();
      assert.deepEqual([...(await caller.run([PACKET])).verdicts], [1]);
    });

    test('programs are loaded, swapped and closed under a loop, and its worker killed now and then', async () => {
      using jumps = jumpTable();
      const source = 'r2 = map[jumps] ll\nr3 = 0\ncall bpf_tail_call\nr0 = 1\nexit';
      using caller = await runtime.loadProgram({ type: 'xdp', source, maps: { jumps }, engine });
      const packets = Array.from({ length: 16 }, () => PACKET);
      for (let round = 0; round < 4; round++) {
        const controller = new AbortController();
        const loop = caller.loop(packets, { signal: controller.signal });
        for (let swap = 0; swap < 25; swap++) {
          const program: Program = await runtime.loadProgram({ type: 'xdp', source: `r0 = ${swap + 2}\nexit`, engine });
          jumps.set(0, program);
          program.close();
          if (swap % 5 === 0) jumps.delete(0);
        }
        if (round % 2 === 0) {
          controller.abort();
          await assert.rejects(loop.done, { code: 'ABORT_ERR' });
        } else assert.ok((await loop.stop()).packets >= 0);
        jumps.clear();
      }
      await runtime.barrier();
      assert.equal(runtime.stats().programs, 1);
    });
  });
}
