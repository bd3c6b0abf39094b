/** Commands on one element. Each function states its order of checks; SPEC §4.1 is the source. */
import { Errno } from '../../shared/errno.js';
import { isOuterType, MapType, mapTypeName, UpdateFlags } from '../../shared/uapi.js';
import { BpfError } from '../errors.js';
import { checkSlot } from '../kernel/outer.js';
import type { MapFile } from '../kernel/files.js';
import type { Kernel } from '../kernel/kernel.js';
import { keyText } from '../kernel/keys.js';
import type { MapObject } from '../kernel/objects.js';
import { aligned, withPayload } from '../kernel/workspace.js';
import type { Attributes } from './attributes.js';

/** flags → fd → access → lock → key → the element → output. */
export function lookup(kernel: Kernel, attributes: Attributes): number {
  checkReadFlags(attributes);
  const { map } = readable(kernel, attributes);
  checkLock(attributes, 'flags');
  const value = lookupValue(kernel, map, attributes.buffer('key', map.keySize), attributes.syscall);
  attributes.buffer('value', map.valueSize).set(value);
  return 0;
}

/** fd → access → lock → key → value → the element (which refuses bad flags). */
export function update(kernel: Kernel, attributes: Attributes): number {
  const { map } = writable(kernel, attributes);
  checkLock(attributes, 'flags');
  const key = attributes.buffer('key', map.keySize);
  const value = attributes.buffer('value', map.valueSize);
  updateValue(kernel, map, key, value, attributes.number('flags'), attributes.syscall);
  return 0;
}

/** fd → access → key → the element. */
export function remove(kernel: Kernel, attributes: Attributes): number {
  const { map } = writable(kernel, attributes);
  deleteKey(kernel, map, attributes.buffer('key', map.keySize), attributes.syscall);
  return 0;
}

/** fd → access → key (NULL: the first) → the element → output. */
export function nextKey(kernel: Kernel, attributes: Attributes): number {
  const { map } = readable(kernel, attributes);
  const key = attributes.pointer('key') === null ? null : attributes.buffer('key', map.keySize);
  const next = keyAfter(kernel, map, key, attributes.syscall);
  if (next === null) {
    throw new BpfError('ENOENT', attributes.syscall, key ? `key: ${keyText(map, key)} is the last one` : 'the map is empty');
  }
  attributes.buffer('next_key', map.keySize).set(next);
  return 0;
}

/**
 * flags → fd → access → lock → key → the element → output. Another thread may replace the value between the
 * look-up and the deletion; then the value returned is the one before.
 */
export function lookupAndDelete(kernel: Kernel, attributes: Attributes): number {
  checkReadFlags(attributes);
  const { map } = readable(kernel, attributes);
  checkWritable(kernel, attributes);
  checkLock(attributes, 'flags');
  const key = attributes.buffer('key', map.keySize);
  if (map.type !== MapType.HASH) throw unsupported(map, attributes.syscall);
  const value = lookupValue(kernel, map, key, attributes.syscall);
  deleteKey(kernel, map, key, attributes.syscall);
  attributes.buffer('value', map.valueSize).set(value);
  return 0;
}

/** A copy of the value: for an outer map the id of the inner map. Throws ENOENT when there is none. */
export function lookupValue(kernel: Kernel, map: MapObject, key: Uint8Array, syscall: string): Uint8Array {
  if (isOuterType(map.type)) {
    const inner = kernel.outerGet(map, key, syscall);
    if (inner === null) throw elementError(map, key, Errno.ENOENT, syscall);
    return idBytes(inner.id);
  }
  const { core, arena } = kernel;
  const valueOffset = aligned(map.keySize);
  return withPayload(arena, syscall, valueOffset + map.valueSize, (address) => {
    const value = address + valueOffset;
    arena.u8.set(key.subarray(0, map.keySize), address);
    const result = kernel.call(syscall, () => core.elementLookup(map.address, address, value));
    if (result < 0) throw elementError(map, key, -result, syscall);
    return arena.u8.slice(value, value + map.valueSize);
  });
}

