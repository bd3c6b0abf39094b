/**
 * Interleaved measurement. Two sides that are measured one after the other differ by whatever the machine did
 * meanwhile; here each round times all sides shortly after each other, in an order that turns with the rounds,
 * and ratios are taken within a round.
 *
 * The first side is timed twice in each round: the two must agree (A/A), and by how much they do not is the
 * noise below which no difference between A and B means anything.
 */
import { MAX_REPEAT, type Sample, type Subject } from './engine.js';
import { median, spread } from './statistics.js';

export interface MeasureOptions {
  readonly rounds: number;
  /** Length of one sample, milliseconds. */
  readonly sampleMs: number;
  /** Warm-up of each side, milliseconds at least. */
  readonly warmUpMs: number;
}

export const FULL: MeasureOptions = { rounds: 7, sampleMs: 20, warmUpMs: 300 };
export const QUICK: MeasureOptions = { rounds: 7, sampleMs: 2, warmUpMs: 60 };

export interface Side {
  readonly name: string;
  readonly subject: Subject;
}

export interface SideResult {
  readonly name: string;
  /** Nanoseconds per operation, one a round. */
  readonly samples: readonly number[];
  readonly median: number;
  /** (largest − smallest) / median of the rounds. */
  readonly spread: number;
}

export interface Measurement {
  readonly sides: readonly SideResult[];
  /** The first side against itself: median over the rounds of A′/A. */
  readonly aa: number;
  /** Largest |A′/A − 1| of the rounds. */
  readonly aaSpread: number;
  /** A/B of each round, median; absent with one side. */
  readonly ratio?: number;
}

/** A run did not do its work, so its time means nothing. */
export class VoidMeasurement extends Error {}

export function measure(
  sides: readonly Side[],
  program: { readonly name: string; readonly ops_per_run: number; readonly expect_r0: string },
  options: MeasureOptions,
): Measurement {
  const timed = sides.map(({ name, subject }) => {
    const checked = (repeat: number) => check(program, name, subject.run(repeat));
    return { name, run: checked, repeat: warmUp(checked, options), samples: [] as number[] };
  });
  const [first] = timed;
  if (first === undefined) throw new RangeError('measure: no sides given');
  const again = { ...first, samples: [] as number[] };
  const order = [...timed, again];
  for (let round = 0; round < options.rounds; round++) {
    for (let turn = 0; turn < order.length; turn++) {
      const side = order[(round + turn) % order.length] as (typeof order)[number];
      side.samples.push(side.run(side.repeat).nanoseconds / side.repeat / program.ops_per_run);
    }
  }
  const ratios = (other: { samples: number[] }) =>
    other.samples.map((time, round) => time / (first.samples[round] as number));
  const aa = ratios(again);
  const second = timed[1];
  return {
    sides: timed.map(({ name, samples }) => ({ name, samples, median: median(samples), spread: spread(samples) })),
    aa: median(aa),
    aaSpread: Math.max(...aa.map((ratio) => Math.abs(ratio - 1))),
    ...(second === undefined ? {} : { ratio: 1 / median(ratios(second)) }),
  };
}

function check(program: { name: string; expect_r0: string }, side: string, sample: Sample): Sample {
  if (program.expect_r0 === 'nonzero' && sample.r0 === 0) {
    throw new VoidMeasurement(`${program.name}: r0 is 0 on the ${side} side: some operation failed`);
  }
  return sample;
}

/**
 * Run until the time is up and the optimising compiler has had its chance: V8 recompiles WebAssembly between
 * calls, on another thread, so the warm-up is many calls and not one long one. Returns the repeat count that
 * fills a sample at the speed of the last calls.
 */
function warmUp(run: (repeat: number) => Sample, { warmUpMs, sampleMs }: MeasureOptions): number {
  const end = performance.now() + warmUpMs;
  let repeat = 1;
  let perRun = Number.POSITIVE_INFINITY;
  do {
    perRun = run(repeat).nanoseconds / repeat;
    if (perRun * repeat < (sampleMs * 1e6) / 4) repeat = Math.min(repeat * 2, MAX_REPEAT);
  } while (performance.now() < end || (perRun * repeat < (sampleMs * 1e6) / 4 && repeat < MAX_REPEAT));
  return Math.max(1, Math.min(MAX_REPEAT, Math.round((sampleMs * 1e6) / perRun)));
}
