/** Batch commands (SPEC §5), with what all of them check first. The hash family's look-ups are in `hash-batches`. */
import { MapType } from '../../shared/uapi.js';
import { BpfError } from '../errors.js';
import type { Kernel } from '../kernel/kernel.js';
import type { MapObject } from '../kernel/objects.js';
import { isHashType } from '../kernel/types.js';
import type { Attributes } from './attributes.js';
import {
  checkHoldsElements,
  checkLock,
  checkWritable,
  readable,
  unsupported,
  withoutLockFlag,
  writable,
} from './access.js';
import { hashLookupBatch } from './hash-batches.js';
import { deleteKey, keyAfter, lookupValue, updateValue } from './operations.js';

type BatchKind = 'lookup' | 'lookup_and_delete' | 'update' | 'delete';

const HASH_BATCHES: readonly BatchKind[] = ['lookup', 'lookup_and_delete', 'update', 'delete'];
const ARRAY_BATCHES: readonly BatchKind[] = ['lookup', 'update'];

const SUPPORTED: Readonly<Record<number, readonly BatchKind[]>> = {
  [MapType.HASH]: HASH_BATCHES,
  [MapType.PERCPU_HASH]: HASH_BATCHES,
  [MapType.LRU_HASH]: HASH_BATCHES,
  [MapType.LRU_PERCPU_HASH]: HASH_BATCHES,
  [MapType.HASH_OF_MAPS]: HASH_BATCHES,
  [MapType.LPM_TRIE]: ['lookup', 'update', 'delete'],
  [MapType.ARRAY]: ARRAY_BATCHES,
  [MapType.PERCPU_ARRAY]: ARRAY_BATCHES,
  [MapType.ARRAY_OF_MAPS]: ARRAY_BATCHES,
};

export function lookupBatch(kernel: Kernel, attributes: Attributes): number {
  const { map } = readable(kernel, attributes);
  checkSupport(map, 'lookup', attributes);
  return isHash(map) ? hashLookupBatch(kernel, attributes, map, false) : keyedLookupBatch(kernel, attributes, map);
}

export function lookupAndDeleteBatch(kernel: Kernel, attributes: Attributes): number {
  const { map } = readable(kernel, attributes);
  checkWritable(kernel, attributes);
  checkSupport(map, 'lookup_and_delete', attributes);
  return hashLookupBatch(kernel, attributes, map, true);
}

export function updateBatch(kernel: Kernel, attributes: Attributes): number {
  const { map } = writable(kernel, attributes);
  checkSupport(map, 'update', attributes);
  const { keySize, valueBytes } = map;
  return forEachElement(attributes, (index) => {
    const key = element(attributes, 'keys', index, keySize);
    const value = element(attributes, 'values', index, valueBytes);
    updateValue(kernel, map, key, value, attributes.number('elem_flags'), attributes.syscall);
  });
}

export function deleteBatch(kernel: Kernel, attributes: Attributes): number {
  const { map } = writable(kernel, attributes);
  checkSupport(map, 'delete', attributes);
  return forEachElement(attributes, (index) => {
    deleteKey(kernel, map, element(attributes, 'keys', index, map.keySize), attributes.syscall);
  });
}

/**
 * Arrays and LPM tries: the cursor is the last key that was examined. Empty slots of an outer array are passed over. The end is
 * ENOENT, with the elements before it in `count`.
 */
function keyedLookupBatch(kernel: Kernel, attributes: Attributes, map: MapObject): number {
  const limit = attributes.number('count');
  if (limit === 0) return 0;
  attributes.write('count', 0);
  const { syscall } = attributes;
  let cursor = attributes.pointer('in_batch') && attributes.buffer('in_batch', map.keySize);
  let done = 0;
  let ended = false;
  while (done < limit && !ended) {
    const key = keyAfter(kernel, map, cursor, syscall);
    if (key === null) {
      ended = true;
      continue;
    }
    cursor = key;
    const value = present(() => lookupValue(kernel, map, key, attributes.number('elem_flags'), syscall));
    if (value === null) continue;
    element(attributes, 'keys', done, map.keySize).set(key);
    element(attributes, 'values', done, map.valueBytes).set(value);
    done++;
  }
  attributes.write('count', done);
  if (done > 0 && cursor) attributes.buffer('out_batch', map.keySize).set(cursor);
  if (ended) throw new BpfError('ENOENT', syscall, `the end of the map was reached after ${done} elements`);
  return 0;
}

/** Elements in their order, up to the first error; `count` tells how many were done before it. */
function forEachElement(attributes: Attributes, act: (index: number) => void): number {
  const count = attributes.number('count');
  if (count === 0) return 0;
  let done = 0;
  try {
    for (; done < count; done++) act(done);
  } finally {
    attributes.write('count', done);
  }
  return 0;
}

function checkSupport(map: MapObject, kind: BatchKind, attributes: Attributes): void {
  if (!SUPPORTED[map.type]?.includes(kind)) {
    checkHoldsElements(map, attributes.syscall);
    throw unsupported(map, attributes.syscall);
  }
  checkLock(attributes, map, 'elem_flags');
  const flags = attributes.number('elem_flags');
  if (withoutLockFlag(flags) !== 0)
    throw attributes.invalid(`elem_flags: ${flags}, expected 0 (no NOEXIST or EXIST in batches)`);
}

/** Element `index` of a packed buffer. */
function element(attributes: Attributes, name: 'keys' | 'values', index: number, size: number): Uint8Array {
  return attributes.buffer(name, (index + 1) * size).subarray(index * size, (index + 1) * size);
}

function isHash(map: MapObject): boolean {
  return isHashType(map.type) || map.type === MapType.HASH_OF_MAPS;
}

/** The result, or null for an element that is not there (any more). */
function present(find: () => Uint8Array): Uint8Array | null {
  try {
    return find();
  } catch (error) {
    if (error instanceof BpfError && error.code === 'ENOENT') return null;
    throw error;
  }
}
