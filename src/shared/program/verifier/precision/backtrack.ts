/** One instruction backwards: which values had to be exact before it, given which have to be after it. */
import { Call, Class, CLASS_MASK, Opcode } from '../../insn/opcodes.js';
import type { Env } from '../env.js';
import { SYNC_CALLBACK_HELPERS } from '../helper-ids.js';
import { accessOf, DST_IS_STACK, SRC_IS_STACK } from './history.js';
import type { Marks } from './marks.js';

const ARGUMENTS = 0b111110;
const FP = 10;

/** What the history has about an instruction. */
export interface Trace {
  access: number;
  linked: readonly number[] | null;
}

/** `subsequent` is the slot that was executed after `slot`. Returns false where the way back is not known. */
export function stepBack(env: Env, marks: Marks, slot: number, subsequent: number, trace: Trace): boolean {
  const { slots } = env;
  if (slots.op(slot) === 0) return true;
  const { linked } = trace;
  if (linked === null) return stepBackInstruction(env, marks, slot, subsequent, trace);
  spreadOverLinks(marks, linked);
  const known = stepBackInstruction(env, marks, slot, subsequent, trace);
  spreadOverLinks(marks, linked);
  return known;
}

function stepBackInstruction(env: Env, marks: Marks, slot: number, subsequent: number, trace: Trace): boolean {
  const { slots } = env;
  const opcode = slots.op(slot);
  const dst = slots.to(slot);
  switch (opcode & CLASS_MASK) {
    case Class.ALU:
    case Class.ALU64:
      backArithmetic(marks, opcode, dst, slots.from(slot));
      return true;
    case Class.LDX:
      backLoad(marks, dst, trace);
      return true;
    case Class.ST:
    case Class.STX:
      return backStore(env, marks, slot, trace);
    case Class.LD:
      if (!marks.hasRegister(dst)) return true;
      marks.clearRegister(dst);
      return opcode === Opcode.LOAD_IMMEDIATE;
    default:
      return backJump(env, marks, slot, subsequent, trace);
  }
}

function backArithmetic(marks: Marks, opcode: number, dst: number, src: number): void {
  if (!marks.hasRegister(dst)) return;
  const code = opcode & 0xf0;
  if (code === 0xd0 || code === 0x80) return;
  const fromRegister = (opcode & 8) !== 0;
  if (code === 0xb0) marks.clearRegister(dst);
  if (fromRegister && src !== FP) marks.setRegister(src);
}

function backLoad(marks: Marks, dst: number, trace: Trace): void {
  if (!marks.hasRegister(dst)) return;
  marks.clearRegister(dst);
  const access = accessOf(trace.access);
  if (access >= 0) marks.setSlot(access >> 6, access & 63);
}

function backStore(env: Env, marks: Marks, slot: number, trace: Trace): boolean {
  const { slots } = env;
  const opcode = slots.op(slot);
  const dst = slots.to(slot);
  const isAtomic = (opcode & 0xe7) === 0xc3;
  if (isAtomic && slots.value(slot) === 0x100) {
    backLoad(marks, dst, trace);
    return true;
  }
  // A scalar as address: it came from a difference of pointers.
  if (marks.hasRegister(dst)) return false;
  const access = accessOf(trace.access);
  if (access < 0) return true;
  if (!marks.hasSlot(access >> 6, access & 63)) return true;
  marks.clearSlot(access >> 6, access & 63);
  if ((opcode & CLASS_MASK) === Class.STX) marks.setRegister(slots.from(slot));
  return true;
}

function backJump(env: Env, marks: Marks, slot: number, subsequent: number, trace: Trace): boolean {
  const { slots } = env;
  const opcode = slots.op(slot);
  if (opcode === Opcode.EXIT) return backExit(env, marks, subsequent);
  if (opcode === Opcode.CALL) return backCall(env, marks, slot, subsequent);
  if ((opcode & 8) === 0 || slots.isGoto(slot)) return true;
  const dst = slots.to(slot);
  const src = slots.from(slot);
  if (!marks.hasRegister(dst) && !marks.hasRegister(src)) return true;
  const flags = trace.access;
  if ((flags & SRC_IS_STACK) === 0) marks.setRegister(src);
  if ((flags & DST_IS_STACK) === 0) marks.setRegister(dst);
  return true;
}

function backCall(env: Env, marks: Marks, slot: number, subsequent: number): boolean {
  const { slots } = env;
  if (slots.from(slot) === Call.SUBPROGRAM) return backSubprogramCall(env, marks, slot);
  if (SYNC_CALLBACK_HELPERS.has(slots.value(slot)) && slot !== subsequent - 1) {
    if (((marks.registers[marks.frame] as number) & ~ARGUMENTS) !== 0 || marks.hasSlots()) return false;
    marks.registers[marks.frame] = 0;
    return leaveFrame(marks);
  }
  marks.clearRegister(0);
  return ((marks.registers[marks.frame] as number) & ARGUMENTS) === 0;
}

function backSubprogramCall(env: Env, marks: Marks, slot: number): boolean {
  const callee = env.subprograms[env.subprogramAt(slot + env.slots.value(slot) + 1)];
  const wanted = marks.registers[marks.frame] as number;
  if (callee?.isGlobal) {
    if ((wanted & ARGUMENTS) !== 0) return false;
    marks.clearRegister(0);
    return true;
  }
  if ((wanted & ~ARGUMENTS) !== 0 || marks.hasSlots() || marks.frame === 0) return false;
  marks.registers[marks.frame] = 0;
  const caller = marks.frame - 1;
  marks.registers[caller] = (marks.registers[caller] as number) | wanted;
  return leaveFrame(marks);
}

function leaveFrame(marks: Marks): boolean {
  if (marks.frame === 0) return false;
  marks.frame--;
  return true;
}

/** From the caller back into the function that had returned to it. */
function backExit(env: Env, marks: Marks, subsequent: number): boolean {
  if (subsequent >= 0 && env.callsCallback[subsequent]) {
    marks.registers[marks.frame] = (marks.registers[marks.frame] as number) & ~ARGUMENTS;
  }
  if (((marks.registers[marks.frame] as number) & ARGUMENTS) !== 0) return false;
  const returned = subsequent - 1 >= 0 && env.slots.isCall(subsequent - 1, Call.SUBPROGRAM) && marks.hasRegister(0);
  marks.clearRegister(0);
  if (marks.frame >= 7) return false;
  marks.enter();
  if (returned) marks.setRegister(0);
  return true;
}

/** One member of a class that was narrowed together needs to be exact: all do. */
function spreadOverLinks(marks: Marks, linked: readonly number[]): void {
  const isSet = (member: number): boolean => {
    const place = member & 127;
    return place < 16 ? marks.hasRegister(place, member >> 7) : marks.hasSlot(member >> 7, place - 16);
  };
  if (!linked.some(isSet)) return;
  for (const member of linked) {
    const place = member & 127;
    if (place < 16) marks.setRegister(place, member >> 7);
    else marks.setSlot(member >> 7, place - 16);
  }
}
