/** Running a program over what it was given, with counts and times. */
import type { Program, TraceStep } from '../../index.js';
import { interruptible } from '../output/interruption.js';
import { grouped } from '../output/units.js';
import { type VerdictCount, VerdictCounter } from './verdicts.js';

export interface RunFigures {
  readonly runs: number;
  /** Mean time of a run; over a capture, of all workers together. */
  readonly nanosecondsPerRun: number;
  readonly verdicts: readonly VerdictCount[];
  /** The packet as the last run left it; not over a capture. */
  readonly data?: Uint8Array;
  /** The context likewise. */
  readonly context?: Uint8Array;
  /** All 64 bits of the last r0, in hexadecimal; not over a capture. */
  readonly r0?: string;
  /** Of a capture; absent when every packet was run over. */
  readonly skipped?: Skipped;
}

/** Packets of a capture that no program can be run over. */
export interface Skipped {
  readonly packets: number;
  /** Bytes that a packet has to have. */
  readonly shortest: number;
}

export interface CaptureOptions {
  readonly repeat: number;
  /** On worker threads, or on the calling one. */
  readonly onWorkers: boolean;
  readonly progress: (text: string) => void;
}

/** PROG_TEST_RUN takes no frame without an Ethernet header. */
const SHORTEST_FRAME = 14;

export async function runCapture(
  program: Program,
  captured: readonly Uint8Array[],
  options: CaptureOptions,
): Promise<RunFigures> {
  const packets = captured.filter(({ length }) => length >= SHORTEST_FRAME);
  if (packets.length === 0) throw new Error('the capture has no packet with an Ethernet header');
  const counter = new VerdictCounter(program.type);
  const total = packets.length * options.repeat;
  let nanoseconds = 0;
  for (let round = 0; round < options.repeat; round++) {
    const begin = performance.now();
    const onProgress = ({ done }: { done: number }) =>
      options.progress(`${grouped(round * packets.length + done)} of ${grouped(total)} packets`);
    if (options.onWorkers) {
      const { verdicts } = await program.run(packets, { returnPackets: false, onProgress });
      for (const verdict of verdicts) counter.add(verdict);
    } else {
      interruptible(() => runHere(program, packets, counter, (done) => onProgress({ done })));
    }
    nanoseconds += (performance.now() - begin) * 1e6;
  }
  const skipped = { packets: captured.length - packets.length, shortest: SHORTEST_FRAME };
  const figures = { runs: total, nanosecondsPerRun: nanoseconds / total, verdicts: counter.counts };
  return skipped.packets === 0 ? figures : { ...figures, skipped };
}

/** Packets between two words about the progress. */
const STRETCH = 1024;

/** Over the packets, one by one, on this thread. */
function runHere(
  program: Program,
  packets: readonly Uint8Array[],
  counter: VerdictCounter,
  progress: (done: number) => void,
): void {
  for (const [index, packet] of packets.entries()) {
    counter.add(program.testRun(packet).verdict);
    if (index % STRETCH === 0) progress(index);
  }
}

export interface OneOptions {
  /** Undefined: none, for types that run without. */
  readonly data: Uint8Array | undefined;
  /** Context of the program's type, for PROG_TEST_RUN. */
  readonly context: Uint8Array | undefined;
  readonly repeat: number;
  readonly trace: ((step: TraceStep) => void) | undefined;
}

/** One packet or context, by PROG_TEST_RUN. */
export function runOne(program: Program, { data, context, repeat, trace }: OneOptions): RunFigures {
  const options = { repeat, ...(context ? { context } : {}), ...(trace ? { trace } : {}) };
  const result = interruptible(() => program.testRun(data ?? null, options));
  const counter = new VerdictCounter(program.type);
  counter.add(result.verdict, repeat);
  return {
    runs: repeat,
    nanosecondsPerRun: result.duration,
    verdicts: counter.counts,
    r0: `0x${result.r0.toString(16).padStart(16, '0')}`,
    ...(data ? { data: result.data } : {}),
    ...(result.context ? { context: result.context } : {}),
  };
}
