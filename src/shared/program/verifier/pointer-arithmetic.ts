/** Addition to and subtraction from pointers. */
import { Alu, Class, CLASS_MASK } from '../insn/opcodes.js';
import type { Env } from './env.js';
import { isPacketKind, Kind, kindOf, mayBeNull, typeName } from './register-kinds.js';
import { LINK_CONSTANT, Register } from './register.js';
import { addSigned, addUnsigned, subSigned, subUnsigned } from './scalar/add.js';
import { syncBounds } from './scalar/bounds.js';
import { lessSigned, lessUnsigned, toNumber, toSigned } from './scalar/int64.js';
import { beginMask, endMask } from './speculation.js';
import { tnumAdd, tnumSub } from './scalar/tnum.js';

const MAX_VARIABLE_OFFSET = 1 << 29;
const OPERATORS = ['+=', '-=', '*=', '/=', '|=', '&=', '<<=', '>>=', 'neg', '%=', '^=', '=', 's>>=', 'endian'];

export function operatorText(code: number): string {
  return OPERATORS[code >> 4] ?? '?';
}

const ALLOWED: ReadonlySet<number> = new Set([
  Kind.CTX,
  Kind.MAP_VALUE,
  Kind.MAP_KEY,
  Kind.STACK,
  Kind.PACKET_META,
  Kind.PACKET,
  Kind.TP_BUFFER,
  Kind.BTF_ID,
  Kind.MEM,
  Kind.BUF,
  Kind.FUNC,
  Kind.DYNPTR,
]);

const pointerCopy = new Register();
const offsetCopy = new Register();

/** dst = pointer OP offset, where dst is the register of one of the two. */
export function pointerArithmetic(
  env: Env,
  opcode: number,
  dst: number,
  pointerIn: Register,
  offsetIn: Register,
): void {
  let target = env.register(dst);
  const scalarFirst = target === offsetIn;
  const pointer = pointerCopy.copyFrom(pointerIn);
  const offset = offsetCopy.copyFrom(offsetIn);
  const code = opcode & 0xf0;
  if (isEmpty(offset)) {
    target.setUnknown();
    return;
  }
  if ((opcode & CLASS_MASK) !== Class.ALU64) {
    if (code !== Alu.SUB || !env.allowPointerLeaks)
      env.refuse('EACCES', `R${dst} 32-bit pointer arithmetic prohibited`);
    target.setUnknown();
    return;
  }
  checkKind(env, code, dst, pointer, offset);
  target.type = pointer.type;
  target.id = pointer.id;
  checkSane(env, offset, pointer.type);
  checkSane(env, pointer, pointer.type);
  target.setUnbounded32();
  const window = beginMask(env, code, target, pointer, offset, scalarFirst);
  // Another path may share the register now.
  target = env.register(dst);
  compute(env, code, dst, target, pointer, offset, scalarFirst);
  checkSane(env, target, pointer.type);
  syncBounds(target);
  endMask(env, code, window, scalarFirst);
}

function isEmpty(r: Register): boolean {
  if (r.isConstant) {
    const one = r.sminLo === r.smaxLo && r.sminHi === r.smaxHi && r.uminLo === r.umaxLo && r.uminHi === r.umaxHi;
    if (!one) return true;
  }
  return lessSigned(r.smaxLo, r.smaxHi, r.sminLo, r.sminHi) || lessUnsigned(r.umaxLo, r.umaxHi, r.uminLo, r.uminHi);
}

function checkKind(env: Env, code: number, dst: number, pointer: Register, offset: Register): void {
  const name = typeName(pointer.type);
  if (mayBeNull(pointer.type)) {
    env.refuse('EACCES', `R${dst} pointer arithmetic on ${name} prohibited, null-check it first`);
  }
  const kind = kindOf(pointer.type);
  if (ALLOWED.has(kind)) return;
  if (kind === Kind.FLOW_KEYS && offset.isConstant) return;
  const addsZero = offset.isConstant && (offset.sminLo | offset.sminHi) === 0 && code === Alu.ADD;
  if ((kind === Kind.MAP_PTR || kind === Kind.FLOW_KEYS) && addsZero) return;
  env.refuse('EACCES', `R${dst} pointer arithmetic on ${name} prohibited`);
}

