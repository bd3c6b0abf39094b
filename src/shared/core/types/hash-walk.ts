/** Walking a hash: keys one after another without locks, whole buckets under their locks. */
import { enter, leave } from '../epochs';
import { ENOENT, ENOSPC } from '../errno';
import { MAP_BUCKET_MASK, MAP_KEY_SIZE } from '../layout';
import { beginOperation, endOperation } from '../operations';
import { ELEMENT_KEY, ELEMENT_NEXT } from '../pool';
import { valueOf } from './hash';
import { bucketAt, bucketOf, hashBucketOf, lockOf, shiftOf } from './hash-layout';
import { findElement } from './hash-lookup';
import { readFamilyValue, readFamilyBytes } from './hash-values';

/** The first element of bucket `from` or a later one; 0 at the end. */
export function firstFrom(map: usize, from: u32): usize {
  const mask = load<u32>(map + MAP_BUCKET_MASK);
  for (let index = from; index <= mask; index++) {
    const element = atomic.load<u32>(bucketAt(map, index));
    if (element != 0) return element;
  }
  return 0;
}

/** The element behind one that was found in the caller's section; 0 at the end. */
export function elementAfter(map: usize, element: usize): usize {
  const next = atomic.load<u32>(element + ELEMENT_NEXT);
  return next != 0 ? <usize>next : firstFrom(map, hashBucketOf(map, element + ELEMENT_KEY) + 1);
}

/** `key` 0, or not there: the first key. 0 or -ENOENT. */
export function hashNextKey(map: usize, key: usize, out: usize): i32 {
  const current = key == 0 ? 0 : findElement(map, bucketOf(map, key), key);
  const next = current == 0 ? firstFrom(map, 0) : elementAfter(map, current);
  if (next == 0) return -ENOENT;
  memory.copy(out, next + ELEMENT_KEY, load<u32>(map + MAP_KEY_SIZE));
  return 0;
}

let cursor: u32 = 0;
/** Elements copied by the running batch, and where it copies to. */
let copied: u32 = 0;
let keysAt: usize = 0;
let valuesAt: usize = 0;

/** First bucket that the last `hashBatch` did not copy. */
export function batchNext(): f64 {
  return <f64>cursor;
}

/**
 * Copy whole buckets from `bucket` on while they fit in `room` elements: packed keys, packed values. Elements copied;
 * -ENOSPC if the first non-empty bucket does not fit; -ETIMEDOUT if its lock is held for too long. A bucket here is a
 * pair of them, if they come in pairs (hash-layout.ts).
 */
export function hashBatch(map: usize, bucket: u32, room: u32, keys: usize, values: usize): i32 {
  const shift = shiftOf(map);
  const last = load<u32>(map + MAP_BUCKET_MASK) >> shift;
  copied = 0;
  keysAt = keys;
  valuesAt = values;
  let failed = 0;
  enter();
  for (cursor = bucket; cursor <= last && failed == 0; cursor++) {
    const first = bucketAt(map, cursor << shift);
    const second = bucketAt(map, ((cursor + 1) << shift) - 1);
    if (atomic.load<u32>(first) != 0 || atomic.load<u32>(second) != 0) failed = copyPair(map, first, second, room);
  }
  leave();
  if (failed != 0) cursor--;
  return copied == 0 && failed != 0 ? failed : <i32>copied;
}

/** `first` and `second` may be the same. 0, -ENOSPC or -ETIMEDOUT, without effect. */
function copyPair(map: usize, first: usize, second: usize, room: u32): i32 {
  const lock = lockOf(map, first);
  const failed = beginOperation(map, lock);
  if (failed != 0) return failed;
  const count = lengthOf(first) + (second == first ? 0 : lengthOf(second));
  const fits = copied + count <= room;
  if (fits) {
    copyBucket(map, first);
    if (second != first) copyBucket(map, second);
  }
  endOperation(lock);
  return fits ? 0 : -ENOSPC;
}

function lengthOf(bucket: usize): u32 {
  let count: u32 = 0;
  for (let element = load<u32>(bucket); element != 0; element = load<u32>(<usize>element + ELEMENT_NEXT)) count++;
  return count;
}

function copyBucket(map: usize, bucket: usize): void {
  for (let element = load<u32>(bucket); element != 0; element = load<u32>(<usize>element + ELEMENT_NEXT)) copyOut(map, element);
}

function copyOut(map: usize, element: usize): void {
  const keySize = load<u32>(map + MAP_KEY_SIZE);
  memory.copy(keysAt + copied * keySize, element + ELEMENT_KEY, keySize);
  readFamilyValue(map, valuesAt + copied * readFamilyBytes(map), valueOf(map, element));
  copied++;
}
