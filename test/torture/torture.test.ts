/**
 * Readers, in programs on the pool and in JavaScript, against swaps and deletes as fast as main can make them, while
 * threads are killed at random. The method is rcutorture's: what a reader holds has an age in grace periods. Main writes
 * 1 into an inner map after it was unlinked, and 2 after its grace period; then it is freed, and freed maps are poisoned.
 * So a reader may see 0 or 1, and nothing else.
 *
 * 10 seconds; INNERMAP_TORTURE_SECONDS for more. INNERMAP_CORE names another build of the core: the mutants' long run.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { type ArrayMap, type OuterMap, type Program, Runtime, u32 } from 'innermap';
import { KEYS, SEEN, type TortureRequest } from './reader.js';
import { HANGS } from '../timing.js';

const SECONDS = Number(process.env['INNERMAP_TORTURE_SECONDS'] ?? 10);
const CORE = process.env['INNERMAP_CORE'] ?? 'core';
const INNER = { type: 'array', value: u32, maxEntries: 2 } as const;
const READERS = 2;
const KILLS = 50;
/** Of swaps, and of sections that saw the newest map. */
const LEAST = 1000;
/** Verdicts of the program. */
const PASS = 2;
const VIOLATION = 4;

/** Looks the inner map under the packet's length modulo KEYS up, in the array or the hash, and at its age 16 times. */
const PROGRAM = `
  r6 = *(u32 *)(r1 + 4)
  r2 = *(u32 *)(r1 + 0)
  r6 -= r2
  r7 = r6
  r6 &= ${KEYS - 1}
  *(u32 *)(r10 - 4) = r6
  r8 = 0
  r2 = r10
  r2 += -4
  if r7 & 8 goto in_hash
  r1 = map[array] ll
  call bpf_map_lookup_elem
  if r0 == 0 goto pass
  r9 = r0
  goto again
in_hash:
  r1 = map[hash] ll
  call bpf_map_lookup_elem
  if r0 == 0 goto pass
  r9 = r0
again:
  *(u32 *)(r10 - 8) = 0
  r1 = r9
  r2 = r10
  r2 += -8
  call bpf_map_lookup_elem
  if r0 == 0 goto violation
  r1 = *(u32 *)(r0 + 0)
  if r1 > 1 goto violation
  r8 += 1
  if r8 < 16 goto again
pass:
  r0 = ${PASS}
  exit
violation:
  r0 = ${VIOLATION}
  exit`;

