/**
 * Random control flow: programs whose blocks compute a running value and go on by it, and an evaluator of the same
 * graph. The evaluator knows nothing of instructions; both stop after a number of steps.
 */

export type Exit =
  | { readonly kind: 'exit' }
  | { readonly kind: 'goto'; readonly to: number }
  /** Taken when the value has this bit set. */
  | { readonly kind: 'branch'; readonly bit: number; readonly taken: number; readonly next: number };

export interface Graph {
  readonly exits: readonly Exit[];
}

/** A small generator with a seed, so that every failure can be replayed. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = (seed ^ 0x9e3779b9) >>> 0;
  }

  below(limit: number): number {
    this.#state = (Math.imul(this.#state ^ (this.#state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5) >>> 0;
    const mixed = Math.imul(this.#state ^ (this.#state >>> 12), 0x297a2d39) >>> 0;
    return ((mixed ^ (mixed >>> 15)) >>> 0) % limit;
  }
}

/** Blocks that go anywhere: mostly irreducible. `local` keeps targets near, which gives many small loops. */
export function randomGraph(random: Random, count: number, local: number): Graph {
  const near = (from: number) => Math.min(count - 1, Math.max(0, from + random.below(2 * local + 1) - local));
  const exits = Array.from({ length: count }, (_, block): Exit => {
    const choice = random.below(10);
    if (choice === 0 || block === count - 1) return { kind: 'exit' };
    if (choice < 3) return { kind: 'goto', to: near(block) };
    return { kind: 'branch', bit: random.below(16), taken: near(block), next: block + 1 };
  });
  return { exits };
}

const MULTIPLIER = 0x5bd1e995;

/** What a block does to the value. */
function step(value: number, block: number): number {
  return (Math.imul(value, MULTIPLIER) + block + 1) >>> 0;
}

/** The value at the end; `fuel` blocks are run at most. */
export function evaluate({ exits }: Graph, seed: number, fuel: number): number {
  let value = seed >>> 0;
  let block = 0;
  for (let left = fuel; left > 0; left--) {
    value = step(value, block);
    const exit = exits[block] as Exit;
    if (exit.kind === 'exit') return value;
    if (exit.kind === 'goto') block = exit.to;
    else block = ((value >>> 16) & (1 << exit.bit)) !== 0 ? exit.taken : exit.next;
  }
  return value;
}

/** The same as text: r0 is the value (from the context), r7 the fuel. */
export function assembly({ exits }: Graph, fuel: number): string {
  const lines = ['w0 = *(u32 *)(r1 + 0)', `r7 = ${fuel + 1}`, 'r6 = 0'];
  exits.forEach((exit, block) => {
    lines.push(`b${block}:`, 'r7 += -1', 'if r7 == 0 goto out', `w0 *= ${MULTIPLIER}`, `w0 += ${block + 1}`);
    if (exit.kind === 'exit') lines.push('goto out');
    else if (exit.kind === 'goto') lines.push(`goto b${exit.to}`);
    else lines.push('w6 = w0', 'w6 >>= 16', `if w6 & ${1 << exit.bit} goto b${exit.taken}`, `goto b${exit.next}`);
  });
  return [...lines, 'out:', 'exit'].join('\n');
}
