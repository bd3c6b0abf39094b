import type { ProgramTypeName } from '../../index.js';

const XDP = ['XDP_ABORTED', 'XDP_DROP', 'XDP_PASS', 'XDP_TX', 'XDP_REDIRECT'];
const TC = [
  'TC_ACT_OK',
  'TC_ACT_RECLASSIFY',
  'TC_ACT_SHOT',
  'TC_ACT_PIPE',
  'TC_ACT_STOLEN',
  'TC_ACT_QUEUED',
  'TC_ACT_REPEAT',
  'TC_ACT_REDIRECT',
];
const TC_UNSPEC = 0xffff_ffff;

export interface VerdictCount {
  readonly verdict: number;
  /** What the kernel's headers call it, for types whose verdicts have names. */
  readonly name: string | null;
  readonly count: number;
}

/** Name of a verdict by the program's type; null for mere numbers. */
function verdictName(type: ProgramTypeName, verdict: number): string | null {
  if (type === 'xdp') return XDP[verdict] ?? null;
  if (type === 'sched_cls') return verdict === TC_UNSPEC ? 'TC_ACT_UNSPEC' : (TC[verdict] ?? null);
  return null;
}

/** How often each verdict came, the most frequent first. */
export class VerdictCounter {
  readonly #type: ProgramTypeName;
  readonly #counts = new Map<number, number>();

  constructor(type: ProgramTypeName) {
    this.#type = type;
  }

  add(verdict: number, count = 1): void {
    this.#counts.set(verdict, (this.#counts.get(verdict) ?? 0) + count);
  }

  get counts(): VerdictCount[] {
    return [...this.#counts]
      .map(([verdict, count]) => ({ verdict, name: verdictName(this.#type, verdict), count }))
      .sort((a, b) => b.count - a.count);
  }
}
