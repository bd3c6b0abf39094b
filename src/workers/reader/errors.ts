/** Errors of readers: the same shape as the main side's `BpfError`, without its module. */
import { Errno, type ErrnoName, errnoName } from '../../shared/errno.js';

/** A refused operation of a reader. The call changed nothing. */
export class ReaderError extends Error {
  override readonly name = 'ReaderError';
  /** Name of the errno, e.g. 'EINVAL'. */
  readonly code: ErrnoName;
  /** The kernel's number, positive. */
  readonly errno: number;
  /** The method that failed, e.g. 'attach'. */
  readonly syscall: string;

  constructor(code: ErrnoName, syscall: string, message: string) {
    super(`${code}: ${syscall}: ${message}`);
    this.code = code;
    this.errno = Errno[code];
    this.syscall = syscall;
  }
}

export function refused(code: ErrnoName, method: string, message: string): ReaderError {
  return new ReaderError(code, method, message);
}

/** The error for a negative result of the core. */
export function failed(result: number, method: string, message: string): ReaderError {
  const code = errnoName(-result);
  if (code === undefined) throw new RangeError(`${method}: the core gave ${result}, which is no errno (${message})`);
  return new ReaderError(code, method, message);
}

/** What an errno of a write means to the caller. */
const WRITE_HINTS: Partial<Record<ErrnoName, string>> = {
  E2BIG: 'the map is full, or the index is beyond the end of the array',
  ENOMEM: 'no memory for a new element: retired elements and maps wait for their readers, or the arena is full',
  ETIMEDOUT: 'the lock was not to be had in time and nothing was changed: try again',
  EINVAL: 'the map does not take this operation (elements of an array cannot be deleted)',
};

export function writeFailed(result: number, method: string, map: string): ReaderError {
  const name = errnoName(-result);
  const hint = name === undefined ? undefined : WRITE_HINTS[name];
  return failed(result, method, hint === undefined ? `map ${map}` : `map ${map}: ${hint}`);
}
