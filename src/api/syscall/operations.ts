/** Looking up, setting and deleting one element of a map of any type; keys and values were checked for their size. */
import { Errno } from '../../shared/errno.js';
import { MapType, mapTypeName, UpdateFlags } from '../../shared/uapi.js';
import { BpfError } from '../errors.js';
import type { Kernel } from '../kernel/kernel.js';
import { keyText } from '../kernel/keys.js';
import type { MapObject } from '../kernel/objects.js';
import { checkSlot } from '../kernel/outer.js';
import { typeCalls } from '../kernel/type-calls.js';
import { isArrayType } from '../kernel/types.js';
import { aligned, withPayload } from '../kernel/workspace.js';
import { checkHoldsElements, clearFields, hasLockFlag, unsupported, withoutLockFlag } from './access.js';
import { bloomAdd, queuePeek, queuePush } from './keyless.js';
import { deleteSlot, lookupSlot, updateSlot } from './slots.js';

/** A copy of the value: for an outer map or a PROG_ARRAY the id of what is there. Throws ENOENT when there is none. */
export function lookupValue(
  kernel: Kernel,
  map: MapObject,
  key: Uint8Array,
  flags: number,
  syscall: string,
): Uint8Array {
  switch (map.type) {
    case MapType.ARRAY_OF_MAPS:
    case MapType.HASH_OF_MAPS:
      return innerId(kernel, map, key, syscall);
    case MapType.QUEUE:
    case MapType.STACK:
      return queuePeek(kernel, map, syscall);
    case MapType.PROG_ARRAY:
    case MapType.PERF_EVENT_ARRAY:
      return lookupSlot(map, key, syscall);
    case MapType.RINGBUF:
    case MapType.USER_RINGBUF:
      throw unsupported(map, syscall);
    default:
      checkHoldsElements(map, syscall);
      return readElement(kernel, map, key, syscall, (address, value) => readCall(kernel, map, address, value, flags));
  }
}

/** The value, deleted as it is read: hash types only. */
export function takeValue(
  kernel: Kernel,
  map: MapObject,
  key: Uint8Array,
  _flags: number,
  syscall: string,
): Uint8Array {
  const calls = typeCalls(kernel.core, map, syscall, 'elementTake');
  return readElement(kernel, map, key, syscall, (address, value) => calls.elementTake(map.address, address, value));
}

/** For an outer map and a PROG_ARRAY the value is a descriptor. */
export function updateValue(
  kernel: Kernel,
  map: MapObject,
  key: Uint8Array,
  value: Uint8Array,
  flags: number,
  syscall: string,
): void {
  switch (map.type) {
    case MapType.ARRAY_OF_MAPS:
    case MapType.HASH_OF_MAPS:
      updateOuter(kernel, map, key, value, flags, syscall);
      return;
    case MapType.QUEUE:
    case MapType.STACK:
      queuePush(kernel, map, value, flags, syscall);
      return;
    case MapType.BLOOM_FILTER:
      bloomAdd(kernel, map, value, flags, syscall);
      return;
    case MapType.PROG_ARRAY:
    case MapType.PERF_EVENT_ARRAY:
      updateSlot(kernel, map, key, value, flags, syscall);
      return;
    case MapType.RINGBUF:
    case MapType.USER_RINGBUF:
      throw unsupported(map, syscall);
    default:
      checkHoldsElements(map, syscall);
      updateElement(kernel, map, key, value, flags, syscall);
      return;
  }
}

export function deleteKey(kernel: Kernel, map: MapObject, key: Uint8Array, syscall: string): void {
  switch (map.type) {
    case MapType.ARRAY_OF_MAPS:
    case MapType.HASH_OF_MAPS:
      kernel.outerSet(map, key, null, UpdateFlags.ANY, syscall);
      return;
    case MapType.QUEUE:
    case MapType.STACK:
      throw new BpfError(
        'EINVAL',
        syscall,
        `map_fd: elements of ${mapTypeName(map.type)} maps are popped, not deleted`,
      );
    case MapType.BLOOM_FILTER:
      throw new BpfError('EOPNOTSUPP', syscall, 'map_fd: nothing is ever deleted from a BLOOM_FILTER');
    case MapType.PROG_ARRAY:
    case MapType.PERF_EVENT_ARRAY:
      deleteSlot(kernel, map, key, syscall);
      return;
    case MapType.RINGBUF:
    case MapType.USER_RINGBUF:
      throw unsupported(map, syscall);
    default:
      checkHoldsElements(map, syscall);
  }
  kernel.withKey(map, key, syscall, (address) => {
    const result = kernel.call(syscall, () => kernel.core.elementDelete(map.address, address));
    if (result < 0) throw elementError(map, key, -result, syscall);
  });
}

