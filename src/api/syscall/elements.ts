/** Commands on one element. Each function states its order of checks; SPEC §4.1 is the source. */
import { MapType } from '../../shared/uapi.js';
import { BpfError } from '../errors.js';
import type { Kernel } from '../kernel/kernel.js';
import { keyText } from '../kernel/keys.js';
import { isHashType, isQueueType } from '../kernel/types.js';
import {
  checkHoldsElements, checkLock, checkReadFlags, checkWritable, keyOf, readable, unsupported, valueBuffer, writable,
} from './access.js'; // biome-ignore format: a list
import type { Attributes } from './attributes.js';
import { deleteKey, keyAfter, lookupValue, takeValue, updateValue } from './operations.js';
import { bloomTest, queuePop } from './keyless.js';

/** flags → fd → access → lock → key → (Bloom filter: value) → the element → output. */
export function lookup(kernel: Kernel, attributes: Attributes): number {
  checkReadFlags(attributes);
  const { map } = readable(kernel, attributes);
  checkLock(attributes, map, 'flags');
  const key = keyOf(attributes, map);
  if (map.type === MapType.BLOOM_FILTER) {
    bloomTest(kernel, map, valueBuffer(attributes, map), attributes.syscall);
    return 0;
  }
  const value = lookupValue(kernel, map, key, attributes.number('flags'), attributes.syscall);
  valueBuffer(attributes, map).set(value);
  return 0;
}

/** fd → access → lock → key → value → the element (which refuses bad flags). */
export function update(kernel: Kernel, attributes: Attributes): number {
  const { map } = writable(kernel, attributes);
  checkLock(attributes, map, 'flags');
  const key = keyOf(attributes, map);
  const value = valueBuffer(attributes, map);
  updateValue(kernel, map, key, value, attributes.number('flags'), attributes.syscall);
  return 0;
}

/** fd → access → key → the element. */
export function remove(kernel: Kernel, attributes: Attributes): number {
  const { map } = writable(kernel, attributes);
  deleteKey(kernel, map, keyOf(attributes, map), attributes.syscall);
  return 0;
}

/** fd → access → key (NULL: the first) → the element → output. */
export function nextKey(kernel: Kernel, attributes: Attributes): number {
  const { map } = readable(kernel, attributes);
  const key = attributes.pointer('key') === null ? null : keyOf(attributes, map);
  const next = keyAfter(kernel, map, key, attributes.syscall);
  if (next === null) {
    throw new BpfError(
      'ENOENT',
      attributes.syscall,
      key ? `key: ${keyText(map, key)} is the last one` : 'the map is empty',
    );
  }
  attributes.buffer('next_key', map.keySize).set(next);
  return 0;
}

/** flags → fd → access (both) → queues: any flag → lock → key → the element → output. */
export function lookupAndDelete(kernel: Kernel, attributes: Attributes): number {
  checkReadFlags(attributes);
  const { map } = readable(kernel, attributes);
  checkWritable(kernel, attributes);
  const flags = attributes.number('flags');
  if (isQueueType(map.type) && flags !== 0) throw attributes.invalid(`flags: ${flags}, expected 0`);
  checkLock(attributes, map, 'flags');
  const key = keyOf(attributes, map);
  valueBuffer(attributes, map).set(taken(kernel, attributes, key));
  return 0;
}

function taken(kernel: Kernel, attributes: Attributes, key: Uint8Array): Uint8Array {
  const { map } = readable(kernel, attributes);
  const { syscall } = attributes;
  if (isQueueType(map.type)) return queuePop(kernel, map, syscall);
  if (isHashType(map.type)) return takeValue(kernel, map, key, attributes.number('flags'), syscall);
  checkHoldsElements(map, syscall);
  throw unsupported(map, syscall);
}
