/** The options that loading a program has in common with loading an object's programs. */
import { boolean, type CheckTable, type Checked, integer, matching, oneOf, withDefault } from '../options.js';

export interface LoadingOptions {
  /**
   * What `program.log` holds: 0 nothing, 1 the verifier's log of the path, 2 all of it, 4 figures. Default 0. The error
   * of an object's program that is refused has its log anyway.
   */
  readonly logLevel?: number;
  /** 'interpreter': every access is checked while the program runs. Default 'compiled'. */
  readonly engine?: 'compiled' | 'interpreter';
  /** Count how often each instruction runs: `program.coverage()`. Default false. */
  readonly coverage?: boolean;
  /** Leave the verifier out: the program is trusted code then. Default false. */
  readonly unsafe?: boolean;
  /** Most instructions that the verifier may process. Default 1,000,000, as the kernel. */
  readonly maxInstructions?: number;
  /** Milliseconds that the verifier may take for a program, then ETIMEDOUT. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

const U32 = 0xffff_ffff;
const MAX_LOG = 1 << 24;

export const LOAD_OPTIONS = {
  logLevel: withDefault(integer(0, 15), 0),
  engine: withDefault(oneOf('compiled', 'interpreter'), 'compiled'),
  coverage: withDefault(boolean(), false),
  unsafe: withDefault(boolean(), false),
  maxInstructions: integer(1, U32, 'instructions'),
  timeout: integer(1, U32, 'milliseconds'),
  signal: matching<AbortSignal>('an AbortSignal', (value) => value instanceof AbortSignal),
} as const satisfies CheckTable;

/** As the loading thread takes them, without those that were left out. */
export function loaderOptions(checked: Checked<typeof LOAD_OPTIONS>) {
  const { engine, coverage, unsafe, maxInstructions, timeout, signal } = checked;
  return {
    engine,
    coverage,
    unsafe,
    ...(maxInstructions === undefined ? {} : { maxInstructions }),
    ...(timeout === undefined ? {} : { timeout }),
    ...(signal ? { signal } : {}),
  };
}

/** Attributes of PROG_LOAD that ask for a log. */
export function logAttributes(level: number): { log_level?: number; log_size?: number; log_buf?: Uint8Array } {
  return level === 0 ? {} : { log_level: level, log_size: MAX_LOG, log_buf: new Uint8Array(MAX_LOG) };
}
