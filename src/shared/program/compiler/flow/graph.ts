import type { Blocks } from './blocks.js';

/**
 * Control flow of one function before it is put in order. Nodes are the blocks that the function reaches, and
 * what `makeReducible` adds: setters, which store a number in the label variable and go on to a dispatcher, and
 * dispatchers, which go where the label says. A node has up to two successors (-1 = none); a dispatcher has a list.
 */
export class RawGraph {
  entry = 0;
  /** Block of a node; SETTER or DISPATCH for an added one. */
  readonly block: number[] = [];
  /** Without a taken conditional jump. */
  readonly next: number[] = [];
  readonly taken: number[] = [];
  /** Label that a setter stores. */
  readonly label: number[] = [];
  /** Targets of a dispatcher by label. */
  readonly targets = new Map<number, number[]>();

  get count(): number {
    return this.block.length;
  }

  add(block: number, next: number, taken: number, label = 0): number {
    this.next.push(next);
    this.taken.push(taken);
    this.label.push(label);
    return this.block.push(block) - 1;
  }

  /** Edges of `node` that led to `from` lead to `to`. */
  redirect(node: number, from: number, to: number): void {
    if (this.next[node] === from) this.next[node] = to;
    if (this.taken[node] === from) this.taken[node] = to;
    const targets = this.targets.get(node);
    if (targets?.includes(from))
      this.targets.set(
        node,
        targets.map((target) => (target === from ? to : target)),
      );
  }

  /** Number of successors, and each of them. */
  degree(node: number): number {
    const targets = this.targets.get(node);
    if (targets !== undefined) return targets.length;
    return (this.next[node] === -1 ? 0 : 1) + (this.taken[node] === -1 ? 0 : 1);
  }

  successor(node: number, index: number): number {
    const targets = this.targets.size === 0 ? undefined : this.targets.get(node);
    if (targets !== undefined) return targets[index] as number;
    return (index === 0 && this.next[node] !== -1 ? this.next[node] : this.taken[node]) as number;
  }
}

export const SETTER = -2;
export const DISPATCH = -3;

/**
 * The blocks that are reached from `first`. A block whose first slot the verifier found unreached leads nowhere.
 * `numbers` is scratch of one entry a block, -1 throughout, and is left so.
 */
export function functionGraph(blocks: Blocks, first: number, reached: Uint8Array, numbers: Int32Array): RawGraph {
  const graph = new RawGraph();
  const found = [first];
  numbers[first] = 0;
  const number = (block: number): number => {
    if (block === -1) return -1;
    if (numbers[block] === -1) numbers[block] = found.push(block) - 1;
    return numbers[block] as number;
  };
  for (let node = 0; node < found.length; node++) {
    const block = found[node] as number;
    const live = reached[blocks.start[block] as number] !== 0;
    const next = live ? number(blocks.next[block] as number) : -1;
    graph.add(block, next, live ? number(blocks.taken[block] as number) : -1);
  }
  for (const block of found) numbers[block] = -1;
  return graph;
}
