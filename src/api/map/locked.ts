import { Errno } from '../../shared/errno.js';
import { UpdateFlags } from '../../shared/uapi.js';
import { BpfError } from '../errors.js';
import type { ElementMapObject } from './element-map.js';

/** The value of the key in the map's workspace, read under its spin lock; undefined when there is none. */
export function lockedValue<K, V>(map: ElementMapObject<K, V>): V | undefined {
  const { keySize, valueBytes, valueCodec, workspace, host, fd } = map;
  if (valueCodec.spinLock === undefined) {
    throw map.failure('get', -Errno.EINVAL, 'lock: true, but the value has no spinLock field');
  }
  const key = workspace.memory.u8.slice(workspace.keyOffset, workspace.keyOffset + keySize);
  const value = new Uint8Array(valueBytes);
  try {
    host.syscalls.bpf('MAP_LOOKUP_ELEM', { map_fd: fd, key, value, flags: UpdateFlags.F_LOCK });
  } catch (error) {
    if (error instanceof BpfError && error.code === 'ENOENT') return undefined;
    throw error;
  }
  return valueCodec.decode({ u8: value, view: new DataView(value.buffer) }, 0);
}