test('no reader holds what is older than one grace period; nothing is lost when threads die', async (context) => {
  await using runtime = await Runtime.create({
    workers: 1, readers: READERS + 4, memory: 1 << 28, poison: true, core: CORE,
  }); // biome-ignore format: short
  const start = runtime.stats().arena.bytesUsed;
  const seen = new Int32Array(new SharedArrayBuffer(4 * SEEN.words));
  const totals = { swaps: 0, deletes: 0, kills: 0, aborts: 0, packets: 0 };
  {
    using array = runtime.createMap({ type: 'array_of_maps', maxEntries: KEYS, inner: INNER, name: 'array' });
    using hash = runtime.createMap({ type: 'hash_of_maps', key: u32, maxEntries: KEYS, inner: INNER, name: 'hash' });
    const program = await runtime.loadProgram({ type: 'xdp', maps: { array, hash }, source: PROGRAM });
    const end = performance.now() + SECONDS * 1000;
    // A busy machine takes longer to start and end so many threads.
    const tooLittle = () => totals.kills < KILLS || totals.swaps <= LEAST || (seen[SEEN.current] as number) <= LEAST;
    const goesOn = () => performance.now() < end || (tooLittle() && performance.now() < end + HANGS);
    const readers = Array.from({ length: READERS }, (_, index) =>
      readerLoop(runtime, { array, hash }, { seen, looks: index === 0 ? 4 : 64 }, goesOn, totals),
    );
    const runs = runLoop(program, seen, goesOn, totals);
    const aging: Promise<void>[] = [];
    for (let turn = 0; goesOn(); turn++) {
      for (const outer of [array, hash]) {
        const key = turn % KEYS;
        const fresh = runtime.createMap(INNER);
        const old = outer.get(key);
        if (old !== undefined && turn % 5 === 4) {
          outer.delete(key);
          totals.deletes++;
          fresh.close();
        } else {
          outer.set(key, fresh);
          totals.swaps++;
        }
        if (old !== undefined) aging.push(grownOld(runtime, old));
      }
      if (turn % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
      if (aging.length > 2000) await Promise.all(aging.splice(0));
    }
    await Promise.all([...readers, runs, ...aging]);
    for (let key = 0; key < KEYS; key++) for (const outer of [array, hash]) outer.get(key)?.close();
    program.close();
  }
  await runtime.barrier();
  const { maps, readers } = runtime.stats();
  context.diagnostic(`${JSON.stringify(totals)}, seen [sections, age 0, age 1, violations]: ${seen}`);
  assert.equal(seen[SEEN.violations], 0);
  assert.ok((seen[SEEN.current] as number) > LEAST && totals.swaps > LEAST, 'there was too little to see');
  assert.ok(totals.kills >= KILLS, `${totals.kills} kills`);
  assert.deepEqual([maps.live, maps.retired, maps.retiredBytes, readers], [0, 0, 0, 0]);
  await allSlotsFree(runtime);
  assert.equal(runtime.stats().arena.bytesUsed, start, 'bytes are lost');
});

/** Age an unlinked map, then let it go: its object, which `get` gave, holds the last reference. */
async function grownOld(runtime: Runtime, map: ArrayMap<number>): Promise<void> {
  map.set(0, 1);
  await runtime.synchronize();
  map.set(0, 2);
  map.close();
}

interface Totals {
  /** Threads that were terminated, workers of the pool by an abort among them. */
  kills: number;
  aborts: number;
  packets: number;
}

type Outers = Readonly<Record<'array' | 'hash', OuterMap<number, ArrayMap<number>>>>;
type Task = Pick<TortureRequest, 'seen' | 'looks'>;

/** One reader thread after the other, each killed after a random while. */
async function readerLoop(
  runtime: Runtime,
  maps: Outers,
  task: Task,
  goesOn: () => boolean,
  totals: Totals,
): Promise<void> {
  while (goesOn()) {
    const worker = new Worker(new URL('./reader.js', import.meta.url));
    const handle = runtime.handle(worker, { maps });
    worker.postMessage({ handle, ...task }, [...handle.transfer]);
    await once(worker, 'message');
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 80));
    const exited = once(worker, 'exit');
    await worker.terminate();
    await exited;
    totals.kills++;
  }
}

/** The program over packets of all lengths, without pause; now and then a run is aborted, which ends its thread. */
async function runLoop(program: Program, seen: Int32Array, goesOn: () => boolean, totals: Totals): Promise<void> {
  const packets = Array.from({ length: 2000 }, (_, index) => new Uint8Array(64 + (index % 64)));
  for (let run = 0; goesOn(); run++) {
    const controller = new AbortController();
    if (run % 8 === 7) setTimeout(() => controller.abort(), Math.random() * 3);
    try {
      const { verdicts } = await program.run(packets, { signal: controller.signal, returnPackets: false });
      totals.packets += verdicts.length;
      const violations = verdicts.filter((verdict) => verdict !== PASS).length;
      Atomics.add(seen, SEEN.violations, violations);
    } catch (error) {
      if (!controller.signal.aborted) throw error;
      totals.aborts++;
      totals.kills++;
    }
  }
}

/** As many readers as there are slots for can attach. */
async function allSlotsFree(runtime: Runtime): Promise<void> {
  using map = runtime.createMap({ type: 'array', value: u32, maxEntries: 1 });
  const { attach } = await import('innermap/reader');
  const readers = Array.from({ length: READERS + 4 }, () => attach(runtime.handle({ maps: { map } })));
  for (const reader of readers) reader.close();
  await runtime.barrier();
  await new Promise((resolve) => setTimeout(resolve, 50));
}
