import { Op, Type } from '../wasm/op.js';
import type { Bytes } from '../wasm/bytes.js';
import type { FlowGraph } from './order.js';

/** How a node ends, as its emitter tells. Successors are numbers of the ordered graph. */
export type Ending =
  /** The body has left the function. */
  | { readonly kind: 'none' }
  | { readonly kind: 'goto'; readonly to: number }
  /** A condition: `emitCondition` leaves an i32 on the stack. */
  | { readonly kind: 'if'; readonly taken: number; readonly next: number }
  /** A row of guards, each of which leads to `failed` when it leaves other than 0; behind them control goes to `passed`. */
  | { readonly kind: 'guards'; readonly count: number; readonly failed: number; readonly passed: number }
  /** The label variable chooses. */
  | { readonly kind: 'switch'; readonly targets: readonly number[] };

/** Writes the code of nodes. */
export interface NodeEmitter {
  /** The straight code of a node; returns how it ends. */
  emitBody(node: number): Ending;
  /** Leave the condition of the node's jump, or its opposite, on the stack. */
  emitCondition(node: number, negated: boolean): void;
  emitGuard(node: number, index: number): void;
  /** What follows when all guards let through. */
  emitPassed(node: number): void;
  /** Leave the label variable on the stack. */
  emitLabel(): void;
}

const END = -1;

/**
 * Structured control flow from the dominator tree, after Ramsey, "Beyond Relooper: recursive translation of
 * unstructured control flow to structured control flow" (ICFP 2022), with a stack of our own in place of recursion.
 * The graph must be reducible. A node's code is followed, inside its loop, by the nodes it dominates: a merge node
 * stands behind the end of a block that the jumps to it leave, every other one stands where its only jump was.
 * No node's code falls through.
 */
export class Structurer {
  readonly #graph: FlowGraph;
  readonly #out: Bytes;
  readonly #emitter: NodeEmitter;
  readonly #mergeFirst: Int32Array;
  readonly #merges: Int32Array;
  /** Nesting depth at which the block in front of a merge node, and the loop of a header, were opened. */
  readonly #blockDepth: Int32Array;
  readonly #loopDepth: Int32Array;
  #depth = 0;
  /** Nodes still to write, and END for the end of an open block. */
  readonly #work: number[] = [];

  constructor(graph: FlowGraph, out: Bytes, emitter: NodeEmitter) {
    this.#graph = graph;
    this.#out = out;
    this.#emitter = emitter;
    this.#blockDepth = new Int32Array(graph.count);
    this.#loopDepth = new Int32Array(graph.count);
    const { first, list } = mergeChildren(graph);
    this.#mergeFirst = first;
    this.#merges = list;
  }

  emit(): void {
    this.#work.push(0);
    for (let item = this.#work.pop(); item !== undefined; item = this.#work.pop()) {
      if (item === END) this.#end();
      else this.#emitNode(item);
    }
  }

  #emitNode(node: number): void {
    if (this.#graph.isHeader[node]) {
      this.#open(Op.LOOP);
      this.#loopDepth[node] = this.#depth;
      this.#work.push(END);
    }
    // The highest merge node comes last in the text, so its block is the outermost.
    for (let at = (this.#mergeFirst[node + 1] as number) - 1; at >= (this.#mergeFirst[node] as number); at--) {
      const merge = this.#merges[at] as number;
      this.#open(Op.BLOCK);
      this.#blockDepth[merge] = this.#depth;
      this.#work.push(merge, END);
    }
    this.#emitEnding(node, this.#emitter.emitBody(node));
  }

  #emitEnding(node: number, ending: Ending): void {
    switch (ending.kind) {
      case 'none':
        return;
      case 'goto':
        this.#goto(node, ending.to);
        return;
      case 'if':
        this.#if(node, ending.taken, ending.next);
        return;
      case 'guards':
        this.#guards(node, ending.count, ending.failed, ending.passed);
        return;
      case 'switch':
        this.#switch(node, ending.targets);
    }
  }

  #if(node: number, taken: number, next: number): void {
    const takenInline = this.#isInline(node, taken);
    const nextInline = this.#isInline(node, next);
    if (takenInline && nextInline) {
      this.#emitter.emitCondition(node, false);
      this.#open(Op.IF);
      this.#work.push(next, END, taken);
      return;
    }
    const away = takenInline ? next : taken;
    this.#emitter.emitCondition(node, takenInline);
    this.#branch(Op.BR_IF, node, away);
    this.#goto(node, takenInline ? taken : next);
  }

  #guards(node: number, count: number, failed: number, passed: number): void {
    const failedInline = this.#isInline(node, failed);
    if (failedInline) {
      this.#open(Op.BLOCK);
      this.#work.push(failed, END);
    }
    for (let index = 0; index < count; index++) {
      this.#emitter.emitGuard(node, index);
      if (failedInline) this.#out.u8x2(Op.BR_IF, 0);
      else this.#branch(Op.BR_IF, node, failed);
    }
    this.#emitter.emitPassed(node);
    this.#goto(node, passed);
  }

  #switch(node: number, targets: readonly number[]): void {
    this.#emitter.emitLabel();
    this.#out.u8(Op.BR_TABLE);
    this.#out.u32(targets.length - 1);
    for (const target of targets) this.#out.u32(this.#distance(node, target));
  }

  /** Write the target here, if this is the only way to it, or jump. */
  #goto(from: number, to: number): void {
    if (this.#isInline(from, to)) this.#work.push(to);
    else this.#branch(Op.BR, from, to);
  }

  #isInline(from: number, to: number): boolean {
    return to > from && this.#graph.isMerge[to] === 0;
  }

  #branch(op: number, from: number, to: number): void {
    this.#out.u8(op);
    this.#out.u32(this.#distance(from, to));
  }

  /** Blocks and loops between here and the one to leave or to repeat. */
  #distance(from: number, to: number): number {
    return this.#depth - ((to <= from ? this.#loopDepth[to] : this.#blockDepth[to]) as number);
  }

  #open(op: number): void {
    this.#out.u8x2(op, Type.EMPTY);
    this.#depth++;
  }

  #end(): void {
    this.#out.u8(Op.END);
    this.#depth--;
  }
}

/** Merge nodes by immediate dominator, ascending. */
function mergeChildren({ count, idom, isMerge }: FlowGraph): { first: Int32Array; list: Int32Array } {
  const first = new Int32Array(count + 2);
  for (let node = 1; node < count; node++) {
    if (isMerge[node]) first[(idom[node] as number) + 2] = (first[(idom[node] as number) + 2] as number) + 1;
  }
  for (let at = 1; at < count + 2; at++) first[at] = (first[at] as number) + (first[at - 1] as number);
  const list = new Int32Array(first[count + 1] as number);
  for (let node = 1; node < count; node++) {
    if (!isMerge[node]) continue;
    const at = first[(idom[node] as number) + 1] as number;
    list[at] = node;
    first[(idom[node] as number) + 1] = at + 1;
  }
  return { first, list };
}