/** The key after `key` (null: the first one), or null at the end. An absent key starts again from the first. */
export function keyAfter(kernel: Kernel, map: MapObject, key: Uint8Array | null, syscall: string): Uint8Array | null {
  checkHasKeys(map, syscall);
  const { core, arena } = kernel;
  const nextOffset = aligned(map.keySize);
  return withPayload(arena, syscall, nextOffset + map.keySize, (address) => {
    const next = address + nextOffset;
    if (key) arena.u8.set(key.subarray(0, map.keySize), address);
    const result = kernel.call(syscall, () => core.elementNextKey(map.address, key ? address : 0, next));
    if (result === -Errno.ENOENT) return null;
    if (result < 0) throw elementError(map, key ?? new Uint8Array(0), -result, syscall);
    return arena.u8.slice(next, next + map.keySize);
  });
}

function checkHasKeys(map: MapObject, syscall: string): void {
  switch (map.type) {
    case MapType.QUEUE:
    case MapType.STACK:
      throw new BpfError('EINVAL', syscall, `map_fd: ${mapTypeName(map.type)} maps have no keys`);
    case MapType.BLOOM_FILTER:
      throw new BpfError('EOPNOTSUPP', syscall, 'map_fd: BLOOM_FILTER maps have no keys');
    case MapType.RINGBUF:
    case MapType.USER_RINGBUF:
      throw unsupported(map, syscall);
    default:
      checkHoldsElements(map, syscall);
  }
}

function innerId(kernel: Kernel, map: MapObject, key: Uint8Array, syscall: string): Uint8Array {
  const inner = kernel.outerGet(map, key, syscall);
  if (inner === null) throw elementError(map, key, Errno.ENOENT, syscall);
  return idBytes(inner.id);
}

/** An ARRAY_OF_MAPS looks at flags and index before the descriptor, a HASH_OF_MAPS at the descriptor first. */
function updateOuter(
  kernel: Kernel,
  map: MapObject,
  key: Uint8Array,
  value: Uint8Array,
  flags: number,
  syscall: string,
): void {
  if (map.type === MapType.ARRAY_OF_MAPS) checkSlot(map, key, flags, syscall);
  const { map: inner } = kernel.mapFile(readFd(value), syscall, 'value');
  kernel.outerSet(map, key, inner, flags, syscall);
}

function readElement(
  kernel: Kernel,
  map: MapObject,
  key: Uint8Array,
  syscall: string,
  read: (key: number, value: number) => number,
): Uint8Array {
  const { arena } = kernel;
  const valueOffset = aligned(map.keySize);
  return withPayload(arena, syscall, valueOffset + map.valueBytes, (address) => {
    const value = address + valueOffset;
    arena.u8.set(key.subarray(0, map.keySize), address);
    const result = kernel.call(syscall, () => read(address, value));
    if (result < 0) throw elementError(map, key, -result, syscall);
    return clearFields(map, arena.u8.slice(value, value + map.valueBytes));
  });
}

function readCall(kernel: Kernel, map: MapObject, key: number, value: number, flags: number): number {
  const { core } = kernel;
  if (hasLockFlag(flags)) return core.elementLookupLocked(map.address, key, value);
  return core.elementLookup(map.address, key, value);
}

function updateElement(
  kernel: Kernel,
  map: MapObject,
  key: Uint8Array,
  value: Uint8Array,
  flags: number,
  syscall: string,
): void {
  if (withoutLockFlag(flags) > UpdateFlags.EXIST) {
    throw new BpfError('EINVAL', syscall, `flags: ${flags}, expected ANY (0), NOEXIST (1) or EXIST (2)`);
  }
  const { core, arena } = kernel;
  const valueOffset = aligned(map.keySize);
  withPayload(arena, syscall, valueOffset + map.valueBytes, (address) => {
    arena.u8.set(key.subarray(0, map.keySize), address);
    arena.u8.set(value.subarray(0, map.valueBytes), address + valueOffset);
    const result = kernel.call(syscall, () => core.elementUpdate(map.address, address, address + valueOffset, flags));
    if (result < 0) throw elementError(map, key, -result, syscall);
  });
}

export function readFd(value: Uint8Array): number {
  return new DataView(value.buffer, value.byteOffset, 4).getInt32(0, true);
}

export function idBytes(id: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, id, true);
  return bytes;
}

export function elementError(map: MapObject, key: Uint8Array, errno: number, syscall: string): BpfError {
  const name = mapTypeName(map.type);
  const isArray = isArrayType(map.type);
  const reasons: Record<number, string> = {
    [Errno.ENOENT]: isArray ? `is an empty slot or not below max_entries ${map.maxEntries}` : 'is not present',
    [Errno.EEXIST]: 'is present, and flags is NOEXIST (1)',
    [Errno.E2BIG]: isArray
      ? `is not below max_entries ${map.maxEntries}`
      : `is new, and the map is full (max_entries ${map.maxEntries})`,
    [Errno.ENOSPC]: `is new, and the trie is full (max_entries ${map.maxEntries})`,
    [Errno.EINVAL]: isArray ? `: elements of ${name} maps cannot be deleted` : 'has a prefix length that is too large',
    [Errno.ENOMEM]: 'is new, and there is no arena memory for it',
    [Errno.ETIMEDOUT]: 'is in a bucket that another thread has locked for too long; nothing was changed, try again',
  };
  return BpfError.of(errno, syscall, `key: ${keyText(map, key)} ${reasons[errno] ?? 'was refused by the core'}`);
}
