import { availableParallelism } from 'node:os';
import { boolean, type Checked, checkOptions, integer, matching, oneOf, OptionError, withDefault } from '../options.js';

const PAGE = 65_536;
const MEBIBYTE = 1 << 20;
const GIBIBYTE = 2 ** 30;

/** Everything that `Runtime.create()` takes; all of it is optional. */
export interface RuntimeOptions {
  /** Worker threads that run programs. 0 is allowed: maps and JavaScript readers only. Default: CPUs − 1, at least 1. */
  readonly workers?: number;
  /** CPU numbers that programs see; more than `workers`, so that `testRun` has one. Default: at least `workers` + 1. */
  readonly possibleCpus?: number;
  /** Reader slots for threads of your own (`runtime.handle()`). Default 8. */
  readonly readers?: number;
  /** Bytes of the arena: address space, not resident memory. Multiple of 64 KiB. Default 4 GiB. */
  readonly memory?: number;
  /** Retired bytes past which creating maps and adding elements give ENOMEM. Default: a quarter of `memory`. */
  readonly maxRetiredBytes?: number;
  /** '4.12': the rules of the commit that introduced map-in-map. Default '6.18'. */
  readonly rules?: '4.12' | '6.18';
  /** Bound of each lock wait in milliseconds, then ETIMEDOUT. Default 100 on the main thread, 250 on workers. */
  readonly lockTimeout?: number;
  /** Fill freed maps with 0x6b, so that a reader of freed memory shows. Default false. */
  readonly poison?: boolean;
  /** Milliseconds after which a section that holds back memory is reported as `stall`. Default 1000. */
  readonly stallAfter?: number;
  /** Milliseconds within which every worker must be up. Default 10,000. */
  readonly readyTimeout?: number;
  /** Which build of the core to run: the others have a fault or trap points built in, for tests. Default 'core'. */
  readonly core?: string;
}

const TABLE = {
  workers: withDefault(integer(0, 256, 'threads'), () => Math.max(1, availableParallelism() - 1)),
  possibleCpus: integer(1, 1024),
  readers: withDefault(integer(0, 256, 'slots'), 8),
  memory: withDefault(
    matching<number>('bytes: a multiple of 65536 from 1 MiB to 4 GiB', isArenaSize),
    () => 4 * GIBIBYTE,
  ),
  maxRetiredBytes: integer(0, 4 * GIBIBYTE, 'bytes'),
  rules: withDefault(oneOf('4.12', '6.18'), '6.18'),
  lockTimeout: integer(1, 60_000, 'milliseconds'),
  poison: withDefault(boolean(), false),
  stallAfter: withDefault(integer(1, 3_600_000, 'milliseconds'), 1000),
  readyTimeout: withDefault(integer(1, 600_000, 'milliseconds'), 10_000),
  core: matching<string>('the name of a core build, such as core', (value) => /^[a-z][a-z0-9-]*$/.test(String(value))),
} as const;

export type CheckedRuntimeOptions = Checked<typeof TABLE> & { readonly possibleCpus: number };

const SUBJECT = 'Runtime.create()';

/** Check the options and complete those that depend on others. */
export function checkRuntimeOptions(given: unknown): CheckedRuntimeOptions {
  const checked = checkOptions(TABLE, given, SUBJECT);
  const possibleCpus = checked.possibleCpus ?? Math.max(availableParallelism(), checked.workers + 1);
  if (possibleCpus < checked.workers) {
    throw new OptionError(
      'ERR_INNERMAP_INVALID_OPTION',
      'possibleCpus',
      `${SUBJECT}: option possibleCpus: given ${possibleCpus}, expected at least ${checked.workers}: each worker takes one`,
    );
  }
  return { ...checked, possibleCpus };
}

function isArenaSize(value: unknown): boolean {
  return (
    Number.isInteger(value) && Number(value) % PAGE === 0 && Number(value) >= MEBIBYTE && Number(value) <= 4 * GIBIBYTE
  );
}
