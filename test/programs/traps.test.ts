/** Runs that end in the middle: the run rejects, the worker lives on, and nothing that the program held stays held. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { after, before, describe, test } from 'node:test';
import { bytes, type ProgramSpec, Runtime, spinLock, struct, u32, u64 } from 'innermap';
import { HANGS } from '../timing.js';

const THROWING = fileURLToPath(new URL('./fixtures/throwing-listener.js', import.meta.url));
const PACKET = new Uint8Array(64);
const TRAP = 'r1 = 0xffffff00 ll\nr0 = *(u64 *)(r1 + 512)\n';
const FIRST_VALUE = (map: string) => `
  *(u32 *)(r10 - 4) = 0
  r1 = map[${map}] ll
  r2 = r10
  r2 += -4
  call bpf_map_lookup_elem
  if r0 == 0 goto out
`;

for (const engine of ['compiled', 'interpreter'] as const) {
  describe(`traps, ${engine}`, () => {
    let runtime: Runtime;

    before(async () => {
      runtime = await Runtime.create({ workers: 1, lockTimeout: 50 });
    });
    after(() => runtime.close());

    /** Load it without the verifier, which would not have it, run it on a worker and here: both trap. */
    async function traps(spec: Omit<ProgramSpec, 'type'>): Promise<void> {
      using program = await runtime.loadProgram({ type: 'xdp', ...spec, engine, unsafe: true });
      const threads = () => runtime.stats().workers.map(({ threadId }) => threadId);
      const before = threads();
      await assert.rejects(program.run([PACKET, PACKET]), { code: 'ERR_INNERMAP_PROGRAM_TRAP' });
      assert.deepEqual(threads(), before);
      assert.throws(() => program.testRun(PACKET), { name: /ProgramTrapError|InterpreterError|MemoryAccessError/ });
      await runtime.synchronize({ timeout: HANGS });
      using good = await runtime.loadProgram({ type: 'xdp', source: 'r0 = 2\nexit', engine });
      assert.deepEqual([...(await good.run([PACKET])).verdicts], [2]);
    }

    test('in the main function', () => traps({ source: `${TRAP}exit` }));

    test('in a subprogram', () => traps({ source: `call f\nexit\nf:\n${TRAP}exit` }));

    test('in a callback of bpf_loop, nested', () =>
      traps({
        source: `
          r1 = 3
          r2 = func[outer] ll
          r3 = 0
          r4 = 0
          call bpf_loop
          r0 = 0
          exit
        outer:
          r1 = 3
          r2 = func[nested] ll
          r3 = 0
          r4 = 0
          call bpf_loop
          r0 = 0
          exit
        nested:
          ${TRAP}
          exit`,
      }));

    test('in a callback of for_each_map_elem: the map can be written, and walked again', async () => {
      using numbers = runtime.createMap({ type: 'hash', key: u32, value: u32, maxEntries: 8 });
      numbers.set(1, 1).set(2, 2);
      const walk = (body: string) => `
        r1 = map[numbers] ll
        r2 = func[each] ll
        r3 = 0
        r4 = 0
        call bpf_for_each_map_elem
        exit
      each:
        ${body}
        exit`;
      await traps({ source: walk(TRAP), maps: { numbers } });
      numbers.set(1, 5).delete(2);
      using counts = await runtime.loadProgram({
        type: 'xdp',
        source: walk('r0 = 0'),
        maps: { numbers },
        engine,
        unsafe: true,
      });
      assert.deepEqual([...(await counts.run([PACKET])).verdicts], [1]);
    });

    test('with a spin lock held: main takes it at once', async () => {
      const value = struct({ lock: spinLock, hits: u64 });
      using locked = runtime.createMap({ type: 'array', value, maxEntries: 1, name: 'locked' });
      const source = `
        ${FIRST_VALUE('locked')}
        r1 = r0
        call bpf_spin_lock
        ${TRAP}
      out:
        r0 = 0
        exit`;
      await traps({ source, maps: { locked } });
      locked.set(0, { hits: 7n } as never, { lock: true });
      assert.equal((locked.get(0, { lock: true }) as { hits: bigint }).hits, 7n);
    });

    test('with a ring-buffer record reserved: it is discarded, and later ones arrive', async () => {
      using ring = runtime.createMap({ type: 'ringbuf', value: bytes(8), maxEntries: 4096, name: 'ring' });
      const source = `
        r1 = map[ring] ll
        r2 = 8
        r3 = 0
        call bpf_ringbuf_reserve
        ${TRAP}
        exit`;
      await traps({ source, maps: { ring } });
      assert.equal(ring.output(new Uint8Array(8).fill(3)), true);
      assert.deepEqual([...(ring.read() ?? [])], new Array(8).fill(3));
      assert.equal(ring.pending, 0);
    });
  });
}

test('a listener of printk that throws ends neither the run nor the worker', () => {
  const child = spawnSync(process.execPath, [THROWING], { encoding: 'utf8', timeout: HANGS });
  assert.equal(child.status, 0, child.stderr);
  assert.deepEqual(JSON.parse(child.stdout), { verdicts: [2, 2, 2], thrown: ['of the listener', 'of the listener'] });
});
