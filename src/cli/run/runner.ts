/** Running a program over what it was given, with counts and times. */
import type { Program, Runtime } from '../../index.js';
import { grouped } from '../output/units.js';
import { type VerdictCount, VerdictCounter } from './verdicts.js';

export interface RunFigures {
  readonly runs: number;
  /** Mean time of a run; over a capture, of all workers together. */
  readonly nanosecondsPerRun: number;
  readonly verdicts: readonly VerdictCount[];
  /** The packet as the last run left it; not over a capture. */
  readonly data?: Uint8Array;
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
      for (const packet of packets) counter.add(program.testRun(packet).verdict);
    }
    nanoseconds += (performance.now() - begin) * 1e6;
  }
  return { runs: total, nanosecondsPerRun: nanoseconds / total, verdicts: counter.counts };
}

export interface OneOptions {
  /** Undefined: none, for types that run without. */
  readonly data: Uint8Array | undefined;
  /** Context of the program's type, for PROG_TEST_RUN. */
  readonly context: Uint8Array | undefined;
  readonly repeat: number;
}

/** Room for what comes back: a packet may have grown. */
const GROWTH = 4096;

/** One packet or context, by PROG_TEST_RUN. */
export function runOne(runtime: Runtime, program: Program, { data, context, repeat }: OneOptions): RunFigures {
  const out = data && new Uint8Array(data.length + GROWTH);
  const attributes = {
    prog_fd: program.fd,
    repeat,
    retval: 0,
    duration: 0,
    data_size_out: out?.length ?? 0,
    ...(data ? { data_in: data, data_size_in: data.length, data_out: out ?? null } : {}),
    ...(context ? { ctx_in: context, ctx_size_in: context.length } : {}),
  };
  runtime.bpf('PROG_TEST_RUN', attributes);
  const counter = new VerdictCounter(program.type);
  counter.add(attributes.retval, repeat);
  const left = out ? { data: out.slice(0, attributes.data_size_out) } : {};
  return { runs: repeat, nanosecondsPerRun: attributes.duration, verdicts: counter.counts, ...left };
}
