import type { Instruction } from '#dist/shared/program/insn/instruction.js';

/** A program ready to run: r1 points to `memory` (8-byte aligned), which comes back as the program left it. r0 is unsigned. */
export type IsaProgram = (memory: Uint8Array) => bigint;

/** Something that executes instructions. */
export interface IsaEngine {
  readonly name: string;
  load(insns: readonly Instruction[]): IsaProgram;
}

/** Largest memory that a case uses. */
export const MEMORY = 512;
