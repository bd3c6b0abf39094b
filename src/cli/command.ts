import type { ParseArgsConfig } from 'node:util';
import { parseArgs } from 'node:util';
import { nearest } from '../shared/text/nearest.js';
import { UsageError } from './output/errors.js';
import type { Terminal } from './output/terminal.js';

/** What a subcommand gives back: the exit code of the process. */
export type ExitCode = number;

export const EXIT = {
  ok: 0,
  /** The command ran, and what it was asked about failed: a violation, a refused program, a mismatch. */
  failure: 1,
  /** The command was called in a wrong way, or with a file that is missing or not of its kind. */
  usage: 2,
  /** 128 + SIGINT, as shells have it. */
  interrupted: 130,
} as const;

/** What `--help` says below each usage. */
export const EXIT_CODES = `--help prints this text; --debug (or INNERMAP_DEBUG=1) adds stack traces and logs to errors.
Exit codes: 0 done; 1 what was asked about failed (a refused program, a trap, a mismatch, no such key); 2 wrong usage
(an option, or a file that is missing or not of its kind); 130 interrupted.`;

/** One subcommand of `innermap`. Its module is loaded only when it is called. */
export interface Command {
  /** Shown by `--help`. */
  readonly usage: string;
  /** Whether it ends by itself, soon, when the signal fires; else the process is ended. */
  readonly endsOnInterrupt?: true;
  /** @param interrupted Fires on SIGINT. */
  main(args: readonly string[], terminal: Terminal, interrupted: AbortSignal): Promise<ExitCode>;
}

type OptionsConfig = NonNullable<ParseArgsConfig['options']>;

/** Options that every subcommand has. */
const COMMON = {
  help: { type: 'boolean', short: 'h', default: false },
  debug: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const satisfies OptionsConfig;

type WithCommon<T extends OptionsConfig> = Omit<typeof COMMON, keyof T> & T;

type ParsedOptions<T extends OptionsConfig> = ReturnType<
  typeof parseArgs<{ args: string[]; options: WithCommon<T>; allowPositionals: true }>
>;

/** `parseArgs` with the common options, which `options` may define anew; what it refuses becomes a UsageError. */
export function parseOptions<const T extends OptionsConfig>(args: readonly string[], options: T): ParsedOptions<T> {
  const all = { ...COMMON, ...options };
  checkTokens(args, all);
  try {
    return parseArgs({ args: [...args], options: all, allowPositionals: true }) as ParsedOptions<T>;
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

/** Says of a wrong option what was given, what was expected, and what may have been meant. */
function checkTokens(args: readonly string[], options: OptionsConfig): void {
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true });
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const { name, rawName, value, inlineValue } = token;
    const config = Object.hasOwn(options, name) ? options[name] : undefined;
    if (!config) throw new UsageError(`unknown option ${rawName}: ${meant(name, Object.keys(options), '--')}`);
    if (config.type === 'boolean' && value !== undefined)
      throw new UsageError(`${rawName}: given ${value}, expected no value`);
    if (config.type === 'string' && (value === undefined || (!inlineValue && /^-./.test(value)))) {
      throw new UsageError(
        value === undefined
          ? `${rawName}: given nothing, expected a value`
          : `${rawName}: given ${value}, expected a value (${rawName}=${value} if that is one)`,
      );
    }
  }
}

/** The known name that was meant, else all of them. */
export function meant(given: string, known: readonly string[], prefix = ''): string {
  const near = nearest(given, known);
  return near === undefined
    ? `expected one of ${known.map((name) => prefix + name).join(', ') || 'none: there are none'}`
    : `did you mean ${prefix}${near}?`;
}

/** `text` as one of `names`. Throws UsageError. */
export function oneOf<T extends string>(what: string, text: string, names: readonly T[]): T {
  const found = names.find((candidate) => candidate === text);
  if (found !== undefined) return found;
  throw new UsageError(`${what}: given ${text === '' ? 'nothing' : text}, ${meant(text, names)}`);
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
  if (first === undefined) throw new UsageError(`given no ${what}, expected one`);
  if (second !== undefined) throw new UsageError(`given ${second} after ${first}, expected one ${what}`);
  return first;
}
