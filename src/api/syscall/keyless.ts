/** Elements of maps without keys: QUEUE, STACK (SPEC §4.6) and BLOOM_FILTER (§4.7). */
import { Errno } from '../../shared/errno.js';
import { mapTypeName, UpdateFlags } from '../../shared/uapi.js';
import { BpfError } from '../errors.js';
import type { Kernel } from '../kernel/kernel.js';
import type { MapObject } from '../kernel/objects.js';
import { typeCalls } from '../kernel/type-calls.js';
import { withPayload } from '../kernel/workspace.js';

/** EXIST pushes into a full map too: the oldest element gives way, also in a STACK. */
export function queuePush(kernel: Kernel, map: MapObject, value: Uint8Array, flags: number, syscall: string): void {
  if (flags !== UpdateFlags.ANY && flags !== UpdateFlags.EXIST) {
    throw new BpfError('EINVAL', syscall, `flags: ${flags}, expected ANY (0) or EXIST (2)`);
  }
  const calls = typeCalls(kernel.core, map, syscall, 'queuePush');
  write(kernel, map, value, syscall, (address) => calls.queuePush(map.address, address, flags));
}

export function queuePop(kernel: Kernel, map: MapObject, syscall: string): Uint8Array {
  const calls = typeCalls(kernel.core, map, syscall, 'queuePop');
  return read(kernel, map, syscall, (address) => calls.queuePop(map.address, address));
}

export function queuePeek(kernel: Kernel, map: MapObject, syscall: string): Uint8Array {
  const calls = typeCalls(kernel.core, map, syscall, 'queuePeek');
  return read(kernel, map, syscall, (address) => calls.queuePeek(map.address, address));
}

export function bloomAdd(kernel: Kernel, map: MapObject, value: Uint8Array, flags: number, syscall: string): void {
  if (flags !== UpdateFlags.ANY) throw new BpfError('EINVAL', syscall, `flags: ${flags}, expected ANY (0)`);
  const calls = typeCalls(kernel.core, map, syscall, 'bloomAdd');
  write(kernel, map, value, syscall, (address) => calls.bloomAdd(map.address, address, flags));
}

/** Throws ENOENT when the value was certainly never added. */
export function bloomTest(kernel: Kernel, map: MapObject, value: Uint8Array, syscall: string): void {
  const calls = typeCalls(kernel.core, map, syscall, 'bloomTest');
  write(kernel, map, value, syscall, (address) => calls.bloomTest(map.address, address));
}

function write(
  kernel: Kernel,
  map: MapObject,
  value: Uint8Array,
  syscall: string,
  act: (address: number) => number,
): void {
  withPayload(kernel.arena, syscall, map.valueSize, (address) => {
    kernel.arena.u8.set(value.subarray(0, map.valueSize), address);
    const result = kernel.call(syscall, () => act(address));
    if (result < 0) throw refusal(map, -result, syscall);
  });
}

function read(kernel: Kernel, map: MapObject, syscall: string, act: (address: number) => number): Uint8Array {
  return withPayload(kernel.arena, syscall, map.valueSize, (address) => {
    const result = kernel.call(syscall, () => act(address));
    if (result < 0) throw refusal(map, -result, syscall);
    return kernel.arena.u8.slice(address, address + map.valueSize);
  });
}

function refusal(map: MapObject, errno: number, syscall: string): BpfError {
  const name = mapTypeName(map.type);
  const reasons: Record<number, string> = {
    [Errno.ENOENT]: map.keySize === 0 && name === 'BLOOM_FILTER' ? 'the value was never added' : `the ${name} is empty`,
    [Errno.E2BIG]: `the ${name} is full (max_entries ${map.maxEntries})`,
    [Errno.ETIMEDOUT]: 'another thread has locked the map for too long; nothing was changed, try again',
  };
  return BpfError.of(errno, syscall, reasons[errno] ?? 'the core refused');
}
