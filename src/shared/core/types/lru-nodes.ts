/**
 * LRU: the nodes and their lists (SPEC §9.2). There are exactly max_entries nodes, apart from the elements behind them:
 * which node an element uses is in its word, with the mark "referenced" in the top bit.
 *
 * A node: previous and next in its list, its element (0 = none), its list. Lists are rings with a head, a node behind the
 * last one; `element` of a head counts its list. A set of lists has three heads: ACTIVE, INACTIVE, FREE. Set 0 is global.
 * Sets 1 + cpu are those of a CPU; in the common mode PENDING stands for its ACTIVE, LOCAL for its FREE.
 *
 * All of it is changed under the map's lock (MAP_LOCK). A thread that stops in the middle leaves the lists in any state;
 * recovery makes them anew (lru-recovery.ts).
 */
import { MAP_FLAGS, MAP_MAX_ENTRIES, MAP_TYPE_WORDS, NO_COMMON_LRU } from '../layout';
import { ELEMENT_WORD } from '../pool';
import { step } from '../step';
import { possibleCpus } from '../superblock';

export const NODE_BYTES: usize = 16;
const NODE_PREVIOUS: usize = 0;
const NODE_NEXT: usize = 4;
export const NODE_ELEMENT: usize = 8;
/** kind | cpu << 8; of an INACTIVE head: the node where the next rotation begins; of a PENDING head: where stealing begins. */
export const NODE_INFO: usize = 12;

export const ACTIVE: u32 = 0;
export const INACTIVE: u32 = 1;
export const FREE: u32 = 2;
export const PENDING: u32 = 3;
export const LOCAL: u32 = 4;

/** Address of the nodes. Immutable. */
export const LRU_NODES: usize = MAP_TYPE_WORDS;
/**
 * Nodes that were to be given back when the map's lock could not be had: a stack, linked through `element` with bit 0
 * set. Who gets the lock next gives them back. Pushed by compare-exchange, taken as a whole under the lock.
 */
export const LRU_DROPPED: usize = MAP_TYPE_WORDS + 4;
const DROPPED: u32 = 1;

const REFERENCED: u8 = 0x80;
/** The byte of an element's word with the mark. */
const MARK_BYTE: usize = ELEMENT_WORD + 3;
const INDEX_MASK: u32 = 0x7fffffff;

export function lruNodeBytes(maxEntries: u32): u64 {
  return (<u64>maxEntries + 3 * (1 + <u64>possibleCpus())) * NODE_BYTES;
}

export function isCommon(map: usize): bool {
  return (load<u32>(map + MAP_FLAGS) & NO_COMMON_LRU) == 0;
}

export function nodeAt(map: usize, index: u32): usize {
  return <usize>load<u32>(map + LRU_NODES) + <usize>index * NODE_BYTES;
}

function indexOf(map: usize, node: usize): u32 {
  return <u32>((node - load<u32>(map + LRU_NODES)) / NODE_BYTES);
}

function headAt(map: usize, set: u32, list: u32): usize {
  return nodeAt(map, load<u32>(map + MAP_MAX_ENTRIES) + set * 3 + list);
}

/** Head of a list: of the CPU's set, or in the common mode of the global one for ACTIVE, INACTIVE, FREE. */
export function headOf(map: usize, kind: u32, cpu: u32): usize {
  if (kind == PENDING) return headAt(map, 1 + cpu, ACTIVE);
  if (kind == LOCAL) return headAt(map, 1 + cpu, FREE);
  return headAt(map, isCommon(map) ? 0 : 1 + cpu, kind);
}

export function put(word: usize, value: u32): void {
  step();
  store<u32>(word, value);
}

export function previous(node: usize): usize {
  return <usize>load<u32>(node + NODE_PREVIOUS);
}

export function next(node: usize): usize {
  return <usize>load<u32>(node + NODE_NEXT);
}

export function isEmpty(head: usize): bool {
  return next(head) == head;
}

export function length(head: usize): u32 {
  return load<u32>(head + NODE_ELEMENT);
}

export function kindOf(node: usize): u32 {
  return load<u32>(node + NODE_INFO) & 0xff;
}

