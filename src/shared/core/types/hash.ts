/**
 * HASH, and what the other types of the family share: changing a bucket under its lock. See hash-lookup.ts for why
 * look-ups need no lock, pool.ts for where elements come from and go to.
 *
 * Fact 1. The map's content changes by single stores: linking (also when it replaces the head), unlinking. So a thread
 *   that stops before any store leaves the key old or new, never missing, never another's.
 * Fact 2. Between linking a new element and unlinking the old one, the key is in its bucket twice; walks meet the new
 *   one first. Only the head can be new in this sense, so recovery looks at the head alone (`unlinkDuplicate`).
 * Fact 3. MAP_COUNT is reserved before a new key's element is linked, and given back after an unlinking: it is never
 *   less than what is linked, so the map never has more than max_entries. Recovery counts what is linked.
 * Fact 4. A refused update (flags, capacity, memory) has changed nothing: the element in hand goes back.
 */
import { MUTANT, MUTANT_DOUBLE_FREE, MUTANT_UNLINK_FIRST } from '../build';
import { E2BIG, EEXIST, EINVAL, ENOENT, ENOMEM } from '../errno';
import { EXIST, F_LOCK, MAP_BUCKET_MASK, MAP_KEY_SIZE, MAP_VALUE_OFFSET, NOEXIST } from '../layout';
import { beginOperation, endOperation } from '../operations';
import {
  ELEMENT_KEY, ELEMENT_NEXT, isFull, releaseEntry, reserveEntry, retireElement, returnElement, takeElement,
} from '../pool';
import { mark, newMark, recoverPool } from '../pool-recovery';
import { step } from '../step';
import { copyBytes, hasSpinLock, writeFreshValue } from '../values';
import { writeLockedInside } from './array';
import { bucketAt, bucketOf, keysEqual, lockOf } from './hash-layout';
import { readFamilyValue } from './hash-values';

/** -EINVAL for flags that no hash takes, else 0. */
export function checkHashFlags(map: usize, flags: u32): i32 {
  if ((flags & ~F_LOCK) > 2) return -EINVAL;
  return (flags & F_LOCK) != 0 && !hasSpinLock(map) ? -EINVAL : 0;
}

/** Under the bucket's lock: the word that points to the element with this key, or to nothing behind the last one. */
export function findLink(map: usize, bucket: usize, key: usize): usize {
  const keySize = load<u32>(map + MAP_KEY_SIZE);
  let link = bucket;
  for (let element = <usize>load<u32>(link); element != 0; element = <usize>load<u32>(link)) {
    if (keysEqual(element + ELEMENT_KEY, key, keySize)) break;
    link = element + ELEMENT_NEXT;
  }
  return link;
}

/** 0, or why flags refuse a key that is (`present`) or is not there. */
export function checkPresence(present: bool, flags: u32): i32 {
  const mode = flags & ~F_LOCK;
  if (present) return mode == NOEXIST ? -EEXIST : 0;
  return mode == EXIST ? -ENOENT : 0;
}

/**
 * Under the bucket's lock: an element in hand for a new key, its place reserved and its key written; 0: `elementRefusal`
 * says why.
 */
export function takeForNewKey(map: usize, key: usize): usize {
  refusal = -E2BIG;
  if (isFull(map)) return 0;
  const element = takeWithKey(map, key);
  if (element == 0 || reserveEntry(map)) return element;
  returnElement(map, element);
  return 0;
}

/** The same for a key that is there already. */
export function takeWithKey(map: usize, key: usize): usize {
  const element = takeElement(map);
  if (element == 0) {
    refusal = -ENOMEM;
    return 0;
  }
  step();
  copyBytes(element + ELEMENT_KEY, key, load<u32>(map + MAP_KEY_SIZE));
  return element;
}

let refusal: i32 = 0;

export function elementRefusal(): i32 {
  return refusal;
}

export function valueOf(map: usize, element: usize): usize {
  return element + load<u32>(map + MAP_VALUE_OFFSET);
}

/** Make a filled element the first of its bucket. */
export function linkFront(bucket: usize, element: usize): void {
  step();
  store<u32>(element + ELEMENT_NEXT, load<u32>(bucket));
  step();
  atomic.store<u32>(bucket, <u32>element); // [B1] a replacement is linked before the old element is unlinked
}

