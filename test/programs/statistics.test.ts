/** Run counts, run times and coverage, read from the main thread while workers run. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Runtime } from 'innermap';
import { until } from '../timing.js';

const PACKET = new Uint8Array(64);

/** An even first byte goes one way, an odd one the other. */
const BRANCHES = `
  r2 = *(u32 *)(r1 + 0)
  r3 = *(u32 *)(r1 + 4)
  r4 = r2
  r4 += 1
  if r4 > r3 goto even
  r5 = *(u8 *)(r2 + 0)
  r5 &= 1
  if r5 == 0 goto even
  r0 = 1
  exit
even:
  r0 = 2
  exit
`;

describe('statistics of programs', () => {
  let runtime: Runtime;

  before(async () => {
    runtime = await Runtime.create({ workers: 2 });
  });
  after(() => runtime.close());

  test('counts and coverage grow while a worker loops', async () => {
    using program = await runtime.loadProgram({ type: 'xdp', source: BRANCHES, coverage: true });
    const loop = program.loop([PACKET, Uint8Array.from(PACKET, () => 1)]);
    const later = async (than: bigint) => {
      await until('more runs', () => program.counts().runs > than);
      return program.counts();
    };
    const first = await later(0n);
    const second = await later(first.runs);
    assert.ok(second.runs > first.runs && first.runs > 0n);
    assert.ok(second.nanoseconds > first.nanoseconds);
    const under = program.coverage() as Uint32Array;
    await loop.stop();
    const total = program.coverage() as Uint32Array;
    assert.equal(total.length, 12);
    assert.ok((under[0] as number) > 0 && (total[0] as number) >= (under[0] as number));
    const { runs } = program.counts();
    assert.equal(BigInt(total[0] as number), runs);
    // Half of the packets each way.
    assert.equal((total[8] as number) + (total[10] as number), total[0]);
    assert.ok(Math.abs((total[8] as number) - (total[10] as number)) <= 1);
  });

  test('each run counts once, on workers and here, and program info says the same', async () => {
    using program = await runtime.loadProgram({ type: 'xdp', source: BRANCHES });
    await program.run(Array.from({ length: 1000 }, () => PACKET));
    assert.equal(program.counts().runs, 1000n);
    program.testRun(PACKET, { repeat: 5 });
    const { runs, nanoseconds } = program.counts();
    assert.equal(runs, 1005n);
    const info = new Uint8Array(232);
    runtime.bpf('OBJ_GET_INFO_BY_FD', { bpf_fd: program.fd, info, info_len: info.length });
    const view = new DataView(info.buffer);
    assert.deepEqual([view.getBigUint64(200, true), view.getBigUint64(192, true)], [runs, nanoseconds]);
    assert.equal(program.coverage(), undefined);
  });

  test('the interpreter gives the same verdicts, packets and counts', async () => {
    const packets = Array.from({ length: 40 }, (_, index) => new Uint8Array(64).fill(index));
    using compiled = await runtime.loadProgram({ type: 'xdp', source: BRANCHES });
    using interpreted = await runtime.loadProgram({ type: 'xdp', source: BRANCHES, engine: 'interpreter' });
    assert.deepEqual(await interpreted.run(packets), await compiled.run(packets));
    for (const packet of packets) assert.equal(interpreted.testRun(packet).verdict, compiled.testRun(packet).verdict);
    assert.equal(interpreted.counts().runs, 80n);
  });

  test('a program that is too large for one WebAssembly function is interpreted, and its log says so', async () => {
    const count = 990_000;
    const add = { opcode: 0xdb, dst: 10, src: 0, offset: -8, imm: 0, immHigh: 0 };
    const insns = [
      { opcode: 0xb7, dst: 0, src: 0, offset: 0, imm: 1, immHigh: 0 },
      { opcode: 0x7a, dst: 10, src: 0, offset: -8, imm: 0, immHigh: 0 },
      ...new Array<typeof add>(count).fill(add),
      { opcode: 0x79, dst: 0, src: 10, offset: -8, imm: 0, immHigh: 0 },
      { opcode: 0x95, dst: 0, src: 0, offset: 0, imm: 0, immHigh: 0 },
    ];
    // Without the verifier, which takes a minute for it on a busy machine.
    using program = await runtime.loadProgram({ type: 'xdp', insns, unsafe: true, logLevel: 1 });
    assert.ok(program.wasm === null, 'it was compiled after all');
    assert.match(program.log, /interpret/);
    assert.equal(program.testRun(PACKET).verdict, count);
    assert.deepEqual([...(await program.run([PACKET])).verdicts], [count]);
  });
});