/** For an outer map the value is the descriptor of the inner map. */
export function updateValue(
  kernel: Kernel,
  map: MapObject,
  key: Uint8Array,
  value: Uint8Array,
  flags: number,
  syscall: string,
): void {
  if (isOuterType(map.type)) {
    // An ARRAY_OF_MAPS looks at flags and index before the descriptor, a HASH_OF_MAPS at the descriptor first.
    if (map.type === MapType.ARRAY_OF_MAPS) checkSlot(map, key, flags, syscall);
    const { map: inner } = kernel.mapFile(readFd(value), syscall, 'value');
    kernel.outerSet(map, key, inner, flags, syscall);
    return;
  }
  if (flags > UpdateFlags.EXIST) {
    throw new BpfError('EINVAL', syscall, `flags: ${flags}, expected ANY (0), NOEXIST (1) or EXIST (2)`);
  }
  const { core, arena } = kernel;
  const valueOffset = aligned(map.keySize);
  withPayload(arena, syscall, valueOffset + map.valueSize, (address) => {
    arena.u8.set(key.subarray(0, map.keySize), address);
    arena.u8.set(value.subarray(0, map.valueSize), address + valueOffset);
    const result = kernel.call(syscall, () =>
      core.elementUpdate(map.address, address, address + valueOffset, flags),
    );
    if (result < 0) throw elementError(map, key, -result, syscall);
  });
}

export function deleteKey(kernel: Kernel, map: MapObject, key: Uint8Array, syscall: string): void {
  if (isOuterType(map.type)) {
    kernel.outerSet(map, key, null, UpdateFlags.ANY, syscall);
    return;
  }
  kernel.withKey(map, key, syscall, (address) => {
    const result = kernel.call(syscall, () => kernel.core.elementDelete(map.address, address));
    if (result < 0) throw elementError(map, key, -result, syscall);
  });
}

/** The key after `key` (null: the first one), or null at the end. An absent key starts again from the first. */
export function keyAfter(kernel: Kernel, map: MapObject, key: Uint8Array | null, syscall: string): Uint8Array | null {
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

export function readable(kernel: Kernel, attributes: Attributes): MapFile {
  const file = kernel.mapFile(attributes.number('map_fd'), attributes.syscall);
  if (file.readable) return file;
  throw new BpfError('EPERM', attributes.syscall, `map_fd: ${attributes.number('map_fd')} was opened WRONLY and cannot read`);
}

export function writable(kernel: Kernel, attributes: Attributes): MapFile {
  const file = kernel.mapFile(attributes.number('map_fd'), attributes.syscall);
  checkWritable(kernel, attributes);
  return file;
}

export function checkWritable(kernel: Kernel, attributes: Attributes): void {
  const fd = attributes.number('map_fd');
  const file = kernel.mapFile(fd, attributes.syscall);
  if (!file.writable) throw new BpfError('EPERM', attributes.syscall, `map_fd: ${fd} was opened RDONLY and cannot write`);
  if (file.map.frozen) throw new BpfError('EPERM', attributes.syscall, `map_fd: the map behind ${fd} is frozen`);
}

export function unsupported(map: MapObject, syscall: string): BpfError {
  return new BpfError('ENOTSUPP', syscall, `map_fd: ${mapTypeName(map.type)} maps do not support ${syscall}`);
}

/** F_LOCK needs a spin lock in the value, and no map here has one. */
export function checkLock(attributes: Attributes, name: 'flags' | 'elem_flags'): void {
  const flags = attributes.number(name);
  // Not `&`: flags are 64 bits wide.
  if (Math.floor(flags / UpdateFlags.F_LOCK) % 2 === 0) return;
  throw attributes.invalid(`${name}: ${flags} has F_LOCK (4), but the value has no spin lock`);
}

function checkReadFlags(attributes: Attributes): void {
  const flags = attributes.number('flags');
  if (flags !== 0 && flags !== UpdateFlags.F_LOCK) {
    throw attributes.invalid(`flags: ${flags}, expected 0 or F_LOCK (4)`);
  }
}

function readFd(value: Uint8Array): number {
  return new DataView(value.buffer, value.byteOffset, 4).getInt32(0, true);
}

export function idBytes(id: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, id, true);
  return bytes;
}

function elementError(map: MapObject, key: Uint8Array, errno: number, syscall: string): BpfError {
  const name = mapTypeName(map.type);
  const isArray = map.type === MapType.ARRAY || map.type === MapType.ARRAY_OF_MAPS;
  const reasons: Record<number, string> = {
    [Errno.ENOENT]: isArray ? `is an empty slot or not below max_entries ${map.maxEntries}` : 'is not present',
    [Errno.EEXIST]: 'is present, and flags is NOEXIST (1)',
    [Errno.E2BIG]: isArray
      ? `is not below max_entries ${map.maxEntries}`
      : `is new, and the map is full (max_entries ${map.maxEntries})`,
    [Errno.EINVAL]: `: elements of ${name} maps cannot be deleted`,
    [Errno.ENOMEM]: 'is new, and there is no arena memory for it',
    [Errno.ETIMEDOUT]: 'is in a bucket that another thread has locked for too long; nothing was changed, try again',
  };
  return BpfError.of(errno, syscall, `key: ${keyText(map, key)} ${reasons[errno] ?? 'was refused by the core'}`);
}
