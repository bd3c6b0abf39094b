/**
 * Reading what a map holds, and writing it back. Elements are given in the order in which they have to be written for
 * the loaded map to be walked in the same order.
 */
import { Errno } from '../../shared/errno.js';
import { MapType, UpdateFlags } from '../../shared/uapi.js';
import { BpfError } from '../errors.js';
import type { Kernel } from '../kernel/kernel.js';
import type { MapObject } from '../kernel/objects.js';
import { isHashType, isQueueType } from '../kernel/types.js';
import { aligned, withPayload } from '../kernel/workspace.js';
import { keyAfter, lookupValue, updateValue } from '../syscall/operations.js';
import { queuePop, queuePush } from '../syscall/keyless.js';
import { bloomBits, setBloomBits, unreadRecords, writeRecord } from './raw-contents.js';
import type { SavedElement, SavedLink } from './records.js';

const SYSCALL = 'save';
const NO_KEY = new Uint8Array(0);
const CHUNK_BYTES = 65_000;

/** Elements of any map but an outer one. Types that hold none here, and PROG_ARRAY, have none. */
export function elementsOf(kernel: Kernel, map: MapObject): SavedElement[] {
  if (isHashType(map.type)) return hashElements(kernel, map).reverse();
  if (isQueueType(map.type)) return queueElements(kernel, map);
  switch (map.type) {
    case MapType.ARRAY:
    case MapType.PERCPU_ARRAY:
      return arrayElements(kernel, map);
    case MapType.LPM_TRIE:
      return trieElements(kernel, map);
    case MapType.BLOOM_FILTER:
      return [{ key: NO_KEY, value: bloomBits(kernel, map) }];
    case MapType.RINGBUF:
    case MapType.USER_RINGBUF:
      return unreadRecords(kernel, map).map((value) => ({ key: NO_KEY, value }));
    default:
      return [];
  }
}

export function linksOf(kernel: Kernel, map: MapObject): SavedLink[] {
  if (map.type === MapType.ARRAY_OF_MAPS) {
    return indices(map).flatMap((key) => {
      const inner = kernel.outerGet(map, key, SYSCALL);
      return inner ? [{ key, inner: inner.id }] : [];
    });
  }
  if (map.type !== MapType.HASH_OF_MAPS) return [];
  return hashElements(kernel, map)
    .reverse()
    .map(({ key, value }) => {
      const address = new DataView(value.buffer, value.byteOffset, 4).getUint32(0, true);
      return { key, inner: kernel.mapAt(address)?.id ?? 0 };
    });
}

export function restoreElement(kernel: Kernel, map: MapObject, { key, value }: SavedElement): void {
  switch (map.type) {
    case MapType.BLOOM_FILTER:
      setBloomBits(kernel, map, value);
      return;
    case MapType.RINGBUF:
    case MapType.USER_RINGBUF:
      writeRecord(kernel, map, value);
      return;
    default:
      updateValue(kernel, map, key, value, UpdateFlags.ANY, 'load');
  }
}

/** Zero is what a new array holds. */
function arrayElements(kernel: Kernel, map: MapObject): SavedElement[] {
  return indices(map).flatMap((key) => {
    const value = lookupValue(kernel, map, key, 0, SYSCALL);
    return value.some((byte) => byte !== 0) ? [{ key, value }] : [];
  });
}

function indices(map: MapObject): Uint8Array[] {
  return Array.from({ length: map.maxEntries }, (_, index) => new Uint8Array(Uint32Array.of(index).buffer));
}

/** A program may delete a key while the trie is walked, which starts the walk again. */
function trieElements(kernel: Kernel, map: MapObject): SavedElement[] {
  const found = new Map<string, SavedElement>();
  for (let key = keyAfter(kernel, map, null, SYSCALL); key !== null; key = keyAfter(kernel, map, key, SYSCALL)) {
    const name = key.join();
    if (found.has(name)) break;
    found.set(name, { key, value: lookupValue(kernel, map, key, 0, SYSCALL) });
  }
  return [...found.values()];
}

/** There is no way to look behind the first element: all are taken out and put back. */
function queueElements(kernel: Kernel, map: MapObject): SavedElement[] {
  const values: Uint8Array[] = [];
  for (let value = popped(kernel, map); value !== null; value = popped(kernel, map)) values.push(value);
  const order = map.type === MapType.STACK ? values.reverse() : values;
  for (const value of order) queuePush(kernel, map, value, UpdateFlags.ANY, SYSCALL);
  return order.map((value) => ({ key: NO_KEY, value }));
}

function popped(kernel: Kernel, map: MapObject): Uint8Array | null {
  try {
    return queuePop(kernel, map, SYSCALL);
  } catch (error) {
    if (error instanceof BpfError && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** Bucket by bucket, so that no key comes twice whatever programs do meanwhile. Values of outer maps are addresses. */
function hashElements(kernel: Kernel, map: MapObject): SavedElement[] {
  const buckets = 2 ** Math.ceil(Math.log2(map.maxEntries));
  const elements: SavedElement[] = [];
  let room = Math.max(1, Math.floor(CHUNK_BYTES / (map.keySize + map.valueBytes)));
  for (let bucket = 0; bucket < buckets; ) {
    const chunk = hashChunk(kernel, map, bucket, room);
    if (chunk === null) room *= 2;
    else {
      elements.push(...chunk.elements);
      bucket = chunk.next;
    }
  }
  return elements;
}

/** Null when the first bucket that is not empty has more than `room` elements. */
function hashChunk(
  kernel: Kernel,
  map: MapObject,
  bucket: number,
  room: number,
): { elements: SavedElement[]; next: number } | null {
  const { arena, core } = kernel;
  const { keySize, valueBytes } = map;
  const valuesOffset = aligned(room * keySize);
  return withPayload(arena, SYSCALL, valuesOffset + room * valueBytes, (keys) => {
    const values = keys + valuesOffset;
    const count = kernel.call(SYSCALL, () => core.hashBatch(map.address, bucket, room, keys, values));
    if (count === -Errno.ENOSPC) return null;
    if (count < 0) throw BpfError.of(-count, SYSCALL, `map ${map.id}: bucket ${bucket} could not be read`);
    const elements = Array.from({ length: count }, (_, index) => ({
      key: arena.u8.slice(keys + index * keySize, keys + (index + 1) * keySize),
      value: arena.u8.slice(values + index * valueBytes, values + (index + 1) * valueBytes),
    }));
    return { elements, next: core.batchNext() };
  });
}
