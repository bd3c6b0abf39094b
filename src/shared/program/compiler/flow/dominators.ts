/**
 * Immediate dominators by Lengauer and Tarjan, "A fast algorithm for finding dominators in a flowgraph" (TOPLAS
 * 1979), the simple version with path compression: O(edges · log nodes). Programs in which every check leads to
 * one exit make the usual iterative algorithm quadratic.
 */

/** A graph whose nodes are numbered in depth-first preorder from the root 0, all of them reached. */
export interface PreorderGraph {
  readonly count: number;
  /** Parent in the depth-first tree. */
  readonly parent: Int32Array;
  /** Predecessors of node n: list[first[n]] … list[first[n + 1] - 1]. */
  readonly first: Int32Array;
  readonly list: Int32Array;
}

/** Immediate dominator of each node; 0 for the root. */
export function immediateDominators(graph: PreorderGraph): Int32Array {
  const { count, parent, first, list } = graph;
  const forest = new Forest(count);
  const { semi } = forest;
  const idom = new Int32Array(count);
  const bucket = new Int32Array(count).fill(-1);
  const nextInBucket = new Int32Array(count);
  for (let node = count - 1; node > 0; node--) {
    for (let at = first[node] as number; at < (first[node + 1] as number); at++) {
      const best = semi[forest.evaluate(list[at] as number)] as number;
      if (best < (semi[node] as number)) semi[node] = best;
    }
    const home = semi[node] as number;
    nextInBucket[node] = bucket[home] as number;
    bucket[home] = node;
    const above = parent[node] as number;
    forest.link(above, node);
    for (let each = bucket[above] as number; each !== -1; each = nextInBucket[each] as number) {
      const best = forest.evaluate(each);
      idom[each] = (semi[best] as number) < (semi[each] as number) ? best : above;
    }
    bucket[above] = -1;
  }
  for (let node = 1; node < count; node++) {
    if (idom[node] !== semi[node]) idom[node] = idom[idom[node] as number] as number;
  }
  return idom;
}

/** The forest of nodes that were processed; `evaluate` gives the one of least semidominator on the way to the root. */
class Forest {
  readonly semi: Int32Array;
  readonly #ancestor: Int32Array;
  readonly #label: Int32Array;
  readonly #path: number[] = [];

  constructor(count: number) {
    this.semi = Int32Array.from({ length: count }, (_, node) => node);
    this.#label = this.semi.slice();
    this.#ancestor = new Int32Array(count).fill(-1);
  }

  link(parent: number, node: number): void {
    this.#ancestor[node] = parent;
  }

  evaluate(node: number): number {
    if (this.#ancestor[node] === -1) return node;
    this.#compress(node);
    return this.#label[node] as number;
  }

  /** From the node upwards, then back down: deep trees would overflow the stack of a recursive function. */
  #compress(node: number): void {
    const path = this.#path;
    for (let at = node; this.#ancestor[this.#ancestor[at] as number] !== -1; at = this.#ancestor[at] as number)
      path.push(at);
    for (let at = path.pop(); at !== undefined; at = path.pop()) {
      const above = this.#ancestor[at] as number;
      const candidate = this.#label[above] as number;
      if ((this.semi[candidate] as number) < (this.semi[this.#label[at] as number] as number))
        this.#label[at] = candidate;
      this.#ancestor[at] = this.#ancestor[above] as number;
    }
  }
}
