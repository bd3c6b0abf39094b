import { Errno, type ErrnoName, errnoName } from '../../shared/errno.js';
import { BpfError } from '../errors.js';
import type { MapTypeName } from './type-names.js';

/** Enough of a map to name it in a message. */
export interface NamedMap {
  readonly type: MapTypeName;
  readonly id: number;
  readonly name: string;
}

const MEANING: Partial<Record<ErrnoName, string>> = {
  ENOMEM:
    'the arena has no memory left, or retired memory is at maxRetiredBytes: await runtime.barrier() and try again',
  ETIMEDOUT:
    'a bucket stayed locked for longer than lockTimeout: nothing was changed, try again after a turn of the event loop',
};

/** The refusal of an operation of the friendly layer: code and errno as the syscall gives them. */
export function mapFailure(map: NamedMap, operation: string, errno: number, why = ''): BpfError {
  const code = errnoName(errno);
  const reason = why || (code === undefined ? `unknown errno ${errno}` : (MEANING[code] ?? 'refused'));
  return new BpfError(code ?? 'EIO', operation, `${nameOf(map)}: ${reason}`);
}

export function outOfMemory(operation: string, bytes: number): BpfError {
  const advice = 'write fewer elements at a time, or create the runtime with more memory';
  return new BpfError('ENOMEM', operation, `the arena has no block of ${bytes} bytes left: ${advice}`);
}

/** A bulk write that ended early. Elements before the one that failed are written. */
export class BulkWriteError extends BpfError {
  /** How many elements were written. */
  readonly done: number;

  constructor(map: NamedMap, operation: string, errno: number, done: number, count: number) {
    const code = errnoName(errno) ?? 'EIO';
    const full = errno === Errno.E2BIG || errno === Errno.ENOSPC;
    const reason = MEANING[code] ?? (full ? 'no room for it' : 'refused');
    super(code, operation, `${nameOf(map)}: element ${done} of ${count}: ${reason}; the ${done} before it are written`);
    this.done = done;
  }
}

function nameOf({ type, id, name }: NamedMap): string {
  return name ? `${type} "${name}" (id ${id})` : `${type} (id ${id})`;
}
