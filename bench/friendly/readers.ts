/**
 * `node build/bench/friendly/readers.js [--quick]`: a thread looks keys up in the tables of 8 tenants, 4,093
 * entries each, while the main thread replaces a table now and then. Four ways to share the tables:
 * innermap; a plain Map of the thread's own, which nobody replaces; a Map that is posted again on each
 * replacement; one shared table behind one lock.
 */
import { once } from 'node:events';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { Runtime, u32 } from 'innermap';
import { describeMachine, machineLines } from '../harness/machine.js';
import { nanoseconds, percent, table } from '../harness/report.js';
import { median, spread } from '../harness/statistics.js';
import { LockedTable } from './locked-table.js';
import { ENTRIES, type RunReply, TENANTS, type Way } from './reader-thread.js';

const QUICK = process.argv.includes('--quick');
const ROUNDS = QUICK ? 3 : 7;
const SAMPLE_MS = QUICK ? 100 : 400;
const SWAPS_PER_SECOND = [0, 1000] as const;
const TARGET = 250;
const MOST_AT_ONCE = 20;

const print = (line: string) => process.stdout.write(`${line}\n`);
const keys = Uint32Array.from({ length: ENTRIES }, (_, key) => key);
const values = keys.map((key) => key + 1);

interface Side {
  readonly name: string;
  readonly worker: Worker;
  /** Replace the table of a tenant. */
  swap(tenant: number): void;
  readonly samples: number[];
}

/** Look-ups while so many tables a second are replaced: medians in nanoseconds, by the way that they are shared. */
export interface ReaderFigures {
  readonly swapsPerSecond: number;
  readonly nanoseconds: Readonly<Record<string, number>>;
}

/** What was measured. */
export const readerFigures: ReaderFigures[] = [];

const runtime = await Runtime.create({ workers: 0 });
for (const line of machineLines(describeMachine())) print(line);
const sides = [innermap(), reposted(), locked(), plain()];
for (const swaps of SWAPS_PER_SECOND) await compare(swaps);
await Promise.all(sides.map(({ worker }) => worker.terminate()));
await runtime.close();

/** Interleaved rounds, the order turning; the first side twice in each, for the A/A line. */
async function compare(swapsPerSecond: number): Promise<void> {
  const [first] = sides as [Side];
  const again: Side = { ...first, samples: [] };
  const order = [...sides, again];
  for (const side of order) {
    side.samples.length = 0;
    await sample(side, swapsPerSecond);
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (let turn = 0; turn < order.length; turn++) {
      const side = order[(round + turn) % order.length] as Side;
      side.samples.push(await sample(side, swapsPerSecond));
    }
  }
  const own = median(first.samples);
  readerFigures.push({
    swapsPerSecond,
    nanoseconds: Object.fromEntries(sides.map(({ name, samples }) => [name, median(samples)])),
  });
  const rows = sides.map(({ name, samples }, index) => [
    `  ${name}`,
    `${nanoseconds(median(samples))} ns`,
    `spread ${percent(spread(samples))}`,
    index === 0
      ? `target ${TARGET} ns: ${own <= TARGET ? 'met' : 'missed'}`
      : `ratio ${(median(samples) / own).toFixed(2)}`,
  ]);
  const ratios = again.samples.map((time, round) => time / (first.samples[round] as number));
  const largest = Math.max(...ratios.map((ratio) => Math.abs(ratio - 1)));
  print(`nested look-up, ${swapsPerSecond} replaced tables a second`);
  for (const line of table([...rows, ['  A/A', median(ratios).toFixed(3), `spread ${percent(largest)}`, '']]))
    print(line);
}

/** Nanoseconds of a look-up while tables are replaced. */
async function sample(side: Side, swapsPerSecond: number): Promise<number> {
  side.worker.postMessage({ milliseconds: SAMPLE_MS });
  let running = true;
  const reply = once(side.worker, 'message').then(([message]) => {
    running = false;
    return message as RunReply;
  });
  const begin = performance.now();
  for (let count = 0; running && swapsPerSecond > 0; ) {
    const due = ((performance.now() - begin) * swapsPerSecond) / 1000;
    // A machine that cannot keep up must still come to hear the reply.
    for (const end = Math.min(due, count + MOST_AT_ONCE); count < end; count++) side.swap(count % TENANTS);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const { lookups, nanoseconds: total, missed } = await reply;
  if (missed > 0) throw new Error(`${side.name}: ${missed} of ${lookups} look-ups found nothing`);
  return total / lookups;
}

function thread(way: Way, transfer: readonly MessagePort[] = []): Worker {
  const worker = new Worker(new URL('./reader-thread.js', import.meta.url));
  worker.postMessage(way, [...transfer]);
  return worker;
}

function innermap(): Side {
  const spec = { type: 'hash', key: u32, value: u32, maxEntries: ENTRIES } as const;
  const tenants = runtime.createMap({ type: 'array_of_maps', maxEntries: TENANTS, inner: spec });
  const swap = (tenant: number) => {
    const map = runtime.createMap(spec);
    map.fill(keys, values);
    tenants.set(tenant, map);
    map.close();
  };
  for (let tenant = 0; tenant < TENANTS; tenant++) swap(tenant);
  const handle = runtime.handle({ maps: { tenants } });
  return { name: 'innermap', worker: thread({ way: 'innermap', handle }, handle.transfer), swap, samples: [] };
}

function plain(): Side {
  return { name: 'plain Map, never replaced', worker: thread({ way: 'plain' }), swap: () => undefined, samples: [] };
}

function reposted(): Side {
  const { port1, port2 } = new MessageChannel();
  port1.unref();
  const received = new Int32Array(new SharedArrayBuffer(4));
  let posted = 0;
  const swap = (tenant: number) => {
    // Copies that the thread has not come to yet would only pile up.
    if (posted - Atomics.load(received, 0) >= MOST_AT_ONCE) return;
    posted++;
    const map = new Map<number, number>();
    for (let index = 0; index < ENTRIES; index++) map.set(keys[index] as number, values[index] as number);
    port1.postMessage({ tenant, map });
  };
  return {
    name: 'Map posted on each swap',
    worker: thread({ way: 'reposted', port: port2, received }, [port2]),
    swap,
    samples: [],
  };
}

function locked(): Side {
  const shared = LockedTable.create(TENANTS * ENTRIES);
  const all = (tenant: number) => keys.map((key) => tenant * 65_536 + key);
  const everyKey = Uint32Array.from(Array.from({ length: TENANTS }, (_, tenant) => [...all(tenant)]).flat());
  shared.update(
    everyKey,
    everyKey.map((key) => (key & 0xffff) + 1),
  );
  const swap = (tenant: number) => shared.update(all(tenant), values);
  return {
    name: 'shared table, one lock',
    worker: thread({ way: 'locked', buffer: shared.buffer }),
    swap,
    samples: [],
  };
}
