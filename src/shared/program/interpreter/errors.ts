/** What can go wrong in an interpreted run. A verified program gives none of these: each one is a bug somewhere. */

/** The instruction that was being executed. */
export interface Place {
  readonly program: string;
  /** Slot of the instruction. */
  readonly slot: number;
  /** Its assembly text. */
  readonly text: string;
}

/** A run that could not go on. The program's effects up to the instruction stay. */
export class InterpreterError extends Error {
  override readonly name: string = 'InterpreterError';
  readonly code: string = 'ERR_INNERMAP_INTERPRETER';
  readonly place: Place;

  constructor(place: Place, reason: string) {
    super(`program ${place.program || '(unnamed)'}, instruction ${place.slot} (${place.text}): ${reason}`);
    this.place = place;
  }
}

/** An access to memory that the program may not touch at that moment: the verifier was wrong, or the memory model is. */
export class MemoryAccessError extends InterpreterError {
  override readonly name = 'MemoryAccessError';
  override readonly code = 'ERR_INNERMAP_MEMORY_ACCESS';
  readonly address: bigint;
  readonly size: number;
  readonly write: boolean;
  /** The region that lies nearest, in words. */
  readonly nearest: string;

  constructor(place: Place, access: { address: bigint; size: number; write: boolean; nearest: string; why?: string }) {
    const { address, size, write, nearest } = access;
    const what = `${write ? 'write of' : 'read of'} ${size} bytes at 0x${address.toString(16)}`;
    super(place, `${what} ${access.why ?? 'lies in no memory that the program may touch'}; nearest: ${nearest}`);
    this.address = address;
    this.size = size;
    this.write = write;
    this.nearest = nearest;
  }
}

/** More instructions than the run may take. */
export class BudgetError extends InterpreterError {
  override readonly name = 'BudgetError';
  override readonly code = 'ERR_INNERMAP_BUDGET';

  constructor(place: Place, budget: number) {
    super(place, `the run has taken its ${budget} instructions`);
  }
}
