/** Arithmetic instructions: their form, and their effect on registers. */
import { Alu, Class, CLASS_MASK } from '../insn/opcodes.js';
import type { Env } from './env.js';
import { operatorText, pointerArithmetic } from './pointer-arithmetic.js';
import { markPrecise } from './precision/chain.js';
import { Kind } from './register-kinds.js';
import { LINK_32, LINK_64, LINK_CONSTANT, Register } from './register.js';
import { maskScalars } from './speculation.js';
import { computeScalar } from './scalar/arithmetic.js';
import { boundsContradict, syncBounds, zeroExtend32 } from './scalar/bounds.js';
import { keepsSign, signExtend32, signExtend64 } from './scalar/extend.js';
import { MIN32 } from './scalar/int64.js';
import { swapBytes, toLittleEndian } from './scalar/swap.js';
import { pushPath } from './paths.js';
import { assignScalarId, checkReadable, checkWritable, identified, isPointerForProgram, widthOf } from './values.js';

const immediate = new Register();
/** Offset of a 64-bit move that converts arena addresses. */
const ADDRESS_SPACE_CAST = 1;

export function checkArithmetic(env: Env, slot: number): void {
  const { slots } = env;
  const opcode = slots.op(slot);
  const code = opcode & 0xf0;
  if (code === Alu.END || code === Alu.NEG) checkUnary(env, slot, opcode, code);
  else if (code === Alu.MOV) checkMove(env, slot, opcode);
  else checkBinary(env, slot, opcode, code);
  checkInvariants(env, slots.to(slot));
}

/** Contradicting ranges fall back to unbounded ones, or refuse the program when it asked for that. */
function checkInvariants(env: Env, number: number): void {
  if (!boundsContradict(env.peek(number))) return;
  if (env.checkInvariants) env.refuse('EFAULT', `REG INVARIANTS VIOLATION (R${number})`);
  env.register(number).setUnbounded();
}

function checkUnary(env: Env, slot: number, opcode: number, code: number): void {
  const { slots } = env;
  const imm = slots.value(slot);
  const wide = (opcode & CLASS_MASK) === Class.ALU64;
  if (code === Alu.NEG) {
    if ((opcode & 8) !== 0 || slots.from(slot) !== 0 || slots.off(slot) !== 0 || imm !== 0) {
      env.refuse('EINVAL', 'BPF_NEG uses reserved fields');
    }
  } else {
    const width = imm === 16 || imm === 32 || imm === 64;
    if (slots.from(slot) !== 0 || slots.off(slot) !== 0 || !width || (wide && (opcode & 8) !== 0)) {
      env.refuse('EINVAL', 'BPF_END uses reserved fields');
    }
  }
  const dst = slots.to(slot);
  checkReadable(env, dst);
  if (isPointerForProgram(env, env.peek(dst))) env.refuse('EACCES', `R${dst} pointer arithmetic prohibited`);
  checkWritable(env, dst);
  const r = env.register(dst);
  if (r.type !== Kind.SCALAR) {
    r.setUnknown(!env.bpfCapable);
  } else if (code === Alu.NEG) {
    computeScalar(Alu.NEG, r, r, wide, !env.bpfCapable);
    r.id = 0;
    r.off = 0;
  } else if (wide || (opcode & 8) !== 0) {
    swapBytes(r, imm);
  } else {
    toLittleEndian(r, imm);
  }
}

function moveIsMalformed(env: Env, slot: number, opcode: number): boolean {
  const { slots } = env;
  const off = slots.off(slot);
  if ((opcode & 8) === 0) return slots.from(slot) !== 0 || off !== 0;
  if (slots.value(slot) !== 0) return true;
  if ((opcode & CLASS_MASK) === Class.ALU) return off !== 0 && off !== 8 && off !== 16;
  return off !== 0 && off !== 8 && off !== 16 && off !== 32;
}

function checkMove(env: Env, slot: number, opcode: number): void {
  const { slots } = env;
  if (slots.op(slot) === 0xbf && slots.off(slot) === ADDRESS_SPACE_CAST) {
    const cast = slots.value(slot) === 1 || slots.value(slot) === 1 << 16;
    const rule = cast ? 'be used in a program that has an associated arena' : 'convert between address space 1 and 0';
    env.refuse('EINVAL', `addr_space_cast insn can only ${rule}`);
  }
  if (moveIsMalformed(env, slot, opcode)) env.refuse('EINVAL', 'BPF_MOV uses reserved fields');
  const dst = slots.to(slot);
  const src = slots.from(slot);
  const wide = (opcode & CLASS_MASK) === Class.ALU64;
  if ((opcode & 8) === 0) {
    checkWritable(env, dst);
    const imm = slots.value(slot);
    env.frame.fresh(dst).setConstant(imm, wide ? imm >> 31 : 0, !env.bpfCapable);
    return;
  }
  checkReadable(env, src);
  checkWritable(env, dst);
  if (wide) moveWide(env, dst, src, slots.off(slot));
  else moveNarrow(env, dst, src, slots.off(slot));
}

function moveWide(env: Env, dst: number, src: number, bits: number): void {
  if (bits === 0) {
    const from = identified(env, src);
    env.frame.fresh(dst).copyFrom(from);
    return;
  }
  const from = env.register(src);
  const to = env.register(dst);
  if (isPointerForProgram(env, from)) env.refuse('EACCES', `R${src} sign-extension part of pointer`);
  if (from.type !== Kind.SCALAR) {
    to.setUnknown();
    return;
  }
  const same = keepsSign(from, bits);
  if (same) assignScalarId(env, from);
  to.copyFrom(from);
  if (!same) to.leaveClass();
  signExtend64(to, bits >> 3);
}

