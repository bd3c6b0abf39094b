import {
  callTarget,
  type Instruction,
  isConditionalJump,
  isExit,
  isGoto,
  isSubprogramCall,
  jumpTarget,
} from '../instruction.js';
import type { Problem } from '../problem.js';
import type { SlotTable } from '../slots.js';

interface Flow {
  insns: readonly Instruction[];
  slots: SlotTable;
  starts: readonly number[];
}

const MAX_FRAMES = 8;

/** Jumps stay in their function, calls in the program, and no function falls off its end. */
export function rangeProblems({ insns, slots, starts }: Flow): Problem[] {
  const problems: Problem[] = [];
  let start = 0;
  let next = 1;
  for (let index = 0; index < insns.length; index++) {
    const insn = insns[index] as Instruction;
    const slot = slots.slotOf[index] as number;
    while (next < starts.length && (starts[next] as number) <= slot) start = starts[next++] as number;
    const end = starts[next] ?? slots.count;
    if (isSubprogramCall(insn)) checkCall(insn, slot, slots.count, problems);
    if (isGoto(insn) || isConditionalJump(insn)) {
      const target = jumpTarget(insn, slot);
      if (target < start || target >= end) {
        problems.push({ insn: slot, code: 'EINVAL', message: `jump out of range from insn ${slot} to ${target}` });
      }
    }
    const last = (slots.slotOf[index + 1] ?? slots.count) >= end;
    if (last && !isExit(insn) && !isGoto(insn)) {
      problems.push({ insn: slot, code: 'EINVAL', message: 'last insn is not an exit or jmp' });
    }
  }
  return problems;
}

function checkCall(insn: Instruction, slot: number, count: number, problems: Problem[]): void {
  const target = callTarget(insn, slot);
  if (target >= 0 && target < count) return;
  problems.push({ insn: slot, code: 'EINVAL', message: `call to invalid destination ${target}` });
}

/** Call chains deeper than 8 frames; recursion has no end. The ranges must be in order. */
export function depthProblems({ insns, slots, starts }: Flow): Problem[] {
  if (starts.length === 1) return [];
  const depths = new Map<number, number>();
  const problems: Problem[] = [];
  // Each round settles one more level of the call graph; a chain that still grows after eight is too deep.
  depths.set(0, 1);
  for (let round = 0; round < MAX_FRAMES; round++) {
    let start = 0;
    for (let index = 0; index < insns.length; index++) {
      const slot = slots.slotOf[index] as number;
      if (depths.has(slot) || starts.includes(slot)) start = slot;
      const insn = insns[index] as Instruction;
      if (!isSubprogramCall(insn)) continue;
      const callee = callTarget(insn, slot);
      const depth = (depths.get(start) ?? 0) + 1;
      if (depth === 1 || depth <= (depths.get(callee) ?? 0)) continue;
      if (depth > MAX_FRAMES) {
        problems.push({ insn: slot, code: 'E2BIG', message: `the call stack of ${depth} frames is too deep !` });
        return problems;
      }
      depths.set(callee, depth);
    }
  }
  return problems;
}
