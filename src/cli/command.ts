import type { ParseArgsConfig } from 'node:util';
import { parseArgs } from 'node:util';
import { UsageError } from './output/errors.js';
import type { Terminal } from './output/terminal.js';

/** What a subcommand gives back: the exit code of the process. */
export type ExitCode = number;

export const EXIT = {
  ok: 0,
  /** The command ran, and what it looked at failed: a violation, a refused program, a mismatch. */
  failure: 1,
  /** The command was called in a wrong way, or could not do its work. */
  error: 2,
} as const;

/** One subcommand of `innermap`. Its module is loaded only when it is called. */
export interface Command {
  /** Shown by `--help`. */
  readonly usage: string;
  main(args: readonly string[], terminal: Terminal): Promise<ExitCode>;
}

type OptionsConfig = NonNullable<ParseArgsConfig['options']>;

/** Options that every subcommand has. */
const COMMON = {
  help: { type: 'boolean', short: 'h', default: false },
  json: { type: 'boolean', default: false },
} as const satisfies OptionsConfig;

type ParsedOptions<T extends OptionsConfig> = ReturnType<
  typeof parseArgs<{ args: string[]; options: T & typeof COMMON; allowPositionals: true }>
>;

/** `parseArgs` with the common options; what it refuses becomes a UsageError. */
export function parseOptions<const T extends OptionsConfig>(args: readonly string[], options: T): ParsedOptions<T> {
  try {
    return parseArgs({ args: [...args], options: { ...options, ...COMMON }, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** A whole number given as an option. */
export function wholeNumber(name: string, text: string | undefined, least: number, most: number): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new UsageError(`--${name}: given ${text}, expected a whole number from ${least} to ${most}`);
}

/** Exactly one positional argument. */
export function single(positionals: readonly string[], what: string): string {
  const [first, second] = positionals;
  if (first === undefined) throw new UsageError(`expected ${what}`);
  if (second !== undefined) throw new UsageError(`given ${second} after ${first}, expected one ${what}`);
  return first;
}
