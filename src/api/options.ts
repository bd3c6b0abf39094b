import { describe } from '../shared/codecs.js';
import { nearest } from '../shared/text/nearest.js';

/** An option that cannot be accepted. Nothing was created. */
export class OptionError extends TypeError {
  override readonly name = 'OptionError';
  readonly code: 'ERR_INNERMAP_UNKNOWN_OPTION' | 'ERR_INNERMAP_INVALID_OPTION';
  /** Name of the option. */
  readonly option: string;

  constructor(code: OptionError['code'], option: string, message: string) {
    super(message);
    this.code = code;
    this.option = option;
  }
}

/** What one option accepts. `accept` tells whether the value is of this kind. */
export interface Check<T> {
  readonly expected: string;
  accept(value: unknown): value is T;
  /** An option without a default may be left out and is then undefined. */
  readonly fallback?: T | (() => T);
}

export type CheckTable = Readonly<Record<string, Check<unknown>>>;

/** Options after checking: those with a default are always there. */
export type Checked<Table extends CheckTable> = {
  [Name in keyof Table]: Table[Name] extends { fallback: unknown } ? Kind<Table[Name]> : Kind<Table[Name]> | undefined;
};

type Kind<C> = C extends Check<infer T> ? T : never;

/**
 * Check `given` against a table of options and fill in the defaults. Unknown names are refused.
 * @param subject Who takes the options, as messages name it, e.g. `Runtime.create()`.
 * @throws OptionError naming the option, what was given and what is expected.
 */
export function checkOptions<Table extends CheckTable>(table: Table, given: unknown, subject: string): Checked<Table> {
  if (given !== undefined && (typeof given !== 'object' || given === null || Array.isArray(given))) {
    throw new OptionError(
      'ERR_INNERMAP_INVALID_OPTION',
      '',
      `${subject}: options: given ${describe(given)}, expected an object`,
    );
  }
  const options = (given ?? {}) as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(table, name)) throw unknownOption(name, Object.keys(table), subject);
  }
  const checked: Record<string, unknown> = {};
  for (const name in table) checked[name] = checkOption(name, table[name] as Check<unknown>, options[name], subject);
  return checked as Checked<Table>;
}

function checkOption(name: string, check: Check<unknown>, value: unknown, subject: string): unknown {
  if (value === undefined) {
    return typeof check.fallback === 'function' ? (check.fallback as () => unknown)() : check.fallback;
  }
  if (!check.accept(value)) {
    throw new OptionError(
      'ERR_INNERMAP_INVALID_OPTION',
      name,
      `${subject}: option ${name}: given ${describe(value)}, expected ${check.expected}`,
    );
  }
  return value;
}

function unknownOption(name: string, known: string[], subject: string): OptionError {
  const near = nearest(name, known);
  const hint = near ? `did you mean ${near}?` : `known options are ${known.join(', ')}`;
  return new OptionError('ERR_INNERMAP_UNKNOWN_OPTION', name, `${subject}: unknown option ${name}: ${hint}`);
}

/** An integer from `lowest` to `highest`. */
export function integer(lowest: number, highest: number, unit = ''): Check<number> {
  const suffix = unit ? ` ${unit}` : '';
  return {
    expected: `an integer from ${lowest} to ${highest}${suffix}`,
    accept: (value): value is number => Number.isInteger(value) && Number(value) >= lowest && Number(value) <= highest,
  };
}

export function oneOf<const Values extends readonly string[]>(...values: Values): Check<Values[number]> {
  return {
    expected: values.map((value) => `'${value}'`).join(' or '),
    accept: (value): value is Values[number] => values.includes(value as string),
  };
}

export function boolean(): Check<boolean> {
  return { expected: 'true or false', accept: (value) => typeof value === 'boolean' };
}

export function string(expected = 'a string'): Check<string> {
  return { expected, accept: (value) => typeof value === 'string' };
}

/** A value of any other kind, told by a test of its own. */
export function matching<T>(expected: string, accept: (value: unknown) => boolean): Check<T> {
  return { expected, accept: accept as Check<T>['accept'] };
}

/** The check with a default, which may be computed when it is needed. */
export function withDefault<T>(check: Check<T>, fallback: T | (() => T)): Check<T> & { fallback: T | (() => T) } {
  return { expected: check.expected, accept: check.accept, fallback };
}
