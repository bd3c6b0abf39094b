import { Class, CLASS_MASK, CODE_MASK, Jump, Source, SOURCE_MASK } from '../../insn/opcodes.js';
import { COMPARE_TO_64, Op } from '../wasm/op.js';
import { operand } from './alu.js';
import type { Emitter } from './emitter.js';

/** i32 comparison of each condition, and of its opposite. JSET has a form of its own. */
const COMPARISON = new Uint8Array(256);
const OPPOSITE = new Uint8Array(256);
const TABLE: readonly (readonly [number, number, number])[] = [
  [Jump.JEQ, Op.I32_EQ, Op.I32_NE],
  [Jump.JNE, Op.I32_NE, Op.I32_EQ],
  [Jump.JGT, Op.I32_GT_U, Op.I32_LE_U],
  [Jump.JGE, Op.I32_GE_U, Op.I32_LT_U],
  [Jump.JLT, Op.I32_LT_U, Op.I32_GE_U],
  [Jump.JLE, Op.I32_LE_U, Op.I32_GT_U],
  [Jump.JSGT, Op.I32_GT_S, Op.I32_LE_S],
  [Jump.JSGE, Op.I32_GE_S, Op.I32_LT_S],
  [Jump.JSLT, Op.I32_LT_S, Op.I32_GE_S],
  [Jump.JSLE, Op.I32_LE_S, Op.I32_GT_S],
];
for (const [code, comparison, opposite] of TABLE) {
  COMPARISON[code] = comparison;
  OPPOSITE[code] = opposite;
}

/** Leave the condition of the jump at `slot`, or its opposite, on the stack as an i32. */
export function emitCondition(e: Emitter, slot: number, negated: boolean): void {
  const opcode = e.code.opcode[slot] as number;
  const code = opcode & CODE_MASK;
  const wide = (opcode & CLASS_MASK) === Class.JMP;
  const dst = e.code.dst[slot] as number;
  if (wide) e.get(dst);
  else e.get32(dst);
  const equality = code === Jump.JEQ || code === Jump.JNE;
  if (equality && (opcode & SOURCE_MASK) === Source.K && e.code.imm[slot] === 0) {
    e.op(wide ? Op.I64_EQZ : Op.I32_EQZ);
    if ((code === Jump.JNE) !== negated) e.op(Op.I32_EQZ);
    return;
  }
  operand(e, slot, wide);
  if (code === Jump.JSET) {
    e.op(wide ? Op.I64_AND : Op.I32_AND);
    e.op(wide ? Op.I64_EQZ : Op.I32_EQZ);
    if (!negated) e.op(Op.I32_EQZ);
    return;
  }
  e.op(((negated ? OPPOSITE : COMPARISON)[code] as number) + (wide ? COMPARE_TO_64 : 0));
}
