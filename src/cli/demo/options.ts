import { availableParallelism } from 'node:os';
import { oneOf, parseOptions, wholeNumber } from '../command.js';
import { UsageError } from '../output/errors.js';
import { isPrime } from './maglev.js';

/** Faults that the demo can be run with, and the builds of the core that have them. */
export const FAULTS = {
  'stamp-before-unlink': 'core-mutant-stamp-before-unlink',
  'free-early': 'core-mutant-free-early',
} as const;

export type Fault = keyof typeof FAULTS;

export interface DemoOptions {
  readonly seconds: number;
  readonly workers: number;
  readonly swapsPerSecond: number;
  /** Undefined: the capture that comes with the package. */
  readonly pcap: string | undefined;
  readonly tableSize: number;
  readonly json: boolean;
  readonly fault: Fault | undefined;
  /** Leave the comparison with the kernel out. */
  readonly kernel: boolean;
}

export const USAGE = `usage: innermap demo [options]

A load balancer: workers replay a capture without pause through an XDP program, while the main thread swaps
its inner maps, and removes and re-adds services and backends. It fails when a reader saw anything it must not.
Ctrl+C ends it early, with its figures.

  --seconds N            how long (default 10)
  --workers N            worker threads (default: cores - 1, at least 1)
  --swaps-per-second N   inner maps swapped (default 2000)
  --pcap FILE            replay this capture instead of the one that comes along
  --table-size N         entries of a service's Maglev table, a prime (default 4093; 65537 is the paper's)
  --inject FAULT         run a core with a fault in it: ${Object.keys(FAULTS).join(', ')}
  --no-kernel            leave the comparison with the kernel out
  --json                 print the figures as JSON at the end, and nothing else`;

/** A faulty core is pressed harder, so that the fault shows soon. */
const FAULT_SWAPS_PER_SECOND = 20_000;
const DEFAULT_SWAPS_PER_SECOND = 2000;
const DEFAULT_TABLE_SIZE = 4093;

/** Throws UsageError. */
export function demoOptions(args: readonly string[]): DemoOptions {
  const { values, positionals } = parseOptions(args, {
    seconds: { type: 'string' },
    workers: { type: 'string' },
    'swaps-per-second': { type: 'string' },
    pcap: { type: 'string' },
    'table-size': { type: 'string' },
    inject: { type: 'string' },
    'no-kernel': { type: 'boolean', default: false },
  });
  if (positionals.length > 0) throw new UsageError(`given ${positionals[0]}, expected options only`);
  const fault = faultOf(values.inject);
  return {
    seconds: wholeNumber('seconds', values.seconds, 1, 86_400) ?? 10,
    workers: wholeNumber('workers', values.workers, 1, 256) ?? Math.max(1, availableParallelism() - 1),
    swapsPerSecond:
      wholeNumber('swaps-per-second', values['swaps-per-second'], 1, 1_000_000) ??
      (fault ? FAULT_SWAPS_PER_SECOND : DEFAULT_SWAPS_PER_SECOND),
    pcap: values.pcap,
    tableSize: tableSizeOf(values['table-size']),
    json: values.json,
    fault,
    kernel: !values['no-kernel'],
  };
}

function tableSizeOf(text: string | undefined): number {
  const size = wholeNumber('table-size', text, 2, 1_000_003) ?? DEFAULT_TABLE_SIZE;
  if (isPrime(size)) return size;
  throw new UsageError(`--table-size: given ${size}, expected a prime such as 4093 or 65537`);
}

function faultOf(text: string | undefined): Fault | undefined {
  return text === undefined ? undefined : oneOf('--inject', text, Object.keys(FAULTS) as Fault[]);
}
