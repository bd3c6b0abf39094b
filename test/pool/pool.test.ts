import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, test } from 'node:test';
import {
  LOOPS_FOREVER,
  PRINTS,
  RETURNS_2,
  RETURNS_7,
  SHRINKS,
  TRAPS,
  type Wiring,
  WRITES_FIRST_BYTE,
  wire,
} from './wiring.js';
import { HANGS, promised, until } from '../timing.js';

const PACKETS = 1500;
/** Issue 2: a control call to a dead worker rejects within this long. */
const REJECTS_WITHIN = 100;

function packetList(count = PACKETS): Uint8Array[] {
  return Array.from({ length: count }, (_, index) => new Uint8Array(60 + (index % 7)).fill(index));
}

async function rejection(promise: Promise<unknown>): Promise<Error & { code?: string }> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  return assert.fail('expected a rejection');
}

describe('a pool of two workers', () => {
  let wiring: Wiring;

  before(async () => {
    wiring = await wire({ workers: 2 });
  });

  after(async () => {
    await wiring.destroy();
  });

  test('a run gives a verdict for each packet, in their order, and reports progress', async () => {
    const packets = packetList();
    const seen: number[] = [];
    const program = wiring.load(RETURNS_2);
    const result = await program.run(packets, { batchSize: 100, onProgress: ({ done }) => seen.push(done) });
    assert.equal(result.verdicts.length, PACKETS);
    assert.ok(result.verdicts.every((verdict) => verdict === 2));
    assert.equal(seen.length, 15);
    assert.equal(seen.at(-1), PACKETS);
    assert.deepEqual(result.packets, packets);
  });

  test('packets come back as the program left them', async () => {
    const packets = packetList(10);
    const { packets: back } = await wiring.load(WRITES_FIRST_BYTE).run(packets);
    back.forEach((packet, index) => {
      assert.equal(packet[0], 0xab);
      assert.deepEqual(packet.subarray(1), packets[index]?.subarray(1));
    });
    const { packets: none } = await wiring.load(WRITES_FIRST_BYTE).run(packets, { returnPackets: false });
    assert.deepEqual(none, []);
  });

  test('a loop gives each round the packets as they were given, whatever the program does to them', async () => {
    const loop = wiring.load(SHRINKS).loop(packetList(3));
    await until('the loop runs', () => loop.threadId !== undefined);
    const packetsOf = () => wiring.pool.report().find(({ threadId }) => threadId === loop.threadId)?.packets ?? 0;
    const before = packetsOf();
    await until('a few rounds', () => packetsOf() >= before + 15);
    const { rounds } = await loop.stop();
    assert.ok(rounds > 4, `${rounds} rounds: a packet that kept shrinking would make the program trap`);
  });

  test('a run over no packets settles', async () => {
    const { verdicts } = await wiring.load(RETURNS_2).run([]);
    assert.equal(verdicts.length, 0);
  });

  test('a trap names program, instruction and packet, and the worker lives on', async () => {
    const before = wiring.pool.workers.map((worker) => worker.threadId).sort();
    const error = await rejection(wiring.load(TRAPS, 'bad_load').run(packetList(3)));
    assert.equal(error.code, 'ERR_INNERMAP_PROGRAM_TRAP');
    assert.match(error.message, /bad_load/);
    assert.equal((error as unknown as { instruction: number }).instruction, 2);
    assert.equal((error as unknown as { packet: number }).packet, 0);
    const { verdicts } = await wiring.load(RETURNS_7).run(packetList(100));
    assert.ok(verdicts.every((verdict) => verdict === 7));
    assert.deepEqual(wiring.pool.workers.map((worker) => worker.threadId).sort(), before);
    for (const { slot } of wiring.pool.workers) assert.equal(wiring.arena.core.slotEpoch(slot), 0, 'left its section');
  });

  test('an abort rejects with AbortError, and the replacement takes over slot and programs', async () => {
    const spinning = wiring.load(LOOPS_FOREVER);
    const controller = new AbortController();
    const run = spinning.run(packetList(1), { signal: controller.signal });
    await until('a worker runs the program', () => running(wiring, spinning.id).length === 1);
    const [slot] = running(wiring, spinning.id);
    const incarnation = wiring.arena.core.slotIncarnation(slot as number);
    controller.abort(new Error('enough'));
    const error = await rejection(run);
    assert.equal(error.name, 'AbortError');
    assert.equal(error.code, 'ABORT_ERR');
    assert.equal((error.cause as Error).message, 'enough');
    await wiring.pool.ready();
    await until('the slot is recovered', () => wiring.arena.core.slotIncarnation(slot as number) !== incarnation);
    assert.equal(wiring.pool.workers.length, 2);
    const { verdicts } = await wiring.load(RETURNS_7).run(packetList(), { batchSize: 50 });
    assert.ok(verdicts.every((verdict) => verdict === 7));
  });

  test('a signal that was aborted before runs nothing', async () => {
    const error = await rejection(wiring.load(RETURNS_2).run(packetList(1), { signal: AbortSignal.abort() }));
    assert.equal(error.name, 'AbortError');
  });

  test('a worker killed in its loop: the loop rejects, the other one goes on, a new worker comes', async () => {
    const program = wiring.load(RETURNS_2);
    const loops = [program.loop(packetList(200)), program.loop(packetList(200))] as const;
    await until('both loops run', () => loops.every((loop) => loop.threadId !== undefined));
    const victim = loops[0].threadId as number;
    await wiring.pool.kill(victim);
    const error = await rejection(loops[0].done);
    assert.equal(error.code, 'ERR_INNERMAP_WORKER_DIED');
    await wiring.pool.ready();
    assert.ok(!wiring.pool.workers.some((worker) => worker.threadId === victim));
    const result = await loops[1].stop();
    assert.ok(result.packets > 0);
  });

  test('a loop goes over to another program without a pause, and answers control calls meanwhile', async () => {
    const loop = wiring.load(RETURNS_2).loop(packetList(200));
    await until('the loop runs', () => loop.threadId !== undefined);
    const threadId = loop.threadId as number;
    const first = await wiring.pool.statisticsOf(threadId);
    const second = wiring.load(RETURNS_7);
    loop.use(second);
    await until('the second program runs', () => running(wiring, second.id).length === 1);
    const later = await wiring.pool.statisticsOf(threadId);
    assert.ok(later.packets > first.packets);
    assert.ok(later.programs.some((program) => program.id === second.id));
    const report = wiring.pool.report().find((worker) => worker.threadId === threadId);
    assert.ok(report && report.packets >= later.packets && report.nanoseconds > 0);
    await loop.stop();
  });

  test('control calls to a worker that is killed reject within 100 ms', async (context) => {
    const spinning = wiring.load(LOOPS_FOREVER);
    const run = rejection(spinning.run(packetList(1)));
    await until('a worker runs the program', () => running(wiring, spinning.id).length === 1);
    const { threadId } =
      wiring.pool.workerOfSlot(running(wiring, spinning.id)[0] as number) ?? assert.fail('no worker');
    const call = rejection(wiring.pool.ping(threadId));
    const begin = performance.now();
    void wiring.pool.kill(threadId);
    assert.equal((await call).code, 'ERR_INNERMAP_WORKER_DIED');
    promised(context, 'from the kill to the rejection', performance.now() - begin, REJECTS_WITHIN);
    assert.equal((await run).code, 'ERR_INNERMAP_WORKER_DIED');
    await wiring.pool.ready();
    assert.equal((await rejection(wiring.pool.ping(threadId))).code, 'ERR_INNERMAP_WORKER_DIED');
  });

  test('printk lines arrive on the main thread', async () => {
    const before = wiring.lines.length;
    const program = wiring.load(PRINTS, 'speaker');
    await program.run(packetList(3));
    await until('three lines', () => wiring.lines.length >= before + 3);
    const [line] = wiring.lines.slice(before);
    assert.equal(line?.text, 'n=5');
    assert.equal(line?.program, 'speaker');
    assert.equal(line?.programId, program.id);
  });

  test('workers killed at random never lose a slot, and every run settles', async () => {
    const program = wiring.load(RETURNS_2);
    const packets = packetList(600);
    let kills = 0;
    const ends: Promise<void>[] = [];
    let settled = 0;
    const end = performance.now() + HANGS;
    const wanted = () => (kills < 10 || settled < 5) && performance.now() < end;
    const runs = (async () => {
      while (wanted()) {
        const outcome = await program.run(packets, { batchSize: 64 }).catch((error: { code?: string }) => error.code);
        if (typeof outcome === 'string') assert.equal(outcome, 'ERR_INNERMAP_WORKER_DIED');
        settled++;
      }
    })();
    while (wanted()) {
      await sleep(Math.random() * 60);
      const workers = wiring.pool.workers;
      const victim = workers[Math.floor(Math.random() * workers.length)];
      if (victim) {
        kills++;
        ends.push(wiring.pool.kill(victim.threadId));
      }
    }
    await runs;
    await Promise.all(ends);
    await wiring.pool.ready();
    assert.ok(kills >= 10 && settled >= 5, `${kills} kills, ${settled} runs`);
    const { core } = wiring.arena;
    const claimed = Array.from({ length: core.slotCount() }, (_, slot) => core.slotIncarnation(slot) & 1);
    assert.equal(
      claimed.reduce((sum, bit) => sum + bit, 0),
      3,
      'main and two workers',
    );
  });
});

