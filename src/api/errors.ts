import { Errno, type ErrnoName, errnoName } from '../shared/errno.js';

export interface BpfErrorOptions extends ErrorOptions {
  /** What this library does not have yet: the name of a map type, command or feature. */
  missing?: string;
}

/**
 * A refused BPF operation. The call changed nothing, except where its documentation says otherwise (batches
 * keep what was done before the element that failed).
 */
export class BpfError extends Error {
  override readonly name = 'BpfError';
  /** Name of the errno, e.g. 'EINVAL'. */
  readonly code: ErrnoName;
  /** The kernel's number, positive: 22 for EINVAL, 524 for ENOTSUPP. */
  readonly errno: number;
  /** The command or method that failed, e.g. 'MAP_CREATE'. */
  readonly syscall: string;
  /**
   * Set when the kernel could do this and the library cannot yet: the map type, command or feature in want.
   * The code is then ENOTSUPP.
   */
  readonly missing: string | undefined;

  /** @param message Which argument is wrong, what was given, what is expected. */
  constructor(code: ErrnoName, syscall: string, message: string, options: BpfErrorOptions = {}) {
    super(`${code}: ${syscall}: ${message}`, options);
    this.code = code;
    this.errno = Errno[code];
    this.syscall = syscall;
    this.missing = options.missing;
  }

  /** The error for a positive errno number, such as a core call gives (negated). */
  static of(errno: number, syscall: string, message: string): BpfError {
    const code = errnoName(errno);
    if (code === undefined) throw new RangeError(`${syscall}: unknown errno ${errno} (${message})`);
    return new BpfError(code, syscall, message);
  }
}

/**
 * A call of the core trapped (a stack overflow, as a rule). What it left behind was completed or undone, so
 * that maps are whole; whether the operation took effect is not known.
 */
export class CoreTrapError extends Error {
  override readonly name = 'CoreTrapError';
  readonly code = 'ERR_INNERMAP_CORE_TRAP';
  readonly syscall: string;

  constructor(syscall: string, trap: unknown) {
    const reason = trap instanceof Error ? trap.message : String(trap);
    super(`${syscall}: the core trapped (${reason}); its locks are released and the map is whole`, { cause: trap });
    this.syscall = syscall;
  }
}
