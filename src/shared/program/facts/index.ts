import type { Instruction } from '../insn/instruction.js';
import { ProgramError } from '../insn/problem.js';
import type { CheckedProgram } from '../types.js';
import { callFacts } from './calls.js';
import { type MapsByFd, mapReferences } from './references.js';
import { structuralProblem } from './structure.js';

export { callFacts } from './calls.js';
export { type MapsByFd, mapReferences } from './references.js';
export { structuralProblem } from './structure.js';

export interface UncheckedInput {
  readonly name: string;
  readonly type: number;
  /** As loaded: map descriptors in the immediates. */
  readonly insns: readonly Instruction[];
  readonly mapsByFd: MapsByFd;
  readonly fdArray?: ArrayLike<number>;
}

/**
 * A program for the compiler without verification: only its structure was checked, so it can do whatever it likes with
 * the arena. For trusted code that the verifier would refuse. Throws ProgramError.
 */
export function uncheckedProgram({ name, type, insns, mapsByFd, fdArray }: UncheckedInput): CheckedProgram {
  const problem = structuralProblem(insns);
  if (problem !== null) throw new ProgramError(problem);
  const references = mapReferences(insns, mapsByFd, fdArray);
  return { name, type, insns, references, calls: callFacts(insns, references) };
}
