import type { ErrnoName } from '../../errno.js';

/** Why a program is refused: the errno and, where the kernel has one, its verifier's message. */
export interface Problem {
  /** Slot of the instruction. */
  insn: number;
  code: ErrnoName;
  message: string;
  /** Set when the kernel could do this and the library cannot yet: the feature in want. The code is then ENOTSUPP. */
  missing?: string;
}

/** A program that cannot be taken apart or compiled. */
export class ProgramError extends Error {
  override readonly name = 'ProgramError';
  /** Name of the errno, e.g. 'EINVAL'. */
  readonly code: ErrnoName;
  /** Slot of the instruction. */
  readonly insn: number;
  readonly missing: string | undefined;
  /** The message without the instruction's number in front. */
  readonly problem: string;

  constructor(problem: Problem) {
    super(`instruction ${problem.insn}: ${problem.message}`);
    this.code = problem.code;
    this.insn = problem.insn;
    this.missing = problem.missing;
    this.problem = problem.message;
  }
}
