import { slotCount } from './codec.js';
import type { Instruction } from './instruction.js';
import { Opcode } from './opcodes.js';

/** Where instructions lie in slots. */
export interface SlotTable {
  /** Slots in the program. */
  count: number;
  /** Slot of each instruction, by index. */
  slotOf: Int32Array;
  /** Index of the instruction that begins at a slot; -1 for the second slot of a 64-bit load-immediate. */
  indexOf: Int32Array;
}

export function slotTable(insns: readonly Instruction[]): SlotTable {
  const count = slotCount(insns);
  const slotOf = new Int32Array(insns.length);
  const indexOf = new Int32Array(count).fill(-1);
  let slot = 0;
  for (let index = 0; index < insns.length; index++) {
    slotOf[index] = slot;
    indexOf[slot] = index;
    slot += insns[index]?.opcode === Opcode.LOAD_IMMEDIATE ? 2 : 1;
  }
  return { count, slotOf, indexOf };
}
