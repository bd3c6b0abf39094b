import { Call, CLASS_MASK, Class, CODE_MASK, Jump, Opcode } from './opcodes.js';

/**
 * One instruction. A 64-bit load-immediate is one instruction of two slots; every other one has one slot.
 * Places in a program are counted in slots of 8 bytes, as in the kernel's messages.
 */
export interface Instruction {
  opcode: number;
  dst: number;
  src: number;
  /** Signed 16 bits. */
  offset: number;
  /** Signed 32 bits; the low half of a 64-bit load-immediate. */
  imm: number;
  /** Signed 32 bits: the high half of a 64-bit load-immediate, else 0. */
  immHigh: number;
}

export type InstructionFields = Partial<Instruction> & { opcode: number };

export function instruction({
  opcode,
  dst = 0,
  src = 0,
  offset = 0,
  imm = 0,
  immHigh = 0,
}: InstructionFields): Instruction {
  return { opcode, dst, src, offset, imm, immHigh };
}

/** A 64-bit load-immediate of a constant. */
export function loadImmediate(dst: number, value: bigint): Instruction {
  const imm = Number(BigInt.asIntN(32, value));
  const immHigh = Number(BigInt.asIntN(32, value >> 32n));
  return { opcode: Opcode.LOAD_IMMEDIATE, dst, src: 0, offset: 0, imm, immHigh };
}

/** The value of a 64-bit load-immediate, as a signed number. */
export function immediate64(insn: Instruction): bigint {
  return (BigInt(insn.immHigh) << 32n) | BigInt(insn.imm >>> 0);
}

export function isExit(insn: Instruction): boolean {
  return insn.opcode === Opcode.EXIT;
}

export function isSubprogramCall(insn: Instruction): boolean {
  return insn.opcode === Opcode.CALL && insn.src === Call.SUBPROGRAM;
}

/** `goto` or `gotol`. */
export function isGoto(insn: Instruction): boolean {
  return insn.opcode === Opcode.GOTO || insn.opcode === Opcode.GOTO_LONG;
}

/** A jump with a condition: it may fall through. */
export function isConditionalJump(insn: Instruction): boolean {
  const kind = insn.opcode & CLASS_MASK;
  if (kind !== Class.JMP && kind !== Class.JMP32) return false;
  const code = insn.opcode & CODE_MASK;
  return code !== Jump.JA && code !== Jump.CALL && code !== Jump.EXIT;
}

/** Slot that the jump at `slot` goes to. The instruction must be a jump. */
export function jumpTarget(insn: Instruction, slot: number): number {
  return slot + 1 + (insn.opcode === Opcode.GOTO_LONG ? insn.imm : insn.offset);
}

/** First slot of the subprogram that the call at `slot` enters. */
export function callTarget(insn: Instruction, slot: number): number {
  return slot + 1 + insn.imm;
}
