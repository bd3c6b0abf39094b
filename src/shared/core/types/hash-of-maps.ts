/**
 * HASH_OF_MAPS: the value is a word, the address of the inner map. A replacement exchanges that word in place, so the
 * key keeps its place in the walk, and no look-up can miss it. Writer: main.
 */
import { ENOENT, EINVAL } from '../errno';
import { enter, leave } from '../epochs';
import { beginOperation, endOperation } from '../operations';
import { step } from '../step';
import { notePublished } from './array-of-maps';
import { checkPresence, elementRefusal, findLink, linkFront, removeElement, takeForNewKey, valueOf } from './hash';
import { bucketOf, lockOf } from './hash-layout';

/** The old inner map, 0 for a new key, or -errno. Flags ANY, NOEXIST, EXIST. */
export function hashOfMapsUpdate(map: usize, key: usize, inner: usize, flags: u32): f64 {
  if (flags > 2) return -EINVAL;
  const bucket = bucketOf(map, key);
  enter();
  const failed = beginOperation(map, lockOf(map, bucket));
  let result = <f64>failed;
  if (failed == 0) {
    notePublished(inner);
    result = updateLocked(map, bucket, key, inner, flags);
    endOperation(lockOf(map, bucket));
  }
  leave();
  return result;
}

function updateLocked(map: usize, bucket: usize, key: usize, inner: usize, flags: u32): f64 {
  const old = <usize>load<u32>(findLink(map, bucket, key));
  const refused = checkPresence(old != 0, flags);
  if (refused != 0) return refused;
  if (old != 0) {
    step();
    return <f64>atomic.xchg<u32>(valueOf(map, old), <u32>inner); // [P2] unlink before stamp
  }
  const element = takeForNewKey(map, key);
  if (element == 0) return elementRefusal();
  step();
  store<u64>(valueOf(map, element), <u64>inner);
  linkFront(bucket, element);
  return 0;
}

/** The old inner map, or -ENOENT. */
export function hashOfMapsDelete(map: usize, key: usize): f64 {
  const bucket = bucketOf(map, key);
  enter();
  const failed = beginOperation(map, lockOf(map, bucket));
  let result = <f64>failed;
  if (failed == 0) {
    const link = findLink(map, bucket, key);
    const old = <usize>load<u32>(link);
    result = old == 0 ? -ENOENT : <f64>atomic.load<u32>(valueOf(map, old));
    if (old != 0) removeElement(map, link, old);
    endOperation(lockOf(map, bucket));
  }
  leave();
  return result;
}