export function cpuOf(node: usize): u32 {
  return load<u32>(node + NODE_INFO) >> 8;
}

export function clearHead(head: usize): void {
  put(head + NODE_PREVIOUS, <u32>head);
  put(head + NODE_NEXT, <u32>head);
  put(head + NODE_ELEMENT, 0);
}

/** Put a node that is in no list at the front of one. */
export function pushFront(map: usize, node: usize, kind: u32, cpu: u32): void {
  const head = headOf(map, kind, cpu);
  const first = next(head);
  put(node + NODE_INFO, kind | (cpu << 8));
  put(node + NODE_PREVIOUS, <u32>head);
  put(node + NODE_NEXT, <u32>first);
  put(first + NODE_PREVIOUS, <u32>node);
  put(head + NODE_NEXT, <u32>node);
  put(head + NODE_ELEMENT, length(head) + 1);
}

/** Take a node out of its list. A rotation that was to begin at it begins at the one before. */
export function takeOut(map: usize, node: usize): void {
  const kind = kindOf(node);
  const head = headOf(map, kind, cpuOf(node));
  const before = previous(node);
  if (kind == INACTIVE && load<u32>(head + NODE_INFO) == <u32>node) put(head + NODE_INFO, <u32>before);
  put(before + NODE_NEXT, <u32>next(node));
  put(next(node) + NODE_PREVIOUS, <u32>before);
  put(head + NODE_ELEMENT, length(head) - 1);
}

/** Move a node to the front of a list, its mark cleared. */
export function moveTo(map: usize, node: usize, kind: u32, cpu: u32): void {
  takeOut(map, node);
  setReferenced(node, false);
  pushFront(map, node, kind, cpu);
}

// ---- marks, and the element behind a node ----

export function elementOf(node: usize): usize {
  const element = atomic.load<u32>(node + NODE_ELEMENT);
  return (element & DROPPED) != 0 ? 0 : <usize>element;
}

/** Without the map's lock: leave a node in hand for whoever gets the lock next. It stays in its list meanwhile. */
export function dropNode(map: usize, node: usize): void {
  while (true) {
    const head = atomic.load<u32>(map + LRU_DROPPED);
    step();
    atomic.store<u32>(node + NODE_ELEMENT, head | DROPPED);
    step();
    if (atomic.cmpxchg<u32>(map + LRU_DROPPED, head, <u32>node) == head) return;
  }
}

/** All dropped nodes, linked through `nextDropped`; 0 = none. */
export function takeDropped(map: usize): usize {
  if (atomic.load<u32>(map + LRU_DROPPED) == 0) return 0;
  step();
  return <usize>atomic.xchg<u32>(map + LRU_DROPPED, 0);
}

export function nextDropped(node: usize): usize {
  return <usize>(load<u32>(node + NODE_ELEMENT) & ~DROPPED);
}

/** Tie an element that is not linked yet to a node. */
export function bind(map: usize, element: usize, node: usize, referenced: bool): void {
  step();
  store<u32>(element + ELEMENT_WORD, indexOf(map, node) | (referenced ? 0x80000000 : 0));
  put(node + NODE_ELEMENT, <u32>element);
}

export function nodeOfElement(map: usize, element: usize): usize {
  return nodeAt(map, load<u32>(element + ELEMENT_WORD) & INDEX_MASK);
}

export function isReferenced(node: usize): bool {
  const element = elementOf(node);
  return element != 0 && (load<u8>(element + MARK_BYTE) & REFERENCED) != 0;
}

export function setReferenced(node: usize, on: bool): void {
  const element = elementOf(node);
  if (element == 0) return;
  const byte = load<u8>(element + MARK_BYTE);
  const wanted: u8 = on ? byte | REFERENCED : byte & ~REFERENCED;
  if (byte == wanted) return;
  step();
  store<u8>(element + MARK_BYTE, wanted);
}

/** From a look-up, without a lock: at worst another thread's clearing of the mark is undone. */
export function touch(element: usize): void {
  const byte = load<u8>(element + MARK_BYTE);
  if ((byte & REFERENCED) == 0) store<u8>(element + MARK_BYTE, byte | REFERENCED);
}
