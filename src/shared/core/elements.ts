/**
 * Elements, as JavaScript calls for them. Each call is a read-side section of its own (or nests in the caller's): the
 * chains it walks stay whole, and a map it works on is not freed before a dead caller has been recovered.
 */
import { typeCount, typeFind, typeNextKey, typeRead, typeRemove, typeTake, typeUpdate, typeValueBytes } from './dispatch';
import { enter, leave } from './epochs';
import { E2BIG, EINVAL, ENOENT, ETIMEDOUT } from './errno';
import { ARRAY, ARRAY_OF_MAPS, MAP_KEY_SIZE, MAP_MAX_ENTRIES, MAP_TYPE } from './layout';
import { lockValue, unlockValue } from './operations';
import { fillArray } from './types/array';
import { lpmNextEntry } from './types/lpm-walk';
import { hasSpinLock, spinLockOf } from './values';

let failure: i32 = 0;

/** Copy the value out. 0 or -errno. */
export function elementLookup(map: usize, key: usize, out: usize): i32 {
  enter();
  const value = typeFind(map, key);
  if (value != 0) typeRead(map, out, value);
  leave();
  return value == 0 ? -ENOENT : 0;
}

/** The same through an outer map: -ENOENT too when there is no inner map at `outerKey`. */
export function nestedLookup(outer: usize, outerKey: usize, key: usize, out: usize): i32 {
  enter();
  const inner = typeFind(outer, outerKey);
  const value = inner == 0 ? 0 : typeFind(inner, key);
  if (value != 0) typeRead(inner, out, value);
  leave();
  return value == 0 ? -ENOENT : 0;
}

/** `elementLookup` under the value's spin lock (F_LOCK). Also -EINVAL without one, -ETIMEDOUT when it stays taken. */
export function elementLookupLocked(map: usize, key: usize, out: usize): i32 {
  if (!hasSpinLock(map)) return -EINVAL;
  enter();
  const value = typeFind(map, key);
  const result = value == 0 ? -ENOENT : readLocked(map, out, value);
  leave();
  return result;
}

function readLocked(map: usize, out: usize, value: usize): i32 {
  const word = spinLockOf(map, value);
  if (lockValue(word) != 0) return -ETIMEDOUT;
  typeRead(map, out, value);
  unlockValue(word);
  return 0;
}

/** Value address or 0; good inside the caller's section. */
export function elementFind(map: usize, key: usize): f64 {
  return <f64>typeFind(map, key);
}

export function elementUpdate(map: usize, key: usize, value: usize, flags: u32): i32 {
  enter();
  const result = typeUpdate(map, key, value, flags);
  leave();
  return result;
}

export function elementDelete(map: usize, key: usize): i32 {
  enter();
  const result = typeRemove(map, key);
  leave();
  return result;
}

/** Look up, copy the value out and delete, as one step. 0 or -errno. */
export function elementTake(map: usize, key: usize, out: usize): i32 {
  enter();
  const result = typeTake(map, key, out);
  leave();
  return result;
}

/** `key` 0: the first. 0 or -ENOENT. */
export function elementNextKey(map: usize, key: usize, out: usize): i32 {
  enter();
  const result = typeNextKey(map, key, out);
  leave();
  return result;
}

/** LPM_TRIE: the key behind `key` (0: the first), and the value of that very entry. 0 or -ENOENT. */
export function trieNextEntry(map: usize, key: usize, out: usize, value: usize): i32 {
  enter();
  const result = lpmNextEntry(map, key, out, value);
  leave();
  return result;
}

/** Live elements; exact. */
export function elementCount(map: usize): f64 {
  return <f64>typeCount(map);
}

/** Updates in one section each few: a long build does not hold back what others retire. */
const UPDATES_A_SECTION: u32 = 256;

/** `count` updates from packed keys and values. How many were done; if fewer, `lastError` says why. */
export function elementUpdateMany(map: usize, keys: usize, values: usize, count: u32, flags: u32): u32 {
  const keySize = load<u32>(map + MAP_KEY_SIZE);
  const valueSize = typeValueBytes(map);
  failure = 0;
  let done: u32 = 0;
  while (done < count && failure == 0) {
    const end = min(count, done + UPDATES_A_SECTION);
    enter();
    while (done < end) {
      failure = typeUpdate(map, keys + done * keySize, values + done * valueSize, flags);
      if (failure != 0) break;
      done++;
    }
    leave();
  }
  return done;
}

/** Why the last `elementUpdateMany` stopped: 0 or -errno. */
export function lastError(): i32 {
  return failure;
}

/** ARRAY: set elements 0 … count - 1 from packed values. 0 or -errno. */
export function arrayFill(map: usize, values: usize, count: u32): i32 {
  return load<u32>(map + MAP_TYPE) == ARRAY ? fillArray(map, values, count) : -EINVAL;
}

/** Inner map address, 0 = empty, or -E2BIG for an index that is out of range. Good inside the caller's section. */
export function outerFind(map: usize, key: usize): f64 {
  const isArray = load<u32>(map + MAP_TYPE) == ARRAY_OF_MAPS;
  if (isArray && load<u32>(key) >= load<u32>(map + MAP_MAX_ENTRIES)) return -E2BIG;
  return <f64>typeFind(map, key);
}
