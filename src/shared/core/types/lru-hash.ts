/**
 * LRU_HASH and LRU_PERCPU_HASH. An update takes a node first, under the map's lock, evicting where need be; then it
 * changes the bucket under the bucket's lock; then it gives back, under the map's lock again, the node that it did not
 * need or that it replaced. A node in hand has no element, so that nobody evicts it.
 *
 * The content changes by single stores as in hash.ts, so that a thread that stops anywhere leaves each key old, new or
 * evicted. Nodes and lists are made anew by recovery, from the elements that are linked.
 */
import { MUTANT, MUTANT_NODE_LOST } from '../build';
import { EINVAL, ENOENT, ENOMEM } from '../errno';
import { EXIST, LRU_PERCPU_HASH, MAP_DATA, MAP_LOCK, MAP_MAX_ENTRIES, MAP_TYPE, MAP_VALUE_SIZE } from '../layout';
import { beginOperation, changeLock, endOperation } from '../operations';
import { reserveEntry, returnElement } from '../pool';
import { currentCpu } from '../slots';
import { writeFreshValue } from '../values';
import { checkPresence, elementRefusal, findLink, linkFront, replaceElement, takeWithKey, removeElement, valueOf } from './hash';
import { bucketOf, hashBytes, hashInit, lockOf } from './hash-layout';
import { hashFind } from './hash-lookup';
import { readFamilyValue } from './hash-values';
import { HELD_OFF } from '../locks';
import { giveNode, takeNode } from './lru-list';
import { bind, dropNode, LRU_NODES, lruNodeBytes, nodeOfElement, setReferenced, touch } from './lru-nodes';
import { makeLists } from './lru-recovery';
import { fillSlots, percpuBytes, percpuHashFindOn, percpuHashInit, writeSlots } from './percpu-hash';

export function lruBytes(type: u32, keySize: u32, valueSize: u32, maxEntries: u32, flags: u32): u64 {
  const storage = type == LRU_PERCPU_HASH ? percpuBytes(valueSize) : <u64>valueSize;
  const hash = hashBytes(keySize, <u32>storage, maxEntries, flags);
  return hash == u64.MAX_VALUE ? hash : hash + lruNodeBytes(maxEntries);
}

/** The nodes lie behind the elements. */
export function lruInit(map: usize, bytes: u64): void {
  if (isPerCpu(map)) percpuHashInit(map);
  else hashInit(map, load<u32>(map + MAP_VALUE_SIZE));
  store<u32>(map + LRU_NODES, <u32>(map + MAP_DATA + <usize>(bytes - lruNodeBytes(load<u32>(map + MAP_MAX_ENTRIES)))));
  makeLists(map);
}

function isPerCpu(map: usize): bool {
  return load<u32>(map + MAP_TYPE) == LRU_PERCPU_HASH;
}

/** For programs: value address (this CPU's) or 0; marks the element. */
export function lruFind(map: usize, key: usize): usize {
  const value = hashFind(map, key);
  if (value == 0) return 0;
  touch(value - valueOf(map, 0));
  return isPerCpu(map) ? percpuSlot(map, value) : value;
}

function percpuSlot(map: usize, first: usize): usize {
  return first + <usize>currentCpu() * strideOf(map);
}

function strideOf(map: usize): usize {
  return <usize>((load<u32>(map + MAP_VALUE_SIZE) + 7) & ~7);
}

/** For programs: that CPU's slot; marks the element. */
export function lruFindOn(map: usize, key: usize, cpu: u32): usize {
  const value = percpuHashFindOn(map, key, cpu);
  if (value != 0) touch(value - <usize>cpu * strideOf(map) - valueOf(map, 0));
  return value;
}

/** `own`: a program's update of a per-CPU map, which writes this CPU's slot. */
export function lruUpdate(map: usize, key: usize, value: usize, flags: u32, own: bool): i32 {
  if (flags > EXIST) return -EINVAL;
  if (isPerCpu(map) && flags == EXIST) return updatePresent(map, key, value, own);
  let result = HELD_OFF;
  while (result == HELD_OFF) result = updateOnce(map, key, value, flags, own);
  return result;
}