/** Take `element` out of the chain; `link` is the word that points to it. */
export function unlink(link: usize, element: usize): void {
  step();
  atomic.store<u32>(link, load<u32>(element + ELEMENT_NEXT)); // [P2] unlink before stamp
}

/** Put a filled element in the place of `old`, at the front. */
export function replaceElement(map: usize, bucket: usize, link: usize, old: usize, element: usize): void {
  if (MUTANT == MUTANT_UNLINK_FIRST) {
    unlink(link, old);
    linkFront(bucket, element);
  } else if (link == bucket) {
    step();
    store<u32>(element + ELEMENT_NEXT, load<u32>(old + ELEMENT_NEXT));
    step();
    atomic.store<u32>(bucket, <u32>element);
  } else {
    linkFront(bucket, element);
    unlink(link, old);
  }
  retireElement(map, old);
}

export function hashUpdate(map: usize, key: usize, value: usize, flags: u32): i32 {
  const refused = checkHashFlags(map, flags);
  if (refused != 0) return refused;
  const bucket = bucketOf(map, key);
  const failed = beginOperation(map, lockOf(map, bucket));
  if (failed != 0) return failed;
  const result = updateLocked(map, bucket, key, value, flags);
  endOperation(lockOf(map, bucket));
  return result;
}

function updateLocked(map: usize, bucket: usize, key: usize, value: usize, flags: u32): i32 {
  const link = findLink(map, bucket, key);
  const old = <usize>load<u32>(link);
  const refused = checkPresence(old != 0, flags);
  if (refused != 0) return refused;
  if (old != 0 && (flags & F_LOCK) != 0) return writeLockedInside(map, valueOf(map, old), value);
  const element = old == 0 ? takeForNewKey(map, key) : takeWithKey(map, key);
  if (element == 0) return elementRefusal();
  writeFreshValue(map, valueOf(map, element), value);
  if (old == 0) linkFront(bucket, element);
  else replaceElement(map, bucket, link, old, element);
  return 0;
}

export function hashRemove(map: usize, key: usize): i32 {
  return removeInto(map, key, 0);
}

/** Look up, copy the value out and delete, as one step. */
export function hashTake(map: usize, key: usize, out: usize): i32 {
  return removeInto(map, key, out);
}

function removeInto(map: usize, key: usize, out: usize): i32 {
  const bucket = bucketOf(map, key);
  const failed = beginOperation(map, lockOf(map, bucket));
  if (failed != 0) return failed;
  const link = findLink(map, bucket, key);
  const old = <usize>load<u32>(link);
  if (old != 0) {
    if (out != 0) readFamilyValue(map, out, valueOf(map, old));
    removeElement(map, link, old);
  }
  endOperation(lockOf(map, bucket));
  return old == 0 ? -ENOENT : 0;
}

/** Under the bucket's lock: unlink and retire. */
export function removeElement(map: usize, link: usize, old: usize): void {
  unlink(link, old);
  retireElement(map, old);
  if (MUTANT == MUTANT_DOUBLE_FREE) returnElement(map, old);
  releaseEntry(map);
}

// ---- recovery ----

/** The thread stopped under `lock`; writers are held off. */
export function hashRecover(map: usize, lock: usize): void {
  const mask = load<u32>(map + MAP_BUCKET_MASK);
  const value = newMark();
  let live: u32 = 0;
  for (let index: u32 = 0; index <= mask; index++) {
    const bucket = bucketAt(map, index);
    if (lockOf(map, bucket) == lock) unlinkDuplicate(map, bucket);
    for (let element = <usize>load<u32>(bucket); element != 0; element = <usize>load<u32>(element + ELEMENT_NEXT)) {
      mark(element, value);
      live++;
    }
  }
  recoverPool(map, live, value);
}

/** Complete a replacement that had linked its new element: fact 2. */
function unlinkDuplicate(map: usize, bucket: usize): void {
  const head = <usize>load<u32>(bucket);
  if (head == 0) return;
  const link = findLink(map, head + ELEMENT_NEXT, head + ELEMENT_KEY);
  const old = <usize>load<u32>(link);
  if (old != 0) unlink(link, old);
}
