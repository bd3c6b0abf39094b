import { type Instruction, instruction } from '../insn/instruction.js';
import type { Token } from './lexer.js';

/** How a name that stands for a place in the program is stored once its slot is known. */
export type FixupKind = 'jump' | 'long jump' | 'address';

/** An instruction, and the label that completes it. */
export interface Statement {
  readonly insn: Instruction;
  readonly label?: Token;
  readonly fixup?: FixupKind;
}

/** What names outside the program stand for. */
export interface Names {
  /** Descriptor of the map, or undefined. */
  map(name: string): number | undefined;
  readonly mapNames: readonly string[];
  /** Whether the source defines this label. */
  isLabel(name: string): boolean;
}

export function plain(fields: Parameters<typeof instruction>[0]): Statement {
  return { insn: instruction(fields) };
}
