/** Conditions of JMP and JMP32 instructions (RFC 9669, section 4.3). */
import type { Instruction } from '../insn/instruction.js';
import { Class, CLASS_MASK, CODE_MASK, Jump } from '../insn/opcodes.js';

/** Whether the jump is taken; `b` is the register or the sign-extended immediate. Undefined: no such instruction. */
export function taken(insn: Instruction, left: bigint, right: bigint): boolean | undefined {
  const bits = (insn.opcode & CLASS_MASK) === Class.JMP32 ? 32 : 64;
  const a = BigInt.asUintN(bits, left);
  const b = BigInt.asUintN(bits, right);
  switch (insn.opcode & CODE_MASK) {
    case Jump.JEQ:
      return a === b;
    case Jump.JNE:
      return a !== b;
    case Jump.JGT:
      return a > b;
    case Jump.JGE:
      return a >= b;
    case Jump.JLT:
      return a < b;
    case Jump.JLE:
      return a <= b;
    case Jump.JSET:
      return (a & b) !== 0n;
    default:
      return signed(insn.opcode & CODE_MASK, BigInt.asIntN(bits, a), BigInt.asIntN(bits, b));
  }
}

function signed(code: number, a: bigint, b: bigint): boolean | undefined {
  switch (code) {
    case Jump.JSGT:
      return a > b;
    case Jump.JSGE:
      return a >= b;
    case Jump.JSLT:
      return a < b;
    case Jump.JSLE:
      return a <= b;
    default:
      return undefined;
  }
}