/** HELD_OFF: recovery had to go first, and nothing but an eviction was done. */
function updateOnce(map: usize, key: usize, value: usize, flags: u32, own: bool): i32 {
  const failed = beginOperation(map, map + MAP_LOCK);
  if (failed != 0) return failed;
  const node = takeNode(map, currentCpu());
  if (node == 0) {
    endOperation(map + MAP_LOCK);
    return -ENOMEM;
  }
  return updateWith(map, key, value, flags, own, node);
}

/** The map's lock is held; it is given up for the bucket's, and comes back at the end. */
function updateWith(map: usize, key: usize, value: usize, flags: u32, own: bool, node: usize): i32 {
  const bucket = bucketOf(map, key);
  let result = changeLock(map, map + MAP_LOCK, lockOf(map, bucket));
  let spare = node;
  let held: usize = 0;
  if (result == 0) {
    held = lockOf(map, bucket);
    const link = findLink(map, bucket, key);
    const old = <usize>load<u32>(link);
    result = checkPresence(old != 0, flags);
    if (result == 0) {
      if (old != 0 && isPerCpu(map)) {
        setReferenced(nodeOfElement(map, old), true);
        writeSlots(map, valueOf(map, old), value, own);
      } else {
        const freed = old == 0 ? 0 : nodeOfElement(map, old);
        result = linkNew(map, bucket, link, old, key, value, own, node);
        if (result == 0) spare = freed;
      }
    }
  }
  finish(map, held, spare);
  return result;
}

/** Link a new element, in the place of `old` if there is one. 0, -ENOMEM. */
function linkNew(map: usize, bucket: usize, link: usize, old: usize, key: usize, value: usize, own: bool, node: usize): i32 {
  const element = takeWithKey(map, key);
  if (element == 0) return elementRefusal();
  if (isPerCpu(map)) fillSlots(map, valueOf(map, element), value, own);
  else writeFreshValue(map, valueOf(map, element), value);
  if (old == 0 && !reserveEntry(map)) {
    returnElement(map, element);
    return -ENOMEM;
  }
  bind(map, element, node, old != 0);
  if (old == 0) linkFront(bucket, element);
  else replaceElement(map, bucket, link, old, element);
  return 0;
}

/** Give back a node (0: none), under the map's lock, and end the operation. */
function finish(map: usize, held: usize, spare: usize): void {
  if (spare == 0) {
    endOperation(held);
    return;
  }
  const failed = changeLock(map, held, map + MAP_LOCK);
  if (failed == 0) giveNode(map, spare);
  else if (MUTANT != MUTANT_NODE_LOST) dropNode(map, spare);
  endOperation(failed == 0 ? map + MAP_LOCK : 0);
}

function updatePresent(map: usize, key: usize, value: usize, own: bool): i32 {
  const bucket = bucketOf(map, key);
  const failed = beginOperation(map, lockOf(map, bucket));
  if (failed != 0) return failed;
  const old = <usize>load<u32>(findLink(map, bucket, key));
  if (old != 0) {
    setReferenced(nodeOfElement(map, old), true);
    writeSlots(map, valueOf(map, old), value, own);
  }
  endOperation(lockOf(map, bucket));
  return old == 0 ? -ENOENT : 0;
}

/** Delete; with `out` copy the value out first. 0, -ENOENT, -ETIMEDOUT. */
export function lruRemove(map: usize, key: usize, out: usize): i32 {
  const bucket = bucketOf(map, key);
  const failed = beginOperation(map, lockOf(map, bucket));
  if (failed != 0) return failed;
  const link = findLink(map, bucket, key);
  const old = <usize>load<u32>(link);
  let node: usize = 0;
  if (old != 0) {
    if (out != 0) readFamilyValue(map, out, valueOf(map, old));
    node = nodeOfElement(map, old);
    removeElement(map, link, old);
  }
  finish(map, lockOf(map, bucket), node);
  return old == 0 ? -ENOENT : 0;
}
