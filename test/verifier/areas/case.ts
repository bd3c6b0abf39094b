/** A small program at a border of what the verifier allows: how it is loaded. */
import type { CallOptions } from 'innermap';

export type CapabilitySet = NonNullable<CallOptions['capabilities']>;

export interface Case {
  readonly name: string;
  /** Number of the program type; default SCHED_CLS (3). */
  readonly type?: number;
  /**
   * Assembly text; maps are those of `maps.ts`. A line `.raw OPCODE DST SRC OFFSET IMMEDIATE` is one slot as it is.
   */
  readonly code: string;
  /** Prototypes by label, in the order of the functions; main's label is `main`. Absent: no BTF. */
  readonly functions?: Readonly<Record<string, string>>;
  /** Maps for `map[idx:N]`. */
  readonly fdArray?: readonly string[];
  readonly flags?: number;
  readonly attachType?: number;
  readonly license?: string;
  readonly capabilities?: CapabilitySet;
  /** Without a log, which would be long: only the errno is compared. */
  readonly silent?: true;
}

/** What came of it. */
export interface Verdict {
  /** 0: accepted. */
  readonly errno: number;
  /** The log's last line before the counts. */
  readonly message: string;
}

export interface Area {
  readonly name: string;
  readonly cases: readonly Case[];
}

/** Prefix the names, and set what the cases have in common. */
export function grid(
  prefix: string,
  common: Partial<Case>,
  cases: readonly (Partial<Case> & { name: string; code: string })[],
): Case[] {
  return cases.map((one) => ({ ...common, ...one, name: `${prefix}: ${one.name}` }));
}
