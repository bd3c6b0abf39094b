import type { ErrnoName } from '../errno.js';

export type ObjectErrorCode =
  /** The bytes break the rules of their format: cut off, overlapping, out of range. */
  | 'ERR_INNERMAP_OBJECT_MALFORMED'
  /** The object asks for what this library does not do. */
  | 'ERR_INNERMAP_OBJECT_UNSUPPORTED'
  /** Something that the object names is not there: a symbol, a type of the target BTF, a map to reuse. */
  | 'ERR_INNERMAP_OBJECT_UNRESOLVED';

export interface ObjectErrorOptions extends ErrorOptions {
  /** Byte in the file (or in the BTF blob) at which the trouble was found. */
  readonly offset?: number;
}

/** An object file that cannot be read or linked. Nothing was created. */
export class ObjectError extends Error {
  override readonly name: string = 'ObjectError';
  readonly code: ObjectErrorCode;
  /** Byte at which the trouble was found; undefined when it has no place of its own. */
  readonly offset: number | undefined;

  /** @param message What was found where, and what was expected. */
  constructor(code: ObjectErrorCode, message: string, options: ObjectErrorOptions = {}) {
    const { offset } = options;
    super(offset === undefined ? message : `${message} (at byte ${offset})`, options);
    this.code = code;
    this.offset = offset;
  }
}

/** BTF that is refused: `errno` is what BTF_LOAD gives for it. */
export class BtfError extends ObjectError {
  override readonly name = 'BtfError';
  readonly errno: ErrnoName;

  constructor(errno: ErrnoName, message: string, options: ObjectErrorOptions = {}) {
    super(
      errno === 'ENOTSUPP' ? 'ERR_INNERMAP_OBJECT_UNSUPPORTED' : 'ERR_INNERMAP_OBJECT_MALFORMED',
      `BTF: ${message}`,
      options,
    );
    this.errno = errno;
  }
}

export function malformed(message: string, offset?: number): ObjectError {
  return new ObjectError('ERR_INNERMAP_OBJECT_MALFORMED', message, offset === undefined ? {} : { offset });
}

export function unsupported(message: string, offset?: number): ObjectError {
  return new ObjectError('ERR_INNERMAP_OBJECT_UNSUPPORTED', message, offset === undefined ? {} : { offset });
}

export function unresolved(message: string, offset?: number): ObjectError {
  return new ObjectError('ERR_INNERMAP_OBJECT_UNRESOLVED', message, offset === undefined ? {} : { offset });
}
