/**
 * Hash maps: where things lie, and which bucket a key belongs to.
 *
 *   MAP_DATA                buckets: head (address of the newest element), lock; max_entries rounded up to a power of two
 *   then, 64-byte aligned   the fixed elements, unless NO_PREALLOC: key at 16, value behind it at a multiple of 8
 *
 * With ZERO_SEED the order of a walk is visible and fixed (SPEC §9.1), so the hash is lookup3. Without it the order is
 * free, and a seeded multiply-and-fold does: after the first fold every key bit has reached the low half, and the
 * high half of the second product depends on all of that.
 */
import {
  MAP_BUCKET_MASK, MAP_DATA, MAP_FLAGS, MAP_KEY_SIZE, MAP_MAX_ENTRIES, MAP_SEED, MAP_VALUE_BYTES, MAP_VALUE_OFFSET, NO_PREALLOC, roundUp,
  ZERO_SEED,
} from '../layout';
import { lookup3 } from '../lookup3';
import { ELEMENT_KEY, fixedElements, initPool } from '../pool';

export const BUCKET_BYTES: usize = 8;
export const BUCKET_LOCK: usize = 4;
const MAX_BUCKETS: u32 = 1 << 27;

const FIRST_FACTOR: u64 = 0x9e3779b97f4a7c15;
const SECOND_FACTOR: u64 = 0xd6e8feb86659fd93;

function bucketCount(maxEntries: u32): u32 {
  return maxEntries <= 1 ? 1 : <u32>1 << (32 - clz(maxEntries - 1));
}

function elementBytes(keySize: u32, valueBytes: u32): u64 {
  return ELEMENT_KEY + roundUp(keySize, 8) + roundUp(valueBytes, 8);
}

/** Bytes behind the header for elements with `valueBytes` bytes of value storage. */
export function hashBytes(keySize: u32, valueBytes: u32, maxEntries: u32, flags: u32): u64 {
  if (maxEntries > MAX_BUCKETS) return u64.MAX_VALUE;
  const buckets = roundUp(<u64>bucketCount(maxEntries) * BUCKET_BYTES, 64);
  const fixed = (flags & NO_PREALLOC) != 0 ? 0 : fixedElements(maxEntries);
  return buckets + fixed * elementBytes(keySize, valueBytes);
}

/** Fill in the header fields of a hash, whose elements have `valueBytes` bytes of value storage. */
export function hashInit(map: usize, valueBytes: u32): void {
  const entries = load<u32>(map + MAP_MAX_ENTRIES);
  const keySize = load<u32>(map + MAP_KEY_SIZE);
  const buckets = bucketCount(entries);
  store<u32>(map + MAP_BUCKET_MASK, buckets - 1);
  store<u32>(map + MAP_VALUE_OFFSET, <u32>(ELEMENT_KEY + roundUp(keySize, 8)));
  store<u32>(map + MAP_VALUE_BYTES, valueBytes);
  const elements = map + MAP_DATA + <usize>roundUp(<u64>buckets * BUCKET_BYTES, 64);
  const fixed = (load<u32>(map + MAP_FLAGS) & NO_PREALLOC) != 0 ? 0 : <u32>fixedElements(entries);
  initPool(map, <u32>elementBytes(keySize, valueBytes), elements, fixed);
}

function bucketOfHash(map: usize, hash: u32): usize {
  return map + MAP_DATA + <usize>(hash & load<u32>(map + MAP_BUCKET_MASK)) * BUCKET_BYTES;
}

export function bucketAt(map: usize, index: u32): usize {
  return map + MAP_DATA + <usize>index * BUCKET_BYTES;
}

function isZeroSeeded(map: usize): bool {
  return (load<u32>(map + MAP_FLAGS) & ZERO_SEED) != 0;
}

function fold(state: u64, word: u64): u64 {
  const product = (state ^ word) * FIRST_FACTOR;
  return product ^ (product >> 32);
}

function finish(state: u64): u32 {
  return <u32>((state * SECOND_FACTOR) >> 32);
}

/** Bucket of a key of at most 8 bytes; `word` is the key, zero-extended. */
export function bucketOfWord(map: usize, key: usize, keySize: u32, word: u64): usize {
  if (isZeroSeeded(map)) return bucketOfHash(map, lookup3(key, keySize, 0));
  return bucketOfHash(map, finish(fold(<u64>load<u32>(map + MAP_SEED), word)));
}

/** Bucket of a key of 16 bytes. */
export function bucketOfPair(map: usize, key: usize, low: u64, high: u64): usize {
  if (isZeroSeeded(map)) return bucketOfHash(map, lookup3(key, 16, 0));
  return bucketOfHash(map, finish(fold(fold(<u64>load<u32>(map + MAP_SEED), low), high)));
}

/** Bucket of any key. */
export function bucketOf(map: usize, key: usize): usize {
  const keySize = load<u32>(map + MAP_KEY_SIZE);
  if (isZeroSeeded(map)) return bucketOfHash(map, lookup3(key, keySize, 0));
  let state = <u64>load<u32>(map + MAP_SEED);
  let at: u32 = 0;
  for (; at + 8 <= keySize; at += 8) state = fold(state, load<u64>(key + at));
  if (at < keySize) state = fold(state, tailWord(key + at, keySize - at));
  return bucketOfHash(map, finish(state));
}

/** 1 to 7 bytes, little-endian. */
function tailWord(at: usize, bytes: u32): u64 {
  if (bytes == 4) return <u64>load<u32>(at);
  let word: u64 = 0;
  for (let index = bytes; index > 0; index--) word = (word << 8) | <u64>load<u8>(at + index - 1);
  return word;
}

export function keysEqual(left: usize, right: usize, bytes: u32): bool {
  let at: u32 = 0;
  for (; at + 8 <= bytes; at += 8) if (load<u64>(left + at) != load<u64>(right + at)) return false;
  for (; at < bytes; at++) if (load<u8>(left + at) != load<u8>(right + at)) return false;
  return true;
}

/** Bucket number of a key: tests poll that bucket's lock. */
export function hashBucketOf(map: usize, key: usize): u32 {
  return <u32>((bucketOf(map, key) - map - MAP_DATA) / BUCKET_BYTES);
}
