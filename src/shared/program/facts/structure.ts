import type { Instruction } from '../insn/instruction.js';
import type { Problem } from '../insn/problem.js';
import { slotTable } from '../insn/slots.js';
import { subprogramStarts } from '../insn/subprograms.js';
import { encodingFault, fieldFault } from '../insn/validate/fields.js';
import { depthProblems, rangeProblems } from '../insn/validate/flow.js';

/**
 * The first thing that is malformed: an unknown opcode, a reserved field, a register or an operand that does not exist,
 * a jump or call out of the program, an end without exit, calls deeper than eight frames. Null for a well-formed
 * program, which may still do anything that instructions can do.
 */
export function structuralProblem(insns: readonly Instruction[]): Problem | null {
  if (insns.length === 0) return { insn: 0, code: 'E2BIG', message: 'the program is empty' };
  const slots = slotTable(insns);
  for (const check of [encodingFault, fieldFault]) {
    for (let index = 0; index < insns.length; index++) {
      const fault = check(insns[index] as Instruction);
      if (fault !== null) return { insn: slots.slotOf[index] as number, ...fault };
    }
  }
  const flow = { insns, slots, starts: subprogramStarts(insns, slots) };
  return rangeProblems(flow)[0] ?? depthProblems(flow)[0] ?? null;
}
