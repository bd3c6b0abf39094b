/** Conditional jumps: decide, or follow both ways with what each way tells. */
import { Class, CLASS_MASK, Jump } from '../insn/opcodes.js';
import { branchTaken } from './branch-taken.js';
import type { Env } from './env.js';
import { collectLinked, syncLinked } from './linked.js';
import { printStateAfter } from './log/state.js';
import { markNotNull, markNullOrNot } from './null-check.js';
import { comparePackets } from './packet-range.js';
import { pushPath } from './paths.js';
import { markPrecise } from './precision/chain.js';
import { DST_IS_STACK, pushHistory, SRC_IS_STACK } from './precision/history.js';
import { widenImprecise } from './prune/widen.js';
import { refineBoth } from './refine.js';
import { isAnyPacketKind, Kind, kindOf, mayBeNull } from './register-kinds.js';
import { Register } from './register.js';
import { boundsContradict } from './scalar/bounds.js';
import { followGuess } from './speculation.js';
import type { State } from './state.js';
import { checkReadable, isPointer, isPointerForProgram } from './values.js';

const immediateNo = new Register();
const immediateYes = new Register();
const MAY_GOTO = 0xe0;

function operandB(env: Env, slot: number, a: Register): Register {
  const { slots } = env;
  const opcode = slots.op(slot);
  const src = slots.from(slot);
  if ((opcode & 8) === 0) {
    if (src !== 0) env.refuse('EINVAL', 'BPF_JMP/JMP32 uses reserved fields');
    const imm = slots.value(slot);
    immediateNo.setConstant(imm, imm >> 31);
    if (a.type === Kind.STACK) pushHistory(env, DST_IS_STACK, null);
    return immediateNo;
  }
  if (slots.value(slot) !== 0) env.refuse('EINVAL', 'BPF_JMP/JMP32 uses reserved fields');
  checkReadable(env, src);
  const b = env.register(src);
  if (!(isAnyPacketKind(a.type) && isAnyPacketKind(b.type)) && isPointerForProgram(env, b)) {
    env.refuse('EACCES', `R${src} pointer comparison prohibited`);
  }
  const flags = (a.type === Kind.STACK ? DST_IS_STACK : 0) | (b.type === Kind.STACK ? SRC_IS_STACK : 0);
  if (flags !== 0) pushHistory(env, flags, null);
  return b;
}

/** Returns the slot where the current path goes on. */
export function checkConditionalJump(env: Env, slot: number): number {
  const { slots } = env;
  const opcode = slots.op(slot);
  const code = opcode & 0xf0;
  const narrow = (opcode & CLASS_MASK) === Class.JMP32;
  if (code === MAY_GOTO) return checkMayGoto(env, slot);
  const dst = slots.to(slot);
  checkReadable(env, dst);
  const a = env.register(dst);
  const fromRegister = (opcode & 8) !== 0;
  const b = operandB(env, slot, a);
  const target = slots.off(slot) + slot + 1;
  const prediction = branchTaken(a, b, code, narrow);
  if (prediction >= 0) {
    if (!isPointer(a)) markPrecise(env, dst);
    if (fromRegister && !isPointer(b)) markPrecise(env, slots.from(slot));
    followGuess(env, prediction === 1 ? slot + 1 : target, slot);
    printStateAfter(env);
    return prediction === 1 ? target : slot + 1;
  }
  followBoth(env, slot, a, b, code, narrow, target);
  printStateAfter(env);
  return slot + 1;
}

function checkMayGoto(env: Env, slot: number): number {
  const { slots } = env;
  if (slots.op(slot) !== 0xe5 || slots.to(slot) !== 0 || slots.from(slot) !== 0 || slots.value(slot) !== 0) {
    env.refuse('EINVAL', `invalid may_goto imm ${slots.value(slot)}`);
  }
  const other = pushPath(env, slot + 1, slot);
  other.mayGotoDepth++;
  widenImprecise(env, other, slot, env.state.parent);
  return slot + 1 + slots.off(slot);
}

function followBoth(
  env: Env,
  slot: number,
  a: Register,
  b: Register,
  code: number,
  narrow: boolean,
  target: number,
): void {
  const { slots } = env;
  const dst = slots.to(slot);
  const src = slots.from(slot);
  const fromRegister = (slots.op(slot) & 8) !== 0;
  const linked: number[] = [];
  if (fromRegister && b.type === Kind.SCALAR && b.id !== 0) collectLinked(env, b.id, linked);
  if (a.type === Kind.SCALAR && a.id !== 0) collectLinked(env, a.id, linked);
  if (linked.length > 1) pushHistory(env, 0, linked);
  const taken = pushPath(env, target, slot);
  const takenA = taken.current.register(dst);
  const takenB = fromRegister ? taken.current.register(src) : immediateYes.copyFrom(b);
  // The taken path has its own: these are the current state's alone again.
  a.shared = false;
  b.shared = false;
  refineBoth(takenA, takenB, a, b, code, narrow);
  checkContradiction(env, takenA);
  checkContradiction(env, takenB);
  checkContradiction(env, a);
  checkContradiction(env, b);
  if (fromRegister && b.type === Kind.SCALAR && b.id !== 0) {
    syncLinked(env.state, b, linked);
    syncLinked(taken, takenB, linked);
  }
  if (a.type === Kind.SCALAR && a.id !== 0) {
    syncLinked(env.state, a, linked);
    syncLinked(taken, takenA, linked);
  }
  if (!narrow) comparePointers(env, slot, a, b, code, taken);
  else if (isPointerForProgram(env, a)) env.refuse('EACCES', `R${dst} pointer comparison prohibited`);
}

function checkContradiction(env: Env, r: Register): void {
  if (r.type !== Kind.SCALAR || !boundsContradict(r)) return;
  if (env.checkInvariants) env.refuse('EFAULT', 'REG INVARIANTS VIOLATION');
  r.setUnbounded();
}

function comparePointers(env: Env, slot: number, a: Register, b: Register, code: number, taken: State): void {
  const { slots } = env;
  const dst = slots.to(slot);
  const src = slots.from(slot);
  const fromRegister = (slots.op(slot) & 8) !== 0;
  if (fromRegister) liftByEquality(env.state, taken, dst, src, code);
  const equality = code === Jump.JEQ || code === Jump.JNE;
  if (!fromRegister && slots.value(slot) === 0 && equality && mayBeNull(a.type)) {
    markNullOrNot(env.state, dst, code === Jump.JNE);
    markNullOrNot(taken, dst, code === Jump.JEQ);
    return;
  }
  if (fromRegister && comparePackets(code, dst, src, a, b, env.state, taken)) return;
  if (isPointerForProgram(env, a)) env.refuse('EACCES', `R${dst} pointer comparison prohibited`);
}

/** Equal to a pointer that is not NULL: not NULL either. */
function liftByEquality(fall: State, taken: State, dst: number, src: number, code: number): void {
  const a = fall.current.register(dst);
  const b = fall.current.register(src);
  if (!isPointer(a) || !isPointer(b) || mayBeNull(a.type) === mayBeNull(b.type)) return;
  if (kindOf(a.type) === Kind.BTF_ID || kindOf(b.type) === Kind.BTF_ID) return;
  if (code !== Jump.JEQ && code !== Jump.JNE) return;
  const equal = code === Jump.JEQ ? taken : fall;
  markNotNull(equal.current.register(mayBeNull(a.type) ? dst : src));
}
