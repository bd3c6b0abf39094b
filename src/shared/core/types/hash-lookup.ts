/**
 * Looking up in a hash, without locks, while others link and unlink. The caller is in a read-side section.
 *
 * Writers of a bucket hold its lock (which other buckets may share). They link a new element in front, by one store of the head; they unlink an element
 * by one store of the word that points to it. To replace, they link the new one first, then unlink the old one; if the
 * old one is the head, one store of the head does both.
 *
 * Fact 1. `next` of an element is fixed from its unlinking until no reader can be on it (pool.ts, fact 1), and no
 *   element is linked a second time within a reader's section. So a walk ends, and goes through every element that was
 *   linked when the walk read the head and is not unlinked before the walk comes to it.
 * Fact 2. A key that is there throughout is found. Say a walk from head h does not find it. Then its element was
 *   unlinked before the walk came to it (fact 1), as part of a replacement, whose new element was linked in front
 *   earlier [B1]. So when the walk reads the head again, that element, or another replacement of it, is linked in
 *   front of h, or h itself is unlinked: the head is not h (fact 1: it cannot be h linked anew). The walk starts over.
 * Fact 3. A walk that ends without a find reads the head it started from: then there was a moment at which the key was
 *   not there.
 * Fact 4. Key and value of an element are written before it is linked, and `next` too. Later changes of a value in place
 *   (by programs, F_LOCK, an outer map's exchange) are seen as the memory model has it.
 */
import { MUTANT, MUTANT_NO_RETRY, STEPS } from '../build';
import { lateEnter } from '../epochs';
import { MAP_KEY_SIZE, MAP_VALUE_OFFSET } from '../layout';
import { ELEMENT_KEY, ELEMENT_NEXT } from '../pool';
import { step } from '../step';
import { bucketOf, bucketOf16, bucketOf4, bucketOf8, keysEqual } from './hash-layout';

/** Offset of the value behind a key of at most 8 bytes, and behind one of 16. */
const VALUE_8: usize = 24;
const VALUE_16: usize = 32;

/** What a walk that found nothing starts from next; `seen` again: there is nothing to find. */
function headAgain(bucket: usize, seen: u32): u32 {
  return MUTANT == MUTANT_NO_RETRY ? seen : atomic.load<u32>(bucket); // [B1] a replacement is linked before the old element is unlinked
}

// The look-ups for the usual key sizes try the first element of the bucket without a loop, in which V8 would look at its
// stack limit: that is what most come down to. In STEPS builds all go by the loop that has the steps. (In code without
// a loop they cannot be: V8's baseline compiler, seen in Node 20, loses local variables of a function that waits.)

/** Value address or 0. */
export function lookup_hash_4(map: u32, key: u32): u32 {
  lateEnter();
  const word = load<u32>(key);
  const bucket = bucketOf4(map, key, word);
  if (STEPS == 0) {
    const head = atomic.load<u32>(bucket);
    if (head == 0) return 0;
    if (load<u32>(head + ELEMENT_KEY) == word) return head + <u32>VALUE_8;
  }
  return valueBehind(findElement(map, bucket, key), VALUE_8);
}

/** Value address or 0. */
export function lookup_hash_8(map: u32, key: u32): u32 {
  lateEnter();
  const word = load<u64>(key);
  const bucket = bucketOf8(map, key, word);
  if (STEPS == 0) {
    const head = atomic.load<u32>(bucket);
    if (head == 0) return 0;
    if (load<u64>(head + ELEMENT_KEY) == word) return head + <u32>VALUE_8;
  }
  return valueBehind(findElement(map, bucket, key), VALUE_8);
}

/** Value address or 0. */
export function lookup_hash_16(map: u32, key: u32): u32 {
  lateEnter();
  const low = load<u64>(key);
  const high = load<u64>(key, 8);
  const bucket = bucketOf16(map, key, low, high);
  if (STEPS == 0) {
    const head = atomic.load<u32>(bucket);
    if (head == 0) return 0;
    if (load<u64>(head + ELEMENT_KEY) == low && load<u64>(head + ELEMENT_KEY, 8) == high) return head + <u32>VALUE_16;
  }
  return valueBehind(findElement(map, bucket, key), VALUE_16);
}

function valueBehind(element: usize, offset: usize): u32 {
  return element == 0 ? 0 : <u32>(element + offset);
}

/** Value address or 0, for any key size. */
export function lookup_hash_n(map: u32, key: u32): u32 {
  lateEnter();
  const element = findElement(map, bucketOf(map, key), key);
  return element == 0 ? 0 : <u32>element + load<u32>(map + MAP_VALUE_OFFSET);
}

/** The element with this key in the bucket, or 0. Lock-free. */
export function findElement(map: usize, bucket: usize, key: usize): usize {
  const keySize = load<u32>(map + MAP_KEY_SIZE);
  let head = atomic.load<u32>(bucket);
  while (true) {
    for (let element = head; element != 0; element = atomic.load<u32>(element + ELEMENT_NEXT)) {
      step();
      if (keysEqual(element + ELEMENT_KEY, key, keySize)) return element;
    }
    const again = headAgain(bucket, head);
    if (again == head) return 0;
    head = again;
  }
}

/** Value address or 0, by the key's size. */
export function hashFind(map: usize, key: usize): usize {
  switch (load<u32>(map + MAP_KEY_SIZE)) {
    case 4: return lookup_hash_4(<u32>map, <u32>key);
    case 8: return lookup_hash_8(<u32>map, <u32>key);
    case 16: return lookup_hash_16(<u32>map, <u32>key);
    default: return lookup_hash_n(<u32>map, <u32>key);
  }
}

/** Inner map address or 0. */
export function lookup_hash_of_maps(map: u32, key: u32): u32 {
  const value = hashFind(map, key);
  return value == 0 ? 0 : atomic.load<u32>(value);
}
