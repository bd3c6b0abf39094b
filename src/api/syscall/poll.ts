/** poll(2) of maps: ring buffers are ready when there is data, or room for it; other maps say POLLERR. */
import { MapType } from '../../shared/uapi.js';
import { BpfError } from '../errors.js';
import type { Kernel } from '../kernel/kernel.js';
import { ringPositions } from '../kernel/ring-memory.js';

export interface Readiness {
  /** POLLIN */
  readonly readable: boolean;
  /** POLLOUT */
  readonly writable: boolean;
  /** POLLERR */
  readonly error: boolean;
}

export function pollMap(kernel: Kernel, fd: number): Readiness {
  const file = kernel.files.get(fd);
  if (file === undefined) throw new BpfError('EBADF', 'poll', `fd: ${fd} is not an open descriptor`);
  // Files without a poll of their own are always ready.
  if (file.kind !== 'map') return { readable: true, writable: true, error: false };
  const { map } = file;
  if (map.type !== MapType.RINGBUF && map.type !== MapType.USER_RINGBUF) {
    return { readable: false, writable: false, error: true };
  }
  const { consumer, producer } = ringPositions(kernel, map);
  const unread = BigInt.asUintN(64, producer - consumer);
  if (map.type === MapType.RINGBUF) return { readable: unread !== 0n, writable: false, error: false };
  return { readable: false, writable: unread < BigInt(map.maxEntries), error: false };
}
