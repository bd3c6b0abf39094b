/** LRU: the lists as they are at first, and anew after a thread stopped in the map. Writers are held off. */
import { MAP_BUCKET_MASK, MAP_MAX_ENTRIES } from '../layout';
import { ELEMENT_NEXT } from '../pool';
import { possibleCpus } from '../superblock';
import { bucketAt } from './hash-layout';
import {
  ACTIVE, clearHead, cpuOf, elementOf, FREE, headOf, INACTIVE, isCommon, kindOf, LOCAL, LRU_DROPPED, NODE_ELEMENT, NODE_INFO, nodeAt,
  nodeOfElement, PENDING, pushFront, put,
} from './lru-nodes';

/** All nodes free: in the common mode globally, else shared out evenly. */
export function makeLists(map: usize): void {
  clearHeads(map);
  const entries = load<u32>(map + MAP_MAX_ENTRIES);
  const share = entries / possibleCpus();
  for (let index: u32 = 0; index < entries; index++) {
    pushFront(map, nodeAt(map, index), FREE, isCommon(map) ? 0 : min(index / share, possibleCpus() - 1));
  }
}

function clearHeads(map: usize): void {
  for (let cpu: u32 = 0; cpu < possibleCpus(); cpu++) {
    for (let kind = ACTIVE; kind <= FREE; kind++) clearHead(headOf(map, kind, cpu));
    put(headOf(map, INACTIVE, cpu) + NODE_INFO, <u32>headOf(map, INACTIVE, cpu));
    if (!isCommon(map)) continue;
    clearHead(headOf(map, PENDING, cpu));
    clearHead(headOf(map, LOCAL, cpu));
    put(headOf(map, PENDING, cpu) + NODE_INFO, cpu);
  }
}

/**
 * Lists from the elements that are linked: their nodes go to the lists they were in, in the order of their numbers; all
 * other nodes are free.
 */
export function recoverLists(map: usize): void {
  const entries = load<u32>(map + MAP_MAX_ENTRIES);
  put(map + LRU_DROPPED, 0);
  for (let index: u32 = 0; index < entries; index++) put(nodeAt(map, index) + NODE_ELEMENT, 0);
  const mask = load<u32>(map + MAP_BUCKET_MASK);
  for (let bucket: u32 = 0; bucket <= mask; bucket++) {
    for (let element = <usize>load<u32>(bucketAt(map, bucket)); element != 0; element = <usize>load<u32>(element + ELEMENT_NEXT)) {
      put(nodeOfElement(map, element) + NODE_ELEMENT, <u32>element);
    }
  }
  clearHeads(map);
  for (let index: u32 = 0; index < entries; index++) relist(map, nodeAt(map, index));
}

function relist(map: usize, node: usize): void {
  const cpu = cpuOf(node);
  const kind = kindOf(node);
  const common = isCommon(map);
  if (elementOf(node) == 0) pushFront(map, node, FREE, common ? 0 : cpu);
  else if (kind == ACTIVE || kind == INACTIVE) pushFront(map, node, kind, common ? 0 : cpu);
  else pushFront(map, node, common ? PENDING : INACTIVE, cpu);
}
