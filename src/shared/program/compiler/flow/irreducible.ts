import { DISPATCH, type RawGraph, SETTER } from './graph.js';

/**
 * Make every loop have one entry. A strongly connected region that can be entered at several nodes gets a
 * dispatcher: whoever went to one of them now stores its number in the label variable and goes to the dispatcher,
 * which goes on to that node. The dispatcher is then the region's only entry. The same is done inside each region
 * without its entry, so that no block is copied and only irreducible regions pay.
 */
export function makeReducible(graph: RawGraph): void {
  const pending = [Array.from({ length: graph.count }, (_, node) => node)];
  for (let nodes = pending.pop(); nodes !== undefined; nodes = pending.pop()) {
    for (const region of cyclicRegions(graph, nodes)) {
      const entries = entriesOf(graph, region);
      if (entries.length > 1) {
        addDispatcher(graph, region, entries);
        pending.push(region);
      } else if (entries.length === 1) {
        // A region without an entry is not reached at all.
        pending.push(region.filter((node) => node !== entries[0]));
      }
    }
  }
}

/** Edges from inside and from outside get setters of their own: a shared one would again be an entry beside the dispatcher. */
function addDispatcher(graph: RawGraph, region: readonly number[], entries: readonly number[]): void {
  const inside = new Uint8Array(graph.count);
  for (const node of region) inside[node] = 1;
  const sources = graph.count;
  const dispatcher = graph.add(DISPATCH, -1, -1);
  entries.forEach((entry, label) => {
    for (const side of [0, 1]) {
      const setter = graph.add(SETTER, dispatcher, -1, label);
      for (let node = 0; node < sources; node++) if (inside[node] === side) graph.redirect(node, entry, setter);
      if (side === 0 && graph.entry === entry) graph.entry = setter;
    }
  });
  graph.targets.set(dispatcher, [...entries]);
}

/** Nodes of the region that an edge from outside, or the start of the function, leads to. */
function entriesOf(graph: RawGraph, region: readonly number[]): number[] {
  const inside = new Uint8Array(graph.count);
  for (const node of region) inside[node] = 1;
  const entries = new Set<number>();
  if (inside[graph.entry]) entries.add(graph.entry);
  for (let node = 0; node < graph.count; node++) {
    if (inside[node]) continue;
    for (let index = graph.degree(node) - 1; index >= 0; index--) {
      const to = graph.successor(node, index);
      if (inside[to]) entries.add(to);
    }
  }
  return [...entries].sort((a, b) => a - b);
}

/** Strongly connected regions with a cycle among `nodes`, by Tarjan's algorithm, without recursion. */
function cyclicRegions(graph: RawGraph, nodes: readonly number[]): number[][] {
  const UNSEEN = -1;
  const OUTSIDE = -2;
  const index = new Int32Array(graph.count).fill(OUTSIDE);
  for (const node of nodes) index[node] = UNSEEN;
  const low = new Int32Array(graph.count);
  const open = new Uint8Array(graph.count);
  const regions: number[][] = [];
  const path: number[] = [];
  const stack: number[] = [];
  const left: number[] = [];
  let visited = 0;
  const enter = (node: number): void => {
    index[node] = low[node] = visited++;
    open[node] = 1;
    path.push(node);
    stack.push(node);
    left.push(graph.degree(node));
  };
  const leave = (node: number): void => {
    stack.pop();
    left.pop();
    const above = stack.at(-1);
    if (above !== undefined) low[above] = Math.min(low[above] as number, low[node] as number);
    if (low[node] !== index[node]) return;
    const region = path.splice(path.lastIndexOf(node));
    for (const member of region) open[member] = 0;
    if (region.length > 1 || leadsToItself(graph, node)) regions.push(region);
  };
  for (const root of nodes) {
    if (index[root] !== UNSEEN) continue;
    enter(root);
    while (stack.length > 0) {
      const node = stack.at(-1) as number;
      const next = (left.at(-1) as number) - 1;
      if (next < 0) {
        leave(node);
        continue;
      }
      left[left.length - 1] = next;
      const to = graph.successor(node, next);
      if (index[to] === UNSEEN) enter(to);
      else if (open[to]) low[node] = Math.min(low[node] as number, index[to] as number);
    }
  }
  return regions;
}

function leadsToItself(graph: RawGraph, node: number): boolean {
  for (let index = graph.degree(node) - 1; index >= 0; index--) if (graph.successor(node, index) === node) return true;
  return false;
}
