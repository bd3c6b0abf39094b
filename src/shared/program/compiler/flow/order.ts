import { immediateDominators } from './dominators.js';
import { DISPATCH, type RawGraph } from './graph.js';

/** Control flow of one function, its nodes numbered in reverse postorder: an edge to a lower or equal number is a retreating one. */
export interface FlowGraph {
  readonly count: number;
  /** Node of the raw graph. */
  readonly raw: Int32Array;
  /** Number of a raw node. */
  readonly numberOf: Int32Array;
  /** Immediate dominator. */
  readonly idom: Int32Array;
  /** 1: a retreating edge leads here. */
  readonly isHeader: Uint8Array;
  /** 1: more than one forward edge leads here, or one of a dispatcher. */
  readonly isMerge: Uint8Array;
  /** Every retreating edge leads to a dominator of its source. */
  readonly reducible: boolean;
}

interface Search {
  /** Raw nodes in reverse postorder, and the number of each. */
  readonly raw: Int32Array;
  readonly numberOf: Int32Array;
  /** By number: preorder, and its inverse; parents by preorder. */
  readonly preorder: Int32Array;
  readonly byPreorder: Int32Array;
  readonly parent: Int32Array;
}

export function orderGraph(graph: RawGraph): FlowGraph {
  const search = depthFirst(graph);
  const { raw, numberOf } = search;
  const count = raw.length;
  const isHeader = new Uint8Array(count);
  const forward = new Uint8Array(count);
  for (let node = 0; node < count; node++) {
    const from = raw[node] as number;
    const weight = graph.block[from] === DISPATCH ? 2 : 1;
    for (let index = graph.degree(from) - 1; index >= 0; index--) {
      const to = numberOf[graph.successor(from, index)] as number;
      if (to <= node) isHeader[to] = 1;
      else forward[to] = Math.min(2, (forward[to] as number) + weight);
    }
  }
  const idom = dominators(graph, search);
  const isMerge = forward.map((edges) => (edges > 1 ? 1 : 0));
  return { count, raw, numberOf, idom, isHeader, isMerge, reducible: isReducible(graph, search, idom, isHeader) };
}

/** The jump is visited first, so that what follows in the text gets the lower number. */
function depthFirst(graph: RawGraph): Search {
  const numberOf = new Int32Array(graph.count).fill(-1);
  const preorderOf = new Int32Array(graph.count).fill(-1);
  const parents: number[] = [0];
  const postorder: number[] = [];
  const stack = [graph.entry];
  const left = [graph.degree(graph.entry)];
  preorderOf[graph.entry] = 0;
  let visited = 1;
  while (stack.length > 0) {
    const top = stack.length - 1;
    const node = stack[top] as number;
    const index = (left[top] as number) - 1;
    if (index < 0) {
      postorder.push(node);
      stack.pop();
      left.pop();
      continue;
    }
    left[top] = index;
    const to = graph.successor(node, index);
    if (preorderOf[to] !== -1) continue;
    preorderOf[to] = visited++;
    parents.push(preorderOf[node] as number);
    stack.push(to);
    left.push(graph.degree(to));
  }
  const raw = Int32Array.from(postorder).reverse();
  raw.forEach((node, number) => {
    numberOf[node] = number;
  });
  const preorder = raw.map((node) => preorderOf[node] as number);
  const byPreorder = new Int32Array(raw.length);
  preorder.forEach((at, number) => {
    byPreorder[at] = number;
  });
  return { raw, numberOf, preorder, byPreorder, parent: Int32Array.from(parents) };
}

function dominators(graph: RawGraph, { raw, numberOf, preorder, byPreorder, parent }: Search): Int32Array {
  const count = raw.length;
  const first = new Int32Array(count + 1);
  const edges = (visit: (from: number, to: number) => void): void => {
    for (let number = 0; number < count; number++) {
      const from = raw[number] as number;
      for (let index = graph.degree(from) - 1; index >= 0; index--) {
        visit(preorder[number] as number, preorder[numberOf[graph.successor(from, index)] as number] as number);
      }
    }
  };
  edges((_, to) => {
    first[to + 1] = (first[to + 1] as number) + 1;
  });
  for (let at = 0; at < count; at++) first[at + 1] = (first[at + 1] as number) + (first[at] as number);
  const filled = first.slice();
  const list = new Int32Array(first[count] as number);
  edges((from, to) => {
    const at = filled[to] as number;
    list[at] = from;
    filled[to] = at + 1;
  });
  const idom = immediateDominators({ count, parent, first, list });
  return Int32Array.from(
    { length: count },
    (_, number) => byPreorder[idom[preorder[number] as number] as number] as number,
  );
}

/** A retreating edge is fine when walking up the dominators from its source meets its target. */
function isReducible(graph: RawGraph, { raw, numberOf }: Search, idom: Int32Array, isHeader: Uint8Array): boolean {
  const intervals = dominatorIntervals(idom);
  for (let node = 0; node < raw.length; node++) {
    const from = raw[node] as number;
    for (let index = graph.degree(from) - 1; index >= 0; index--) {
      const to = numberOf[graph.successor(from, index)] as number;
      if (to <= node && isHeader[to] && !contains(intervals, to, node)) return false;
    }
  }
  return true;
}

/**
 * Preorder number and subtree size in the dominator tree. A node's number is above its dominator's, so sizes add up
 * from the last node to the first, and places are handed out from the first to the last.
 */
function dominatorIntervals(idom: Int32Array): { place: Int32Array; size: Int32Array } {
  const count = idom.length;
  const size = new Int32Array(count).fill(1);
  for (let node = count - 1; node > 0; node--)
    size[idom[node] as number] = (size[idom[node] as number] as number) + (size[node] as number);
  const place = new Int32Array(count);
  const free = new Int32Array(count).fill(1);
  for (let node = 1; node < count; node++) {
    const above = idom[node] as number;
    place[node] = (place[above] as number) + (free[above] as number);
    free[above] = (free[above] as number) + (size[node] as number);
  }
  return { place, size };
}

function contains({ place, size }: { place: Int32Array; size: Int32Array }, above: number, node: number): boolean {
  const at = place[node] as number;
  const start = place[above] as number;
  return at >= start && at < start + (size[above] as number);
}