function moveNarrow(env: Env, dst: number, src: number, bits: number): void {
  const from = env.register(src);
  const to = env.register(dst);
  if (isPointerForProgram(env, from)) env.refuse('EACCES', `R${src} partial copy of pointer`);
  if (from.type !== Kind.SCALAR) {
    to.setUnknown();
  } else {
    const same = bits === 0 ? widthOf(from) <= 32 : keepsSign(from, bits);
    if (same) assignScalarId(env, from);
    to.copyFrom(from);
    if (!same) to.leaveClass();
    if (bits !== 0) signExtend32(to, bits >> 3);
  }
  zeroExtend32(to);
  syncBounds(to);
}

function checkBinary(env: Env, slot: number, opcode: number, code: number): void {
  const { slots } = env;
  const dst = slots.to(slot);
  const imm = slots.value(slot);
  const off = slots.off(slot);
  const fromRegister = (opcode & 8) !== 0;
  const signedDivision = off === 1 && (code === Alu.DIV || code === Alu.MOD);
  const reserved = fromRegister ? imm !== 0 : slots.from(slot) !== 0;
  if (reserved || (off !== 0 && !signedDivision)) env.refuse('EINVAL', 'BPF_ALU uses reserved fields');
  if (fromRegister) checkReadable(env, slots.from(slot));
  checkReadable(env, dst);
  if (!fromRegister) checkImmediate(env, opcode, code, imm);
  checkWritable(env, dst);
  adjust(env, slot, opcode, code);
}

function checkImmediate(env: Env, opcode: number, code: number, imm: number): void {
  if ((code === Alu.DIV || code === Alu.MOD) && imm === 0) env.refuse('EINVAL', 'div by zero');
  if (code !== Alu.LSH && code !== Alu.RSH && code !== Alu.ARSH) return;
  const bits = (opcode & CLASS_MASK) === Class.ALU64 ? 64 : 32;
  if (imm < 0 || imm >= bits) env.refuse('EINVAL', `invalid shift ${imm}`);
}

function adjust(env: Env, slot: number, opcode: number, code: number): void {
  const { slots } = env;
  const dst = slots.to(slot);
  const src = slots.from(slot);
  const to = env.register(dst);
  const isPointer = to.type !== Kind.SCALAR;
  if ((opcode & 8) === 0) {
    const imm = slots.value(slot);
    immediate.setConstant(imm, imm >> 31);
    if (isPointer) pointerArithmetic(env, opcode, dst, to, immediate);
    else adjustScalar(env, opcode, code, to, immediate);
    return;
  }
  const from = env.peek(src);
  if (from.type !== Kind.SCALAR) {
    if (isPointer) {
      combinePointers(env, code, dst);
      return;
    }
    markPrecise(env, dst);
    pointerArithmetic(env, opcode, dst, from, to);
  } else if (isPointer) {
    markPrecise(env, src);
    pointerArithmetic(env, opcode, dst, to, from);
  } else {
    if (to.precise) markPrecise(env, src);
    adjustScalar(env, opcode, code, to, from);
  }
}

function combinePointers(env: Env, code: number, dst: number): void {
  if (code === Alu.SUB && env.allowPointerLeaks) {
    env.register(dst).setUnknown(!env.bpfCapable);
    return;
  }
  env.refuse('EACCES', `R${dst} pointer ${operatorText(code)} pointer prohibited`);
}

function adjustScalar(env: Env, opcode: number, code: number, to: Register, from: Register): void {
  const wide = (opcode & CLASS_MASK) === Class.ALU64;
  const distance = env.bpfCapable && to !== from ? constantDistance(code, to, from, wide) : null;
  maskScalars(env, code);
  if ((code === Alu.AND || code === Alu.OR) && from.isConstant) forkAllOrNothing(env, to);
  computeScalar(code, to, from, wide, !env.bpfCapable);
  if (distance === null || (to.id & LINK_CONSTANT) !== 0) {
    to.leaveClass();
    return;
  }
  to.id |= wide ? LINK_64 : LINK_32;
  to.off = distance;
}

/** What a copy of a scalar is moved by, where the class of copies can keep it; else null. */
function constantDistance(code: number, to: Register, from: Register, wide: boolean): number | null {
  if ((code !== Alu.ADD && code !== Alu.SUB) || to.id === 0) return null;
  if (wide ? !from.isConstant || from.valueHi !== from.valueLo >> 31 : from.maskLo !== 0) return null;
  // A 32-bit sum is a sum of the whole number only where the upper half was 0.
  if (!wide && to.umaxHi !== 0) return null;
  if (code === Alu.ADD) return from.valueLo;
  return from.valueLo === MIN32 ? null : -from.valueLo;
}

/** A mask that is all ones or zero (an arithmetic shift by the width less one): two paths, each with a constant. */
function forkAllOrNothing(env: Env, to: Register): void {
  const wide = to.sminLo === -1 && to.sminHi === -1 && (to.smaxLo | to.smaxHi) === 0;
  if (!wide && !(to.s32min === -1 && to.s32max === 0)) return;
  const number = env.slots.to(env.slot);
  const other = pushPath(env, env.slot, env.slot).current.register(number);
  if (wide) {
    other.setKnown(0, 0);
    to.setKnown(-1, -1);
  } else {
    setLowHalf(other, 0);
    setLowHalf(to, -1);
  }
}

function setLowHalf(r: Register, word: number): void {
  r.valueLo = r.s32min = r.s32max = r.u32min = r.u32max = word;
  r.maskLo = 0;
}
