/** The call stack: 512 bytes of memory a frame, below each other. */
import { STACK_SIZE } from '../insn/opcodes.js';
import type { Code } from './code.js';
import type { Regions } from './regions.js';

export const MAX_FRAMES = 8;

/** Rounds since the last look at the clock, and the first look's time (0 = none). */
export interface Patience {
  rounds: number;
  since: bigint;
}

export interface Frame {
  /** r10 of the function. */
  readonly stackTop: number;
  /** Slot to go on at in the caller; −1: the frame ends its run of the interpreter (main function, callback). */
  readonly returnSlot: number;
  /** r6–r9 and r10 of the caller. */
  readonly saved: readonly bigint[];
  /** Program of the caller: a tail call in a function returns to it. */
  readonly caller: Code;
  /** Of its `may_goto`s. */
  readonly patience: Patience;
}

export class Frames {
  readonly #frames: Frame[] = [];
  readonly #regions: Regions;

  constructor(regions: Regions) {
    this.#regions = regions;
  }

  get depth(): number {
    return this.#frames.length;
  }

  get top(): Frame {
    return this.#frames.at(-1) as Frame;
  }

  push(frame: Frame): void {
    const label = `stack of frame ${this.#frames.length}`;
    const start = frame.stackTop - STACK_SIZE;
    this.#regions.push({ start, size: STACK_SIZE, label, readable: true, writable: true });
    this.#frames.push(frame);
  }

  pop(): Frame {
    this.#regions.pop();
    return this.#frames.pop() as Frame;
  }
}
