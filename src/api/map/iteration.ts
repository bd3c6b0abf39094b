/**
 * Walks over hashes that others write meanwhile. A hash is read in whole buckets, each a snapshot under its
 * lock; what was read is decoded before anything is yielded, so that no shared memory is held across a
 * `yield` and a walk that is given up leaves nothing behind.
 */
import type { Arena } from '../../shared/arena.js';
import type { CodecMemory } from '../../shared/codecs.js';
import { MAP_HEADER } from '../../shared/core-exports.js';
import { Errno } from '../../shared/errno.js';
import type { ElementMapObject } from './element-map.js';
import { withBlock } from './scratch.js';

/** Elements read at once. */
const BATCH = 256;

/** What is done with the elements of some buckets, which lie packed in `memory`: keys from 0, values from `values`. */
type Visit<T> = (memory: CodecMemory, count: number, values: number, address: number) => T;

interface BucketBatch<T> {
  readonly result: T;
  /** First bucket that is not read yet; undefined at the end. */
  readonly next: number | undefined;
}

/** Elements of a hash, bucket by bucket. */
export function* hashEntries<K, V>(map: ElementMapObject<K, V>): IterableIterator<[K, V]> {
  for (const entries of eachBatch(map, 'entries', (memory, count, values) => decodeAll(map, memory, count, values))) {
    yield* entries;
  }
}

/** Delete every element that is there throughout. */
export function deleteAll<K, V>(map: ElementMapObject<K, V>): void {
  const { keySize, core } = map;
  const deleteBatch: Visit<void> = (_, count, __, address) => {
    const target = map.writable('clear');
    for (let index = 0; index < count; index++) {
      const result = map.guarded('clear', () => core.elementDelete(target, address + index * keySize));
      if (result !== 0 && result !== -Errno.ENOENT) throw map.failure('clear', result);
    }
  };
  for (const _ of eachBatch(map, 'clear', deleteBatch)) void _;
}

function* eachBatch<K, V, T>(map: ElementMapObject<K, V>, operation: string, visit: Visit<T>): IterableIterator<T> {
  let bucket = 0;
  let room = BATCH;
  for (;;) {
    const batch = readBuckets(map, operation, bucket, room, visit);
    if (batch === undefined) {
      // One bucket holds more than `room`: many keys of one hash value.
      room *= 2;
      continue;
    }
    yield batch.result;
    if (batch.next === undefined) return;
    bucket = batch.next;
    room = BATCH;
  }
}

function readBuckets<K, V, T>(
  map: ElementMapObject<K, V>,
  operation: string,
  bucket: number,
  room: number,
  visit: Visit<T>,
): BucketBatch<T> | undefined {
  const { keySize, valueBytes } = map;
  const { arena } = map.host.scratch;
  const address = map.readable(operation);
  const values = Math.ceil((room * keySize) / 8) * 8;
  return withBlock(arena, operation, values + room * valueBytes, (block, memory) => {
    const count = map.guarded(operation, () => map.core.hashBatch(address, bucket, room, block, block + values));
    if (count === -Errno.ENOSPC) return undefined;
    if (count < 0 && count !== -Errno.ENOENT) throw map.failure(operation, count);
    const next = map.core.batchNext();
    const end = count < 0 || next <= bucket || next >= bucketCount(arena, address);
    return { result: visit(memory, Math.max(count, 0), values, block), next: end ? undefined : next };
  });
}

function decodeAll<K, V>(map: ElementMapObject<K, V>, memory: CodecMemory, count: number, values: number): [K, V][] {
  const entries: [K, V][] = [];
  for (let index = 0; index < count; index++) {
    const key = map.keyCodec.decode(memory, index * map.keySize);
    const value = map.valueCodec.decode(memory, values + index * map.valueBytes);
    entries.push([key, value]);
  }
  return entries;
}

/** Buckets that `hashBatch` counts; fixed at creation. */
function bucketCount(arena: Arena, address: number): number {
  return 2 ** Math.ceil(Math.log2(arena.u32[(address + MAP_HEADER.maxEntries) >>> 2] ?? 1));
}
