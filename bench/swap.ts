/**
 * Look-ups under live swaps: one worker runs a program over an outer map, while the main thread publishes fresh tables.
 *
 *   rate        packets a second with 1,000 swaps a second, as a share of those without, interleaved
 *   swap call   `outer.set()` alone, with the new table made and filled before
 *   to freed    from the exchange to the old table's memory being free, the main thread idle in its event loop
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type ArrayMap, type OuterMap, type ProgramLoop, Runtime, u32 } from 'innermap';
import { median, quantile } from './harness/statistics.js';

const ENTRIES = 4093;
const SWAPS_A_SECOND = 1000;
const LOOKUPS_A_PACKET = 16;

export interface SwapOptions {
  /** Length of each window, milliseconds. */
  readonly windowMs: number;
  readonly rounds: number;
}

export interface SwapFigures {
  /** Packets a second with swaps over packets a second without, median of the rounds. */
  readonly share: number;
  readonly shareSpread: number;
  /** Two windows without swaps against each other: the noise. */
  readonly noise: number;
  readonly swapsPerSecond: number;
  readonly lookupsPerSecond: number;
  /** Microseconds. */
  readonly swapCall: { readonly p50: number; readonly p99: number };
  readonly toFreed: { readonly p50: number; readonly p99: number };
}

type Table = ArrayMap<number>;

/** Sixteen look-ups of random indices in the inner table of slot 0. */
const SOURCE = `
  *(u32 *)(r10 - 4) = 0
  r1 = map[outer] ll
  r2 = r10
  r2 += -4
  call bpf_map_lookup_elem
  if r0 == 0 goto out
  r6 = r0
  r7 = ${LOOKUPS_A_PACKET}
  call bpf_get_prandom_u32
  r8 = r0
again:
  w8 *= 1664525
  w8 += 1013904223
  w1 = w8
  w1 %= ${ENTRIES}
  *(u32 *)(r10 - 4) = r1
  r1 = r6
  r2 = r10
  r2 += -4
  call bpf_map_lookup_elem
  if r0 == 0 goto out
  r7 += -1
  if r7 != 0 goto again
out:
  r0 = 2
  exit
`;

export async function measureSwaps({ windowMs, rounds }: SwapOptions): Promise<SwapFigures> {
  const runtime = await Runtime.create({ workers: 1 });
  try {
    const table = { type: 'array', value: u32, maxEntries: ENTRIES } as const;
    const outer = runtime.createMap({ type: 'array_of_maps', maxEntries: 1, inner: table, name: 'outer' });
    const values = new Uint32Array(ENTRIES).fill(1);
    const fresh = () => {
      const map = runtime.createMap(table);
      map.fill(values);
      return map;
    };
    outer.set(0, fresh());
    const program = await runtime.loadProgram({ type: 'xdp', name: 'swap_bench', source: SOURCE, maps: { outer } });
    const loop = program.loop(Array.from({ length: 64 }, () => new Uint8Array(64)));
    try {
      await warmUp(runtime, loop);
      return await windows(runtime, outer, fresh, windowMs, rounds);
    } finally {
      await loop.stop();
    }
  } finally {
    await runtime.close();
  }
}

async function warmUp(runtime: Runtime, loop: ProgramLoop): Promise<void> {
  while (loop.threadId === undefined || runtime.stats().totals.packets < 200_000) await sleep(10);
}

async function windows(
  runtime: Runtime,
  outer: OuterMap<number, Table>,
  fresh: () => Table,
  windowMs: number,
  rounds: number,
): Promise<SwapFigures> {
  const calls: number[] = [];
  const shares: number[] = [];
  const noise: number[] = [];
  let swaps = 0;
  let rate = 0;
  for (let round = 0; round < rounds; round++) {
    const before = await packetsIn(runtime, () => sleep(windowMs));
    const during = await packetsIn(runtime, async () => {
      swaps += await swapFor(outer, fresh, windowMs, calls);
    });
    const after = await packetsIn(runtime, () => sleep(windowMs));
    shares.push((2 * during) / (before + after));
    noise.push(Math.abs(after / before - 1));
    rate = during;
  }
  const freed = await freeing(runtime, outer, fresh);
  return {
    share: median(shares),
    shareSpread: Math.max(...shares) - Math.min(...shares),
    noise: Math.max(...noise),
    swapsPerSecond: swaps / ((rounds * windowMs) / 1000),
    lookupsPerSecond: rate * (LOOKUPS_A_PACKET + 1),
    swapCall: { p50: median(calls), p99: quantile(calls, 0.99) },
    toFreed: { p50: median(freed), p99: quantile(freed, 0.99) },
  };
}

/** Packets a second while `during` goes on. */
async function packetsIn(runtime: Runtime, during: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  const first = runtime.stats().totals.packets;
  await during();
  return ((runtime.stats().totals.packets - first) / (performance.now() - begin)) * 1000;
}

/** Swap at the target rate for a while; how many. Each table is made, published, and the old one let go. */
async function swapFor(
  outer: OuterMap<number, Table>,
  fresh: () => Table,
  ms: number,
  calls: number[],
): Promise<number> {
  const begin = performance.now();
  let done = 0;
  while (performance.now() - begin < ms) {
    const due = Math.floor(((performance.now() - begin) * SWAPS_A_SECOND) / 1000);
    for (; done < due; done++) {
      const next = fresh();
      const at = performance.now();
      outer.set(0, next);
      calls.push((performance.now() - at) * 1000);
      next.close();
    }
    await sleep(1);
  }
  return done;
}

/** Microseconds from the exchange until the old table is freed, again and again. */
async function freeing(runtime: Runtime, outer: OuterMap<number, Table>, fresh: () => Table): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < 300; index++) {
    const next = fresh();
    await sleep(1);
    const at = performance.now();
    outer.set(0, next);
    await runtime.barrier();
    times.push((performance.now() - at) * 1000);
    next.close();
  }
  return times;
}

export function swapLines(figures: SwapFigures): string[] {
  const { share, shareSpread, noise, swapsPerSecond, lookupsPerSecond, swapCall, toFreed } = figures;
  const verdict = (met: boolean) => (met ? 'met' : 'missed');
  return [
    `look-ups under ${swapsPerSecond.toFixed(0)} swaps/s of fresh ${ENTRIES}-entry tables, one worker: ` +
      `${(lookupsPerSecond / 1e6).toFixed(1)} M/s, ${share.toFixed(3)} of without (spread ${shareSpread.toFixed(3)}, ` +
      `noise ${noise.toFixed(3)}; target ≥ 0.95 ${verdict(share >= 0.95)})`,
    `swap call: p50 ${swapCall.p50.toFixed(1)} µs, p99 ${swapCall.p99.toFixed(1)} µs (target p50 ≤ 5 ${verdict(swapCall.p50 <= 5)})`,
    `exchange to freed: p50 ${toFreed.p50.toFixed(1)} µs, p99 ${toFreed.p99.toFixed(1)} µs (target p50 ≤ 50 ${verdict(toFreed.p50 <= 50)})`,
  ];
}
