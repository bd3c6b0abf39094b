/** Bare bytecode over a block of memory, as conformance suites run it: r1 = memory, r2 = its length, r0 in full. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { assemble, encodeInstructions, ProgramFlags, Runtime, type TraceStep } from 'innermap';

const runtime = await Runtime.create({ workers: 0 });
after(() => runtime.close());

const bytecode = (source: string) => encodeInstructions(assemble(source).insns);

for (const engine of ['compiled', 'interpreter'] as const) {
  describe(`unverified bytecode, ${engine}`, () => {
    const load = (source: string, unsafe = true) =>
      runtime.loadProgram({ type: 'syscall', flags: ProgramFlags.SLEEPABLE, bytes: bytecode(source), unsafe, engine });

    test('r1 points to the memory, r2 is its length, and r0 comes back with all its bits', async () => {
      const program = await load('r0 = *(u8 *)(r1 + 2)\nr0 <<= 56\nr2 <<= 8\nr0 |= r2\nexit');
      const result = program.testRun(null, { context: Uint8Array.of(1, 2, 0xfe, 4, 5) });
      assert.equal(result.r0, 0xfe00_0000_0000_0500n);
      assert.equal(result.verdict, 0x500);
    });

    test('the memory comes back as the program left it, and the given bytes stay', async () => {
      const program = await load('*(u8 *)(r1 + 0) = 7\nr0 = -1\nexit');
      const context = Uint8Array.of(1, 2, 3);
      const result = program.testRun(null, { context });
      assert.deepEqual(result.context, Uint8Array.of(7, 2, 3));
      assert.deepEqual(context, Uint8Array.of(1, 2, 3));
      assert.equal(result.r0, 0xffff_ffff_ffff_ffffn);
    });

    test('without memory r2 is 0, and a subprogram has its own r2', async () => {
      assert.equal((await load('r0 = r2\nexit')).testRun(null).r0, 0n);
      const calls = await load('r1 = 5\nr2 = 9\ncall twice\nexit\ntwice:\nr0 = r2\nr0 += r0\nexit');
      assert.equal(calls.testRun(null, { context: new Uint8Array(4) }).r0, 18n);
    });

    test('the longest context is 65,535 bytes', async () => {
      const program = await load('r0 = r2\nexit');
      assert.equal(program.testRun(null, { context: new Uint8Array(65_535) }).r0, 65_535n);
      assert.throws(() => program.testRun(null, { context: new Uint8Array(65_536) }), { code: 'EINVAL' });
    });

    test('to the verifier r2 is not set', async () => {
      await assert.rejects(load('r0 = r2\nexit', false), { code: 'EACCES' });
    });
  });
}

test('types without a packet take none, and run once', async () => {
  const flags = ProgramFlags.SLEEPABLE;
  const program = await runtime.loadProgram({ type: 'syscall', flags, source: 'r0 = 0\nexit' });
  assert.throws(() => program.testRun(new Uint8Array(64)), { code: 'EINVAL' });
  assert.throws(() => program.testRun(null, { repeat: 2 }), { code: 'EINVAL' });
  assert.equal(program.testRun(null).context, null);
});

test('a PERF_EVENT program runs over a context that the caller gives', async () => {
  const program = await runtime.loadProgram({ type: 'perf_event', source: 'r0 = 3\nexit' });
  assert.equal(program.testRun(null, { context: new Uint8Array(256) }).r0, 3n);
  assert.throws(() => program.testRun(null), { code: 'ENOTSUPP' });
});

test('a packet context goes in and comes back', async () => {
  const source = 'r2 = *(u32 *)(r1 + 8)\nr2 += 1\n*(u32 *)(r1 + 8) = r2\nr0 = r2\nexit';
  const program = await runtime.loadProgram({ type: 'sched_cls', source });
  const context = new Uint8Array(192);
  context[8] = 41;
  const result = program.testRun(new Uint8Array(64), { context });
  assert.equal(result.r0, 42n);
  assert.equal(result.context?.[8], 42);
});

describe('traces', () => {
  const source = 'r6 = 2\nagain:\nr6 -= 1\nif r6 != 0 goto again\ncall leaf\nexit\nleaf:\nr0 = 9\nexit';

  test('each instruction is told, with what it changed and how deep it ran; compiled programs too', async () => {
    const program = await runtime.loadProgram({ type: 'xdp', source, coverage: true });
    const steps: TraceStep[] = [];
    const result = program.testRun(new Uint8Array(64), { trace: (step) => steps.push(step) });
    assert.equal(result.r0, 9n);
    assert.deepEqual(
      steps.map(({ slot, depth }) => [slot, depth]),
      [[0, 1], [1, 1], [2, 1], [1, 1], [2, 1], [3, 1], [5, 2], [6, 2], [4, 1]], // biome-ignore format: pairs
    );
    assert.deepEqual(steps[0], { program: '', slot: 0, text: 'r6 = 2', changed: [[6, 2n]], depth: 1 });
    // A traced run counts as any other.
    assert.deepEqual([...(program.coverage() ?? [])], [1, 2, 2, 1, 1, 1, 1]);
    program.testRun(new Uint8Array(64), { repeat: 2 });
    assert.deepEqual([...(program.coverage() ?? [])], [3, 6, 6, 3, 3, 3, 3]);
  });

  test('the last step changes nothing: a program that has ended has no registers', async () => {
    const program = await runtime.loadProgram({ type: 'xdp', source: 'r6 = 5\nr0 = 2\nexit' });
    const steps: TraceStep[] = [];
    program.testRun(new Uint8Array(64), { trace: (step) => steps.push(step) });
    assert.deepEqual(steps.at(-1), { program: '', slot: 2, text: 'exit', changed: [], depth: 1 });
  });

  test('a step tells its program after a tail call', async () => {
    const targets = runtime.createMap({ type: 'prog_array', maxEntries: 1, name: 'targets' });
    const target = await runtime.loadProgram({ type: 'xdp', source: 'r0 = 4\nexit', name: 'target' });
    targets.set(0, target);
    const caller = await runtime.loadProgram({
      type: 'xdp',
      source: 'r2 = map[targets] ll\nr3 = 0\ncall bpf_tail_call\nr0 = 1\nexit',
      maps: { targets },
      name: 'caller',
    });
    const names: string[] = [];
    const { r0 } = caller.testRun(new Uint8Array(64), { trace: ({ program }) => names.push(program) });
    assert.equal(r0, 4n);
    assert.deepEqual(names, ['caller', 'caller', 'caller', 'target', 'target']);
  });

  test('what the callback throws ends the run, and the next run is whole', async () => {
    const program = await runtime.loadProgram({ type: 'xdp', source });
    const trace = () => {
      throw new RangeError('enough');
    };
    assert.throws(() => program.testRun(new Uint8Array(64), { trace }), /enough/);
    assert.equal(program.testRun(new Uint8Array(64)).r0, 9n);
  });
});

test('the interpreter counts coverage as the compiled program does', async () => {
  const source = 'r0 = 5\nagain:\nr0 -= 1\nif r0 != 0 goto again\nexit';
  for (const engine of ['compiled', 'interpreter'] as const) {
    const program = await runtime.loadProgram({ type: 'xdp', source, engine, coverage: true });
    program.testRun(new Uint8Array(64));
    assert.deepEqual([...(program.coverage() ?? [])], [1, 5, 5, 1], engine);
  }
});
