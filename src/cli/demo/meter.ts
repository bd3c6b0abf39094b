import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

/** Of many measured times, nanoseconds. */
export interface Latency {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Counts swaps, and keeps how long they took and how long readers held what they replaced. */
export class SwapMeter {
  readonly #swaps = createHistogram();
  readonly #gracePeriods = createHistogram();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  get swapLatency(): Latency {
    return latencyOf(this.#swaps);
  }

  get gracePeriodLatency(): Latency {
    return latencyOf(this.#gracePeriods);
  }

  /** Time one publication: the exchange alone, not the filling of the new map. */
  swap(publish: () => unknown): void {
    const begin = process.hrtime.bigint();
    publish();
    record(this.#swaps, begin);
    this.#count++;
  }

  /** Time from a publication to the moment at which no reader holds the old map. */
  async gracePeriod<T>(swapped: Promise<T>): Promise<T> {
    const begin = process.hrtime.bigint();
    this.#count++;
    const old = await swapped;
    record(this.#gracePeriods, begin);
    return old;
  }
}

function record(histogram: RecordableHistogram, begin: bigint): void {
  const elapsed = process.hrtime.bigint() - begin;
  histogram.record(elapsed > 0n ? elapsed : 1n);
}

function latencyOf(histogram: RecordableHistogram): Latency {
  if (histogram.count === 0) return { count: 0, p50: 0, p99: 0, max: 0 };
  return { count: histogram.count, p50: histogram.percentile(50), p99: histogram.percentile(99), max: histogram.max };
}
