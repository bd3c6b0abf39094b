import type { ErrnoName } from '../../errno.js';

/** Thrown inside the verifier, never out of it: the program is refused. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: ErrnoName;

  constructor(code: ErrnoName, message: string) {
    super(message);
    this.code = code;
  }
}