test('workers killed the moment they are up take nothing else with them', async () => {
  const wiring = await wire({ workers: 2 });
  const killed = new Set<number>();
  const kills: Promise<void>[] = [];
  const end = performance.now() + HANGS;
  // Node 20 once ended the whole process here: the thread was still in the `require` that had begun its life.
  while (killed.size < 10 && performance.now() < end) {
    await new Promise(setImmediate);
    for (const { threadId } of wiring.pool.workers) {
      if (killed.has(threadId)) continue;
      killed.add(threadId);
      kills.push(wiring.pool.kill(threadId));
    }
  }
  assert.ok(killed.size >= 10, `${killed.size} kills`);
  // Until it has ended, a thread counts as up, and the run would be its last.
  await Promise.all(kills);
  await wiring.pool.ready();
  const { verdicts } = await wiring.load(RETURNS_7).run(packetList(10));
  assert.ok(verdicts.every((verdict) => verdict === 7));
  await wiring.destroy();
});

test('a run gives its memory back, after an abort too', async () => {
  const wiring = await wire({ workers: 1 });
  try {
    const program = wiring.load(RETURNS_2);
    const spinning = wiring.load(LOOPS_FOREVER);
    await program.run(packetList(10));
    const used = wiring.arena.core.arenaUsedBytes();
    await program.run(packetList());
    assert.equal(wiring.arena.core.arenaUsedBytes(), used);
    await rejection(spinning.run(packetList(), { signal: AbortSignal.timeout(20) }));
    await wiring.pool.ready();
    await until('the memory of the aborted run', () => wiring.arena.core.arenaUsedBytes() === used);
  } finally {
    await wiring.destroy();
  }
});

