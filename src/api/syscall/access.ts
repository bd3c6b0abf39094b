/** What element commands check before they come to the element (SPEC §1.3, §4.1). */
import { mapTypeName, UpdateFlags } from '../../shared/uapi.js';
import { BpfError } from '../errors.js';
import type { MapFile } from '../kernel/files.js';
import type { Kernel } from '../kernel/kernel.js';
import type { MapObject } from '../kernel/objects.js';
import { kernelObjectOf } from '../kernel/types.js';
import type { Attributes } from './attributes.js';

const NO_BYTES = new Uint8Array(0);

export function readable(kernel: Kernel, attributes: Attributes): MapFile {
  const file = kernel.mapFile(attributes.number('map_fd'), attributes.syscall);
  if (file.readable) return file;
  throw new BpfError(
    'EPERM',
    attributes.syscall,
    `map_fd: ${attributes.number('map_fd')} was opened WRONLY and cannot read`,
  );
}

export function writable(kernel: Kernel, attributes: Attributes): MapFile {
  const file = kernel.mapFile(attributes.number('map_fd'), attributes.syscall);
  checkWritable(kernel, attributes);
  return file;
}

export function checkWritable(kernel: Kernel, attributes: Attributes): void {
  const fd = attributes.number('map_fd');
  const file = kernel.mapFile(fd, attributes.syscall);
  if (!file.writable)
    throw new BpfError('EPERM', attributes.syscall, `map_fd: ${fd} was opened RDONLY and cannot write`);
  if (file.map.frozen) throw new BpfError('EPERM', attributes.syscall, `map_fd: the map behind ${fd} is frozen`);
}

/** The key's bytes; a map without keys takes only NULL, which is EINVAL otherwise and not EFAULT. */
export function keyOf(attributes: Attributes, map: MapObject): Uint8Array {
  if (map.keySize > 0) return attributes.buffer('key', map.keySize);
  if (attributes.pointer('key') === null) return NO_BYTES;
  throw attributes.invalid(`key: given a buffer, but ${mapTypeName(map.type)} maps have no keys: expected null`);
}

/** The value's bytes. */
export function valueBuffer(attributes: Attributes, map: MapObject): Uint8Array {
  return map.valueBytes === 0 ? NO_BYTES : attributes.buffer('value', map.valueBytes);
}

export function unsupported(map: MapObject, syscall: string): BpfError {
  return new BpfError('ENOTSUPP', syscall, `map_fd: ${mapTypeName(map.type)} maps do not support ${syscall}`);
}

/** ENOTSUPP for types whose elements would be objects of the kernel: they hold none here. */
export function checkHoldsElements(map: MapObject, syscall: string): void {
  const missing = kernelObjectOf(map.type);
  if (missing === undefined) return;
  const message = `map_fd: the elements of ${mapTypeName(map.type)} maps need ${missing}, which there are none of here`;
  throw new BpfError('ENOTSUPP', syscall, message, { missing });
}

/** F_LOCK needs a spin lock in the value. */
export function checkLock(attributes: Attributes, map: MapObject, name: 'flags' | 'elem_flags'): void {
  const flags = attributes.number(name);
  if (!hasLockFlag(flags) || (map.fields?.spinLock ?? -1) >= 0) return;
  throw attributes.invalid(`${name}: ${flags} has F_LOCK (4), but the value has no spin lock`);
}

export function checkReadFlags(attributes: Attributes): void {
  const flags = attributes.number('flags');
  if (flags !== 0 && flags !== UpdateFlags.F_LOCK) {
    throw attributes.invalid(`flags: ${flags}, expected 0 or F_LOCK (4)`);
  }
}

/** Not `&`: flags are 64 bits wide. */
export function hasLockFlag(flags: number): boolean {
  return Math.floor(flags / UpdateFlags.F_LOCK) % 2 === 1;
}

export function withoutLockFlag(flags: number): number {
  return hasLockFlag(flags) ? flags - UpdateFlags.F_LOCK : flags;
}

const FIELD_SIZES = { spinLock: 4, timer: 16, workqueue: 16 } as const;

/** Fields that the runtime looks after read as zero. */
export function clearFields(map: MapObject, value: Uint8Array): Uint8Array {
  if (map.fields === undefined) return value;
  for (const [kind, size] of Object.entries(FIELD_SIZES)) {
    const offset = map.fields[kind as keyof typeof FIELD_SIZES];
    if (offset >= 0) value.fill(0, offset, offset + size);
  }
  return value;
}
