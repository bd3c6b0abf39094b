/** Who runs a benchmark program: the kernel, or the library. */
import { type PreparedProgram, prepareProgram, type Syscalls } from './prepare.js';
import type { BenchProgram } from './programs.js';

/** One timed batch of runs. */
export interface Sample {
  /** Of all runs together. */
  readonly nanoseconds: number;
  /** Low 32 bits of r0 of the last run. */
  readonly r0: number;
}

/** A program with its maps filled, ready to be timed. */
export interface Subject {
  run(repeat: number): Sample;
  close(): void;
}

export interface Engine {
  readonly name: string;
  prepare(program: BenchProgram): Subject;
}

/** Shortest frame that a test run takes: an Ethernet header. The programs never look at it. */
const PACKET_BYTES = 14;
/** Runs of one test run: `repeat` is a u32, and a run of a loop of 1,024 takes microseconds. */
export const MAX_REPEAT = 1 << 24;

/** Time PROG_TEST_RUN. `clock` says whose time counts. */
export function testRunEngine(name: string, syscalls: Syscalls, clock: 'own' | 'reported'): Engine {
  return {
    name,
    prepare(program) {
      const prepared = prepareProgram(syscalls, program);
      return {
        run: (repeat) => drained(prepared, repeat, (part) => testRun(syscalls, prepared, part, clock)),
        close: prepared.close,
      };
    },
  };
}

/** `repeat` runs, in parts between which ring buffers are emptied, off the clock. */
function drained({ runsBeforeDrain, drain }: PreparedProgram, repeat: number, run: (part: number) => Sample): Sample {
  if (runsBeforeDrain === Number.POSITIVE_INFINITY) return run(repeat);
  let nanoseconds = 0;
  let r0 = 1;
  for (let left = repeat; left > 0 && r0 !== 0; left -= runsBeforeDrain) {
    drain();
    const sample = run(Math.min(left, runsBeforeDrain));
    nanoseconds += sample.nanoseconds;
    r0 = sample.r0;
  }
  return { nanoseconds, r0 };
}

/**
 * The kernel leaves the time out in which it let other tasks run, and rounds the mean down to whole
 * nanoseconds; our own clock has every interruption and the set-up in it. Both choices favour the kernel.
 */
function testRun(syscalls: Syscalls, program: PreparedProgram, repeat: number, clock: 'own' | 'reported'): Sample {
  const data_in = new Uint8Array(PACKET_BYTES);
  const attributes = { prog_fd: program.fd, data_in, data_size_in: PACKET_BYTES, repeat, retval: 0, duration: 0 };
  const begin = process.hrtime.bigint();
  syscalls.bpf('PROG_TEST_RUN', attributes);
  const elapsed = Number(process.hrtime.bigint() - begin);
  return { nanoseconds: clock === 'own' ? elapsed : attributes.duration * repeat, r0: attributes.retval };
}
