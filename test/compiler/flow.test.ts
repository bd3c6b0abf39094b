/** The graph algorithms against definitions that need no algorithm: paths that avoid a node. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RawGraph } from '#dist/shared/program/compiler/flow/graph.js';
import { makeReducible } from '#dist/shared/program/compiler/flow/irreducible.js';
import { type FlowGraph, orderGraph } from '#dist/shared/program/compiler/flow/order.js';
import { Random } from './control-flow.js';

function randomRaw(random: Random, count: number): RawGraph {
  const graph = new RawGraph();
  for (let node = 0; node < count; node++) {
    const next = random.below(9) === 0 ? -1 : random.below(count);
    const taken = next === -1 || random.below(3) === 0 ? -1 : random.below(count);
    graph.add(node, next, taken === next ? -1 : taken);
  }
  return graph;
}

function successors(graph: RawGraph, node: number): number[] {
  return Array.from({ length: graph.degree(node) }, (_, index) => graph.successor(node, index));
}

/** Raw nodes that are reached from the entry without passing through `without`. */
function reachable(graph: RawGraph, without: number): Set<number> {
  const found = new Set<number>();
  const pending = graph.entry === without ? [] : [graph.entry];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (found.has(node)) continue;
    found.add(node);
    pending.push(...successors(graph, node).filter((to) => to !== without));
  }
  return found;
}

/** Every strict dominator of each node, by removing it. */
function strictDominators(graph: RawGraph, ordered: FlowGraph): Set<number>[] {
  const sets = Array.from({ length: ordered.count }, () => new Set<number>());
  for (let above = 0; above < ordered.count; above++) {
    const left = reachable(graph, ordered.raw[above] as number);
    for (let node = 0; node < ordered.count; node++) {
      if (node !== above && !left.has(ordered.raw[node] as number)) sets[node]?.add(above);
    }
  }
  return sets;
}

function dominatorsByTree({ idom, count }: FlowGraph): Set<number>[] {
  return Array.from({ length: count }, (_, node) => {
    const above = new Set<number>();
    for (let at = node; at !== 0; ) {
      at = idom[at] as number;
      above.add(at);
    }
    return above;
  });
}

describe('graphs of functions', () => {
  test('dominators, headers, merges and reducibility of 400 random graphs', () => {
    let irreducible = 0;
    for (let seed = 0; seed < 400; seed++) {
      const random = new Random(seed);
      const graph = randomRaw(random, 2 + random.below(14));
      const ordered = orderGraph(graph);
      const strict = strictDominators(graph, ordered);
      assert.deepEqual(dominatorsByTree(ordered), strict, `seed ${seed}`);
      let reducible = true;
      for (let node = 0; node < ordered.count; node++) {
        for (const to of successors(graph, ordered.raw[node] as number).map((raw) => ordered.numberOf[raw] as number)) {
          if (to > node) continue;
          assert.equal(ordered.isHeader[to], 1);
          if (to !== node && !strict[node]?.has(to)) reducible = false;
        }
      }
      assert.equal(ordered.reducible, reducible, `seed ${seed}`);
      if (!reducible) irreducible++;
    }
    assert.ok(irreducible > 50, `${irreducible} irreducible graphs: too few to mean anything`);
  });

  test('dispatchers make any graph reducible, and keep the ways through it', () => {
    for (let seed = 0; seed < 400; seed++) {
      const random = new Random(seed + 5000);
      const graph = randomRaw(random, 2 + random.below(30));
      const before = graph.block.map((_, node) => successors(graph, node));
      const blocks = graph.count;
      makeReducible(graph);
      assert.ok(orderGraph(graph).reducible, `seed ${seed}`);
      // An edge now may lead over setters and dispatchers; the label that was stored last says where to.
      const follow = (to: number): number => {
        let at = to;
        for (let label = 0; at >= blocks; ) {
          const targets = graph.targets.get(at);
          if (targets === undefined) label = graph.label[at] as number;
          at = (targets === undefined ? graph.next[at] : targets[label]) as number;
        }
        return at;
      };
      for (let node = 0; node < blocks; node++)
        assert.deepEqual(successors(graph, node).map(follow), before[node], `seed ${seed}, node ${node}`);
      assert.equal(follow(graph.entry), 0);
    }
  });

  test('long chains need no recursion', () => {
    const graph = new RawGraph();
    const count = 100_000;
    for (let node = 0; node < count; node++) graph.add(node, node + 1 < count ? node + 1 : -1, node % 3 === 1 ? 0 : -1);
    const { idom, reducible } = orderGraph(graph);
    assert.ok(reducible);
    assert.equal(idom[count - 1], count - 2);
  });
});
