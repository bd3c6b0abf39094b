/**
 * Walks over maps that others write meanwhile. A hash is read in whole buckets, each a snapshot under its
 * lock; what was read is decoded before anything is yielded, so that no shared memory is held across a
 * `yield` and a walk that is given up leaves nothing behind.
 */
import { Errno } from '../../shared/errno.js';
import { type Arena } from '../../shared/arena.js';
import { MAP_HEADER } from '../../shared/core-exports.js';
import type { CodecMemory } from '../../shared/codecs.js';
import type { ElementMapObject } from './element-map.js';
import { withBlock } from './scratch.js';

/** Elements decoded at once. */
const BATCH = 256;

/** Elements of an array, 0 first. */
export function* arrayEntries<K, V>(map: ElementMapObject<K, V>): IterableIterator<[K, V]> {
  for (let index = 0; index < map.maxEntries; index++) {
    const key = index as K;
    const value = map.get(key);
    if (value !== undefined) yield [key, value];
  }
}

/** Elements of a hash, bucket by bucket. */
export function* hashEntries<K, V>(map: ElementMapObject<K, V>): IterableIterator<[K, V]> {
  let bucket = 0;
  let room = BATCH;
  for (;;) {
    const batch = readBuckets(map, map.readable('entries'), bucket, room);
    if (batch === undefined) {
      // One bucket holds more than `room`: many keys of one hash value.
      room *= 2;
      continue;
    }
    yield* batch.entries;
    if (batch.next === undefined) return;
    bucket = batch.next;
    room = BATCH;
  }
}

interface BucketBatch<K, V> {
  entries: [K, V][];
  /** First bucket that is not read yet; undefined at the end. */
  next: number | undefined;
}

function readBuckets<K, V>(
  map: ElementMapObject<K, V>,
  address: number,
  bucket: number,
  room: number,
): BucketBatch<K, V> | undefined {
  const { keySize, valueSize } = map;
  const { arena } = map.host.scratch;
  return withBlock(arena, 'entries', room * (keySize + valueSize), (block, memory) => {
    const values = block + room * keySize;
    const count = map.guarded('entries', () => map.core.hashBatch(address, bucket, room, block, values));
    if (count === -Errno.ENOSPC) return undefined;
    if (count === -Errno.ENOENT) return { entries: [], next: undefined };
    if (count < 0) throw map.failure('entries', count);
    const next = map.core.batchNext();
    const end = next <= bucket || next > bucketMask(arena, address);
    return { entries: decodeAll(map, memory, count, room * keySize), next: end ? undefined : next };
  });
}

function decodeAll<K, V>(map: ElementMapObject<K, V>, memory: CodecMemory, count: number, values: number): [K, V][] {
  const entries: [K, V][] = [];
  for (let index = 0; index < count; index++) {
    const key = map.keyCodec.decode(memory, index * map.keySize);
    const value = map.valueCodec.decode(memory, values + index * map.valueSize);
    entries.push([key, value]);
  }
  return entries;
}

/** Number of buckets minus one; fixed at creation. */
function bucketMask(arena: Arena, address: number): number {
  return arena.u32[(address + MAP_HEADER.bucketMask) >>> 2] ?? 0;
}
