import type { Instruction } from '../insn/instruction.js';
import { ProgramError } from '../insn/problem.js';
import { decode } from '../insn/codec.js';
import type { CheckedProgram, ProgramFailure } from '../types.js';
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

export interface LoadedBytes {
  readonly name: string;
  readonly type: number;
  /** 8 bytes a slot, descriptors in the immediates. */
  readonly insns: Uint8Array;
  readonly mapsByFd: MapsByFd;
  readonly fdArray?: ArrayLike<number>;
}

/** As `uncheckedProgram`, from instruction bytes, with a refusal as data. */
export function checkWithoutVerifier(
  input: LoadedBytes,
): { readonly ok: true; readonly program: CheckedProgram } | { readonly ok: false; readonly failure: ProgramFailure } {
  try {
    return { ok: true, program: uncheckedProgram({ ...input, insns: decode(input.insns) }) };
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    return { ok: false, failure: { code: error.code, message: error.problem, slot: error.insn } };
  }
}