test('a closed program runs on to the end of its run', async () => {
  const wiring = await wire({ workers: 1 });
  try {
    const program = wiring.load(RETURNS_2);
    const loop = program.loop(packetList(100));
    await until('the loop runs', () => loop.threadId !== undefined);
    program.close();
    assert.equal(wiring.kernel.programCount, 1);
    const { packets } = await loop.stop();
    assert.ok(packets > 0);
    assert.equal(wiring.kernel.programCount, 0);
    assert.equal((await rejection(program.run(packetList(1)))).code, 'EBADF');
  } finally {
    await wiring.destroy();
  }
});

test('after destroy no thread is left, runs under way and later ones reject', async () => {
  const wiring = await wire({ workers: 2 });
  const spinning = wiring.load(LOOPS_FOREVER);
  const run = rejection(spinning.run(packetList(1)));
  const aborted = new AbortController();
  const other = rejection(spinning.run(packetList(1), { signal: aborted.signal }));
  await until('two workers run the program', () => running(wiring, spinning.id).length === 2);
  aborted.abort();
  await wiring.destroy();
  assert.equal((await run).code, 'ERR_INNERMAP_POOL_CLOSED');
  assert.equal((await other).name, 'AbortError');
  assert.deepEqual(wiring.pool.workers, []);
  const { core } = wiring.arena;
  for (let slot = 0; slot < core.slotCount(); slot++) {
    assert.ok(slot === wiring.arena.slot || (core.slotIncarnation(slot) & 1) === 0, `slot ${slot} is still claimed`);
  }
  assert.equal((await rejection(spinning.run(packetList(1)))).code, 'ERR_INNERMAP_POOL_CLOSED');
});

/** Slots that run the program at this moment. */
function running(wiring: Wiring, programId: number): number[] {
  const { core } = wiring.arena;
  return wiring.pool.workers.map(({ slot }) => slot).filter((slot) => core.slotProgram(slot) === programId);
}
