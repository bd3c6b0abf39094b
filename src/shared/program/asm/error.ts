/** Where a piece of source text lies: both count from 1. */
export interface SourcePlace {
  readonly line: number;
  readonly column: number;
}

/** Source text that is no program. `line` and `column` count from 1. */
export class AssemblyError extends Error {
  override readonly name = 'AssemblyError';
  readonly code = 'EINVAL';
  readonly line: number;
  readonly column: number;
  /** The text at that place, or 'end of line'. */
  readonly found: string;
  /** What could have stood there. */
  readonly expected: string;

  constructor(place: SourcePlace, found: string, expected: string) {
    super(`line ${place.line}, column ${place.column}: found ${found}, expected ${expected}`);
    this.line = place.line;
    this.column = place.column;
    this.found = found;
    this.expected = expected;
  }
}
