/** Slots of PROG_ARRAY (SPEC §4.9) and PERF_EVENT_ARRAY: set by descriptor, in this order: flags, index, descriptor. */
import { Errno } from '../../shared/errno.js';
import { MapType, UpdateFlags } from '../../shared/uapi.js';
import { BpfError } from '../errors.js';
import type { Kernel } from '../kernel/kernel.js';
import { readIndex } from '../kernel/keys.js';
import type { MapObject } from '../kernel/objects.js';
import { clearProgram, programSlots, setProgram } from '../kernel/program-array.js';
import { unsupported } from './access.js';
import { elementError, idBytes, readFd } from './operations.js';

/** The id of the program in the slot. Perf events have no ids. */
export function lookupSlot(map: MapObject, key: Uint8Array, syscall: string): Uint8Array {
  if (map.type !== MapType.PROG_ARRAY) throw unsupported(map, syscall);
  const program = programSlots(map).slots.get(readIndex(key));
  if (program === undefined) throw elementError(map, key, Errno.ENOENT, syscall);
  return idBytes(program.id);
}

export function updateSlot(
  kernel: Kernel,
  map: MapObject,
  key: Uint8Array,
  value: Uint8Array,
  flags: number,
  syscall: string,
): void {
  if (flags !== UpdateFlags.ANY) throw new BpfError('EINVAL', syscall, `flags: ${flags}, expected ANY (0)`);
  const index = checkedIndex(map, key, syscall);
  const fd = readFd(value);
  if (map.type === MapType.PROG_ARRAY) {
    setProgram(kernel, map, index, kernel.programOf(fd, syscall, 'value'), syscall);
    return;
  }
  // The kernel says EBADF for an open file of another kind, too.
  throw new BpfError('EBADF', syscall, `value: ${fd} is not the descriptor of a perf event`);
}

export function deleteSlot(kernel: Kernel, map: MapObject, key: Uint8Array, syscall: string): void {
  const index = checkedIndex(map, key, syscall);
  if (map.type === MapType.PROG_ARRAY && clearProgram(kernel, map, index, syscall)) return;
  throw elementError(map, key, Errno.ENOENT, syscall);
}

function checkedIndex(map: MapObject, key: Uint8Array, syscall: string): number {
  const index = readIndex(key);
  if (index < map.maxEntries) return index;
  throw elementError(map, key, Errno.E2BIG, syscall);
}
