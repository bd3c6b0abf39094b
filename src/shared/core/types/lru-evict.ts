/**
 * LRU: taking an element out of its bucket to free its node. The caller holds the map's lock. The order of locks is map,
 * then bucket; nobody waits for the map's lock with a bucket's in hand, and here a bucket's lock is not waited for long:
 * an element whose bucket is busy is not evicted this time.
 */
import { MAP_LOCK, SLOT_OP_LOCK } from '../layout';
import { release, tryAcquire } from '../locks';
import { ELEMENT_KEY, ELEMENT_NEXT, releaseEntry, retireElement } from '../pool';
import { self } from '../self';
import { step } from '../step';
import { bucketOf, lockOf } from './hash-layout';
import { unlink } from './hash';

const SPINS: i32 = 200;

/** False: there is no element, or it is not linked (any more, or yet), or its bucket is busy. */
export function evict(map: usize, element: usize): bool {
  if (element == 0) return false;
  const bucket = bucketOf(map, element + ELEMENT_KEY);
  noteLock(lockOf(map, bucket));
  let taken = false;
  for (let spin = 0; spin < SPINS && !taken; spin++) taken = tryAcquire(lockOf(map, bucket));
  if (!taken) {
    noteLock(map + MAP_LOCK);
    return false;
  }
  const link = linkOf(bucket, element);
  if (link != 0) {
    unlink(link, element);
    releaseEntry(map);
    retireElement(map, element);
  }
  release(lockOf(map, bucket));
  noteLock(map + MAP_LOCK);
  return link != 0;
}

/** The record names the lock before it is taken, so that recovery can open it. */
function noteLock(lock: usize): void {
  step();
  store<u32>(self() + SLOT_OP_LOCK, <u32>lock);
}

/** The word that points to the element, or 0. */
function linkOf(bucket: usize, element: usize): usize {
  let link = bucket;
  for (let at = <usize>load<u32>(link); at != 0; at = <usize>load<u32>(link)) {
    if (at == element) return link;
    link = at + ELEMENT_NEXT;
  }
  return 0;
}
