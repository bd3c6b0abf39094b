/** Reads what the program counts, over all CPUs. */
import type { BalancerMaps, Counters } from './maps.js';

export type { Counters } from './maps.js';

/** Which counters are violations, and what they say. */
export const VIOLATIONS = {
  mixedGenerations: 'two look-ups through one inner-map pointer saw different generations',
  goneBackends: 'a backend was picked that was gone before the reader began',
  poisoned: 'a look-up read freed memory',
} as const satisfies Partial<Record<keyof Counters, string>>;

export function violationsOf(counters: Counters): number {
  return counters.mixedGenerations + counters.goneBackends + counters.poisoned;
}

/** Of each CPU, by its number. */
export function countersByCpu({ counters }: BalancerMaps): readonly Counters[] {
  const values = counters.get(0);
  if (!values) throw new Error('broken invariant: an array has no element 0');
  return values;
}

export function sumOf(counters: readonly Counters[]): Counters {
  const [first, ...rest] = counters;
  const total = { ...(first as Counters) };
  for (const each of rest) for (const name of Object.keys(total) as (keyof Counters)[]) total[name] += each[name];
  return total;
}

/** Packets that went to each of the backends. */
export function sharesOf({ shares }: BalancerMaps, backends: readonly number[]): Map<number, number> {
  const packetsOf = (number: number) => (shares.get(number) ?? []).reduce((sum, { packets }) => sum + packets, 0);
  return new Map(backends.map((number) => [number, packetsOf(number)]));
}
