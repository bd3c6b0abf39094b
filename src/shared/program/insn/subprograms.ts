import { callTarget, type Instruction, isSubprogramCall } from './instruction.js';
import type { SlotTable } from './slots.js';

/**
 * Slots at which functions of the program begin, ascending: 0 and the targets of its calls. Calls out of the
 * program are left out. A function ends where the next one begins.
 */
export function subprogramStarts(insns: readonly Instruction[], slots: SlotTable): number[] {
  const starts = new Set([0]);
  for (let index = 0; index < insns.length; index++) {
    const insn = insns[index] as Instruction;
    if (!isSubprogramCall(insn)) continue;
    const target = callTarget(insn, slots.slotOf[index] as number);
    if (target >= 0 && target < slots.count) starts.add(target);
  }
  return [...starts].sort((a, b) => a - b);
}
