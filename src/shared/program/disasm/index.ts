import type { Instruction } from '../insn/instruction.js';
import { callTarget, isConditionalJump, isGoto, isSubprogramCall, jumpTarget } from '../insn/instruction.js';
import { Opcode, Pseudo } from '../insn/opcodes.js';
import { formatInstruction } from './format.js';

export { formatInstruction } from './format.js';

export interface DisassembleOptions {
  /** Write `L12:` in front of slot 12 and `goto L12` instead of distances. Default: distances. */
  readonly labels?: boolean;
}

/** Assembly text of a program, one instruction a line, in the syntax that `assemble` takes. */
export function disassemble(insns: readonly Instruction[], { labels = false }: DisassembleOptions = {}): string {
  const targets = labels ? labelledSlots(insns) : new Set<number>();
  const lines: string[] = [];
  let slot = 0;
  for (const insn of insns) {
    if (targets.has(slot)) lines.push(`L${slot}:`);
    lines.push(`  ${formatInstruction(insn, labels ? { slot, targets } : undefined)}`);
    slot += insn.opcode === Opcode.LOAD_IMMEDIATE ? 2 : 1;
  }
  return `${lines.join('\n')}\n`;
}

/** Slots that jumps, calls and function addresses name, as far as an instruction begins there. */
function labelledSlots(insns: readonly Instruction[]): Set<number> {
  const begins = new Set<number>();
  const named: number[] = [];
  let slot = 0;
  for (const insn of insns) {
    begins.add(slot);
    if (isGoto(insn) || isConditionalJump(insn)) named.push(jumpTarget(insn, slot));
    else if (isSubprogramCall(insn)) named.push(callTarget(insn, slot));
    else if (insn.opcode === Opcode.LOAD_IMMEDIATE && insn.src === Pseudo.FUNCTION) named.push(callTarget(insn, slot));
    slot += insn.opcode === Opcode.LOAD_IMMEDIATE ? 2 : 1;
  }
  return new Set(named.filter((target) => begins.has(target)));
}
