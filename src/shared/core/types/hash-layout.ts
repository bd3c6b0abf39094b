/**
 * Hash maps: where things lie, and which bucket a key belongs to.
 *
 *   MAP_DATA                buckets: a word each, the address of the newest element
 *   then, 64-byte aligned   locks: a word for each pair of buckets, or for several if there are more pairs than LOCKS
 *   then, 64-byte aligned   the fixed elements, unless NO_PREALLOC: key at 16, value behind it at a multiple of 8
 *
 * With ZERO_SEED the order of a walk is visible and fixed (SPEC §9.1), so the hash is lookup3 and there are max_entries
 * buckets, rounded up to a power of two, each its own pair. Without it the order is free. A seeded multiply-and-fold does: after the first
 * fold every key bit has reached the low half, and the high half of the second product depends on all of that. And
 * there are so many pairs, which batches take for buckets: of a full map's keys four in five are the first of their bucket, where a look-up
 * that misses the caches goes to memory twice, and the processor has guessed right and is at the next look-up already.
 */
import {
  MAP_BUCKET_MASK, MAP_DATA, MAP_FLAGS, MAP_KEY_SIZE, MAP_MAX_ENTRIES, MAP_SEED, MAP_VALUE_BYTES, MAP_VALUE_OFFSET, NO_PREALLOC, roundUp,
  ZERO_SEED,
} from '../layout';
import { lookup3 } from '../lookup3';
import { ELEMENT_KEY, fixedElements, initPool } from '../pool';

export const BUCKET_BYTES: usize = 4;
const MAX_ENTRIES: u32 = 1 << 27;
/** Most locks that a map has: writers of different buckets seldom meet at one. A power of two. */
const LOCKS: u32 = 4096;
const LOCK_BYTES: usize = 4;

const FIRST_FACTOR: u64 = 0x9e3779b97f4a7c15;
const SECOND_FACTOR: u64 = 0xd6e8feb86659fd93;

function bucketCount(maxEntries: u32, flags: u32): u32 {
  const fewest = maxEntries <= 1 ? 1 : <u32>1 << (32 - clz(maxEntries - 1));
  return fewest << pairShift(flags);
}

/** Bytes of buckets and locks. */
function tableBytes(buckets: u32, flags: u32): u64 {
  const locks = min(buckets >> pairShift(flags), LOCKS);
  return roundUp(<u64>buckets * BUCKET_BYTES, 64) + roundUp(<u64>locks * LOCK_BYTES, 64);
}

/** 1 if buckets come in pairs. */
function pairShift(flags: u32): u32 {
  return (flags & ZERO_SEED) != 0 ? 0 : 1;
}

function elementBytes(keySize: u32, valueBytes: u32): u64 {
  return ELEMENT_KEY + roundUp(keySize, 8) + roundUp(valueBytes, 8);
}

/** Bytes behind the header for elements with `valueBytes` bytes of value storage. */
export function hashBytes(keySize: u32, valueBytes: u32, maxEntries: u32, flags: u32): u64 {
  if (maxEntries > MAX_ENTRIES) return u64.MAX_VALUE;
  const fixed = (flags & NO_PREALLOC) != 0 ? 0 : fixedElements(maxEntries);
  return tableBytes(bucketCount(maxEntries, flags), flags) + fixed * elementBytes(keySize, valueBytes);
}

/** Fill in the header fields of a hash, whose elements have `valueBytes` bytes of value storage. */
export function hashInit(map: usize, valueBytes: u32): void {
  const entries = load<u32>(map + MAP_MAX_ENTRIES);
  const keySize = load<u32>(map + MAP_KEY_SIZE);
  const flags = load<u32>(map + MAP_FLAGS);
  const buckets = bucketCount(entries, flags);
  store<u32>(map + MAP_BUCKET_MASK, buckets - 1);
  store<u32>(map + MAP_VALUE_OFFSET, <u32>(ELEMENT_KEY + roundUp(keySize, 8)));
  store<u32>(map + MAP_VALUE_BYTES, valueBytes);
  const elements = map + MAP_DATA + <usize>tableBytes(buckets, flags);
  const fixed = (flags & NO_PREALLOC) != 0 ? 0 : <u32>fixedElements(entries);
  initPool(map, <u32>elementBytes(keySize, valueBytes), elements, fixed);
}

/** The lock that writers of this bucket hold. */
export function lockOf(map: usize, bucket: usize): usize {
  const index = (bucketIndex(map, bucket) >> shiftOf(map)) & (LOCKS - 1);
  const locks = ((<usize>load<u32>(map + MAP_BUCKET_MASK) + 1) * BUCKET_BYTES + 63) & ~63;
  return map + MAP_DATA + locks + <usize>index * LOCK_BYTES;
}

/** Buckets with a lock and a number in common are 1 << so many: what others see as one bucket, of max_entries of them. */
export function shiftOf(map: usize): u32 {
  return pairShift(load<u32>(map + MAP_FLAGS));
}

function bucketIndex(map: usize, bucket: usize): u32 {
  return <u32>((bucket - map - MAP_DATA) / BUCKET_BYTES);
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

function zeroSeededBucket(map: usize, key: usize, keySize: u32): usize {
  return bucketOfHash(map, lookup3(key, keySize, 0));
}

function seedOf(map: usize): u64 {
  return <u64>load<u32>(map + MAP_SEED);
}

function fold(state: u64, word: u64): u64 {
  const product = (state ^ word) * FIRST_FACTOR;
  return product ^ (product >> 32);
}

function finish(state: u64): u32 {
  return <u32>((state * SECOND_FACTOR) >> 32);
}

/** Bucket of a key of 4 bytes; `word` is the key. */
export function bucketOf4(map: usize, key: usize, word: u32): usize {
  if (isZeroSeeded(map)) return zeroSeededBucket(map, key, 4);
  return bucketOfHash(map, finish(fold(seedOf(map), <u64>word)));
}

/** Bucket of a key of 8 bytes. */
export function bucketOf8(map: usize, key: usize, word: u64): usize {
  if (isZeroSeeded(map)) return zeroSeededBucket(map, key, 8);
  return bucketOfHash(map, finish(fold(seedOf(map), word)));
}

/** Bucket of a key of 16 bytes. */
export function bucketOf16(map: usize, key: usize, low: u64, high: u64): usize {
  if (isZeroSeeded(map)) return zeroSeededBucket(map, key, 16);
  return bucketOfHash(map, finish(fold(fold(seedOf(map), low), high)));
}

/** Bucket of any key. */
export function bucketOf(map: usize, key: usize): usize {
  const keySize = load<u32>(map + MAP_KEY_SIZE);
  if (isZeroSeeded(map)) return zeroSeededBucket(map, key, keySize);
  let state = seedOf(map);
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

/** Bucket number of a key. */
export function hashBucketOf(map: usize, key: usize): u32 {
  return bucketIndex(map, bucketOf(map, key));
}

/** Address of the lock of a key's bucket: tests poll it. */
export function hashLockOf(map: usize, key: usize): f64 {
  return <f64>lockOf(map, bucketOf(map, key));
}