function checkSane(env: Env, r: Register, type: number): void {
  const name = typeName(type);
  const value = toNumber(r.valueLo, r.valueHi);
  if (r.isConstant && (value >= MAX_VARIABLE_OFFSET || value <= -MAX_VARIABLE_OFFSET)) {
    env.refuse('EINVAL', `math between ${name} pointer and ${toSigned(r.valueLo, r.valueHi)} is not allowed`);
  }
  // Of a linked scalar, `off` is its distance to its class: the kernel bounds that, too.
  const bounded = r.type !== Kind.SCALAR || (r.id & LINK_CONSTANT) !== 0;
  if (bounded && (r.off >= MAX_VARIABLE_OFFSET || r.off <= -MAX_VARIABLE_OFFSET)) {
    env.refuse('EINVAL', `${name} pointer offset ${r.off} is not allowed`);
  }
  if (r.sminLo === 0 && r.sminHi === -0x8000_0000) {
    env.refuse('EINVAL', `math between ${name} pointer and register with unbounded min value is not allowed`);
  }
  const smin = toNumber(r.sminLo, r.sminHi);
  if (smin >= MAX_VARIABLE_OFFSET || smin <= -MAX_VARIABLE_OFFSET) {
    env.refuse('EINVAL', `value ${toSigned(r.sminLo, r.sminHi)} makes ${name} pointer be out of bounds`);
  }
}

/** Everything of a pointer but bounds, type and id. */
function copyObject(target: Register, pointer: Register): void {
  target.range = pointer.range;
  target.memSize = pointer.memSize;
  target.map = pointer.map;
  target.mapUid = pointer.mapUid;
  target.subprogram = pointer.subprogram;
  target.dynptr = pointer.dynptr;
  target.firstSlot = pointer.firstSlot;
  target.frame = pointer.frame;
  target.refObjId = pointer.refObjId;
  target.keyPlace = pointer.keyPlace;
  target.deletedAt = pointer.deletedAt;
}

function keepBounds(target: Register, pointer: Register, off: number): void {
  const { s32min, s32max, u32min, u32max } = target;
  target.copyBounds(pointer);
  target.s32min = s32min;
  target.s32max = s32max;
  target.u32min = u32min;
  target.u32max = u32max;
  target.off = off;
}

function compute(
  env: Env,
  code: number,
  dst: number,
  target: Register,
  pointer: Register,
  offset: Register,
  scalarFirst: boolean,
): void {
  if (code === Alu.ADD) {
    add(env, target, pointer, offset);
  } else if (code === Alu.SUB) {
    if (scalarFirst) env.refuse('EACCES', `R${dst} tried to subtract pointer from scalar`);
    if (pointer.type === Kind.STACK) env.refuse('EACCES', `R${dst} subtraction from stack pointer prohibited`);
    subtract(env, target, pointer, offset);
  } else if (code === Alu.AND || code === Alu.OR || code === Alu.XOR) {
    env.refuse('EACCES', `R${dst} bitwise operator ${operatorText(code)} on pointer prohibited`);
  } else {
    env.refuse('EACCES', `R${dst} pointer arithmetic with ${operatorText(code)} operator prohibited`);
  }
}

function add(env: Env, target: Register, pointer: Register, offset: Register): void {
  const sum = pointer.off + toNumber(offset.sminLo, offset.sminHi);
  if (offset.isConstant && sum === (sum | 0)) {
    keepBounds(target, pointer, sum);
    copyObject(target, pointer);
    return;
  }
  addSigned(target, pointer, offset);
  addUnsigned(target, pointer, offset, true);
  tnumAdd(target, pointer, offset);
  target.off = pointer.off;
  copyObject(target, pointer);
  if (!isPacketKind(pointer.type)) return;
  target.id = env.newId();
  target.range = 0;
}

function subtract(env: Env, target: Register, pointer: Register, offset: Register): void {
  const difference = pointer.off - toNumber(offset.sminLo, offset.sminHi);
  if (offset.isConstant && difference === (difference | 0)) {
    keepBounds(target, pointer, difference);
    copyObject(target, pointer);
    return;
  }
  subSigned(target, pointer, offset);
  subUnsigned(target, pointer, offset, true);
  tnumSub(target, pointer, offset);
  target.off = pointer.off;
  copyObject(target, pointer);
  if (!isPacketKind(pointer.type)) return;
  target.id = env.newId();
  if (offset.sminHi < 0) target.range = 0;
}
