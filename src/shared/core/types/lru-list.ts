/** LRU: taking a node, evicting for it where need be, and giving one back (SPEC §9.2). Under the map's lock. */
import { MAP_MAX_ENTRIES } from '../layout';
import { possibleCpus } from '../superblock';
import { evict } from './lru-evict';
import {
  ACTIVE, cpuOf, elementOf, FREE, headOf, INACTIVE, isCommon, isEmpty, isReferenced, kindOf, length, LOCAL, moveTo, next, nextDropped,
  NODE_ELEMENT, NODE_INFO, PENDING, previous, put, takeDropped,
} from './lru-nodes';

const MAX_BATCH: u32 = 128;
const COMMON_SCANS: u32 = 128;
const PERCPU_SCANS: u32 = 4;
const PERCPU_BATCH: u32 = 4;

function batchSize(map: usize): u32 {
  const share = load<u32>(map + MAP_MAX_ENTRIES) / possibleCpus() / 2;
  return max<u32>(1, min(share, MAX_BATCH));
}

function scanLimit(map: usize): u32 {
  return isCommon(map) ? COMMON_SCANS : PERCPU_SCANS;
}

/** A node without an element, in this CPU's pending list (common) or inactive list; 0: every one is in hand. */
export function takeNode(map: usize, cpu: u32): usize {
  for (let dropped = takeDropped(map); dropped != 0; ) {
    const following = nextDropped(dropped);
    giveNode(map, dropped);
    dropped = following;
  }
  const node = isCommon(map) ? takeCommon(map, cpu) : takeOwn(map, cpu);
  if (node != 0) put(node + NODE_ELEMENT, 0);
  return node;
}

function takeCommon(map: usize, cpu: u32): usize {
  const local = headOf(map, LOCAL, cpu);
  if (isEmpty(local)) refill(map, cpu);
  const node = isEmpty(local) ? steal(map, cpu) : next(local);
  if (node != 0) moveTo(map, node, PENDING, cpu);
  return node;
}

function takeOwn(map: usize, cpu: u32): usize {
  rotate(map, cpu);
  const free = headOf(map, FREE, cpu);
  if (isEmpty(free)) shrink(map, cpu, PERCPU_BATCH, FREE);
  if (isEmpty(free)) return 0;
  const node = next(free);
  moveTo(map, node, INACTIVE, cpu);
  return node;
}

/** Give back a node whose element is unlinked, or that got none. */
export function giveNode(map: usize, node: usize): void {
  put(node + NODE_ELEMENT, 0);
  if (kindOf(node) == PENDING) moveTo(map, node, LOCAL, cpuOf(node));
  else moveTo(map, node, FREE, isCommon(map) ? 0 : cpuOf(node));
}

function refill(map: usize, cpu: u32): void {
  flushPending(map, cpu);
  rotate(map, cpu);
  const wanted = batchSize(map);
  const free = headOf(map, FREE, cpu);
  let moved: u32 = 0;
  while (moved < wanted && !isEmpty(free)) {
    moveTo(map, next(free), LOCAL, cpu);
    moved++;
  }
  if (moved < wanted) shrink(map, cpu, wanted - moved, LOCAL);
}

/** Pending nodes, the oldest first, to the front of active or inactive. */
function flushPending(map: usize, cpu: u32): void {
  const head = headOf(map, PENDING, cpu);
  while (!isEmpty(head)) {
    const node = previous(head);
    moveTo(map, node, isReferenced(node) ? ACTIVE : INACTIVE, 0);
  }
}

function rotate(map: usize, cpu: u32): void {
  if (length(headOf(map, INACTIVE, cpu)) < length(headOf(map, ACTIVE, cpu))) rotateActive(map, cpu);
  rotateInactive(map, cpu);
}

/** CPU that nodes of a list set carry. */
function owner(map: usize, cpu: u32): u32 {
  return isCommon(map) ? 0 : cpu;
}

function rotateActive(map: usize, cpu: u32): void {
  const head = headOf(map, ACTIVE, cpu);
  const first = next(head);
  let node = previous(head);
  for (let scanned: u32 = 0; scanned < scanLimit(map) && node != head; scanned++) {
    const before = previous(node);
    moveTo(map, node, isReferenced(node) ? ACTIVE : INACTIVE, owner(map, cpu));
    if (node == first) return;
    node = before;
  }
}

/** From where the last rotation stopped towards the front, and round: marked nodes become active. */
function rotateInactive(map: usize, cpu: u32): void {
  const head = headOf(map, INACTIVE, cpu);
  if (isEmpty(head)) return;
  let node = <usize>load<u32>(head + NODE_INFO);
  let last = next(node);
  if (last == head) last = next(last);
  let following = node;
  let scanned: u32 = 0;
  while (scanned < scanLimit(map)) {
    if (node == head) {
      node = previous(node);
      continue;
    }
    following = previous(node);
    const isLast = node == last;
    if (isReferenced(node)) moveTo(map, node, ACTIVE, owner(map, cpu));
    if (isLast) break;
    node = following;
    scanned++;
  }
  put(head + NODE_INFO, <u32>following);
}

/** Evict up to `wanted` nodes into a free list; at least one, marked or not, if any can be. */
function shrink(map: usize, cpu: u32, wanted: u32, to: u32): void {
  if (shrinkInactive(map, cpu, wanted, to) > 0) return;
  const inactive = headOf(map, INACTIVE, cpu);
  const head = isEmpty(inactive) ? headOf(map, ACTIVE, cpu) : inactive;
  for (let node = previous(head); node != head; node = previous(node)) {
    if (!evict(map, elementOf(node))) continue;
    put(node + NODE_ELEMENT, 0);
    moveTo(map, node, to, cpu);
    return;
  }
}

function shrinkInactive(map: usize, cpu: u32, wanted: u32, to: u32): u32 {
  const head = headOf(map, INACTIVE, cpu);
  let evicted: u32 = 0;
  let node = previous(head);
  for (let scanned: u32 = 0; scanned < scanLimit(map) && node != head; scanned++) {
    const before = previous(node);
    if (isReferenced(node)) {
      moveTo(map, node, ACTIVE, owner(map, cpu));
    } else if (evict(map, elementOf(node))) {
      put(node + NODE_ELEMENT, 0);
      moveTo(map, node, to, cpu);
      if (++evicted == wanted) break;
    }
    node = before;
  }
  return evicted;
}

/** A free or pending node of any CPU, from the CPU on where the last theft ended. */
function steal(map: usize, cpu: u32): usize {
  const cursor = headOf(map, PENDING, cpu) + NODE_INFO;
  const first = load<u32>(cursor);
  let from = first;
  let node: usize = 0;
  do {
    const local = headOf(map, LOCAL, from);
    node = isEmpty(local) ? evictPending(map, from) : next(local);
    from = from + 1 == possibleCpus() ? 0 : from + 1;
  } while (node == 0 && from != first);
  put(cursor, from);
  return node;
}

/** The oldest pending node that is not marked and can be evicted, else the oldest that can be. */
function evictPending(map: usize, cpu: u32): usize {
  const head = headOf(map, PENDING, cpu);
  for (let force = 0; force < 2; force++) {
    for (let node = previous(head); node != head; node = previous(node)) {
      if (force == 0 && isReferenced(node)) continue;
      if (!evict(map, elementOf(node))) continue;
      put(node + NODE_ELEMENT, 0);
      return node;
    }
  }
  return 0;
}
