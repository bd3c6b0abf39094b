import { Alu, Class, CLASS_MASK, CODE_MASK, Source, SOURCE_MASK } from '../../insn/opcodes.js';
import { ARITHMETIC_TO_64, Op, Type } from '../wasm/op.js';
import type { Emitter } from './emitter.js';

/** i32 operation of the codes that translate one to one. WebAssembly masks shift counts as BPF does. */
const DIRECT = new Uint8Array(256);
DIRECT[Alu.ADD] = Op.I32_ADD;
DIRECT[Alu.SUB] = Op.I32_SUB;
DIRECT[Alu.MUL] = Op.I32_MUL;
DIRECT[Alu.OR] = Op.I32_OR;
DIRECT[Alu.AND] = Op.I32_AND;
DIRECT[Alu.XOR] = Op.I32_XOR;
DIRECT[Alu.LSH] = Op.I32_SHL;
DIRECT[Alu.RSH] = Op.I32_SHR_U;
DIRECT[Alu.ARSH] = Op.I32_SHR_S;

export function emitAlu(e: Emitter, slot: number): void {
  const opcode = e.code.opcode[slot] as number;
  const dst = e.code.dst[slot] as number;
  const code = opcode & CODE_MASK;
  const wide = (opcode & CLASS_MASK) === Class.ALU64;
  if (code === Alu.DIV || code === Alu.MOD) {
    emitDivision(e, slot, code === Alu.MOD, wide);
    return;
  }
  const op = DIRECT[code] as number;
  if (!wide) {
    e.get32(dst);
    operand(e, slot, false);
    e.op(op);
    e.setFrom32(dst);
    return;
  }
  e.get(dst);
  operand(e, slot, true);
  e.op(op + ARITHMETIC_TO_64);
  if ((opcode & SOURCE_MASK) === Source.K && (code === Alu.ADD || code === Alu.SUB)) {
    const imm = e.code.imm[slot] as number;
    e.values.add(dst, code === Alu.ADD ? imm : -imm);
    e.setLocal(e.locals.registers[dst] as number);
  } else {
    e.set(dst);
  }
}

/** The second operand of an instruction, a register or the immediate, on 64 bits or 32. */
export function operand(e: Emitter, slot: number, wide: boolean): void {
  if (((e.code.opcode[slot] as number) & SOURCE_MASK) === Source.X) {
    const src = e.code.src[slot] as number;
    if (wide) e.get(src);
    else e.get32(src);
  } else if (wide) {
    e.const64(e.code.imm[slot] as number);
  } else {
    e.const32(e.code.imm[slot] as number);
  }
}

/**
 * RFC 9669, section 4.1: x / 0 is 0, x % 0 is x (its low half, zero-extended, on 32 bits); the least number divided
 * by -1 is itself, with remainder 0, where WebAssembly's signed division would trap.
 */
function emitDivision(e: Emitter, slot: number, remainder: boolean, wide: boolean): void {
  const signed = e.code.offset[slot] === 1;
  const op =
    (remainder ? (signed ? Op.I32_REM_S : Op.I32_REM_U) : signed ? Op.I32_DIV_S : Op.I32_DIV_U) +
    (wide ? ARITHMETIC_TO_64 : 0);
  const constant = ((e.code.opcode[slot] as number) & SOURCE_MASK) === Source.K;
  const divide = (): void => {
    first(e, slot, wide);
    operand(e, slot, wide);
    e.op(op);
  };
  if (constant) divideByConstant(e, slot, e.code.imm[slot] as number, { remainder, signed, wide, divide });
  else divideByRegister(e, slot, { remainder, signed, wide, divide });
  if (wide) e.set(e.code.dst[slot] as number);
  else e.setFrom32(e.code.dst[slot] as number);
}

interface Division {
  readonly remainder: boolean;
  readonly signed: boolean;
  readonly wide: boolean;
  readonly divide: () => void;
}

function divideByConstant(
  e: Emitter,
  slot: number,
  divisor: number,
  { remainder, signed, wide, divide }: Division,
): void {
  if (divisor === 0) {
    if (remainder) first(e, slot, wide);
    else zero(e, wide);
  } else if (signed && divisor === -1 && !remainder) {
    negated(e, slot, wide);
  } else {
    divide();
  }
}

function divideByRegister(e: Emitter, slot: number, { remainder, signed, wide, divide }: Division): void {
  const type = wide ? Type.I64 : Type.I32;
  operand(e, slot, wide);
  e.op(wide ? Op.I64_EQZ : Op.I32_EQZ);
  e.out.u8x2(Op.IF, type);
  if (remainder) first(e, slot, wide);
  else zero(e, wide);
  e.op(Op.ELSE);
  if (signed && !remainder) {
    operand(e, slot, wide);
    if (wide) e.const64(-1);
    else e.const32(-1);
    e.op(wide ? Op.I64_EQ : Op.I32_EQ);
    e.out.u8x2(Op.IF, type);
    negated(e, slot, wide);
    e.op(Op.ELSE);
    divide();
    e.op(Op.END);
  } else {
    divide();
  }
  e.op(Op.END);
}

function first(e: Emitter, slot: number, wide: boolean): void {
  if (wide) e.get(e.code.dst[slot] as number);
  else e.get32(e.code.dst[slot] as number);
}

function zero(e: Emitter, wide: boolean): void {
  if (wide) e.const64(0);
  else e.const32(0);
}

function negated(e: Emitter, slot: number, wide: boolean): void {
  zero(e, wide);
  first(e, slot, wide);
  e.op(wide ? Op.I64_SUB : Op.I32_SUB);
}

export function emitNegation(e: Emitter, slot: number): void {
  const wide = ((e.code.opcode[slot] as number) & CLASS_MASK) === Class.ALU64;
  negated(e, slot, wide);
  if (wide) e.set(e.code.dst[slot] as number);
  else e.setFrom32(e.code.dst[slot] as number);
}

export function emitMove(e: Emitter, slot: number): void {
  const opcode = e.code.opcode[slot] as number;
  const wide = (opcode & CLASS_MASK) === Class.ALU64;
  if ((opcode & SOURCE_MASK) === Source.K)
    moveConstant(e, e.code.dst[slot] as number, e.code.imm[slot] as number, wide);
  else if (e.code.offset[slot] !== 0) signExtend(e, slot, wide);
  else if (wide) moveRegister(e, e.code.dst[slot] as number, e.code.src[slot] as number);
  else {
    e.get32(e.code.src[slot] as number);
    e.setFrom32(e.code.dst[slot] as number);
  }
}

function moveConstant(e: Emitter, dst: number, imm: number, wide: boolean): void {
  if (wide) e.const64(imm);
  else e.constU64(imm);
  if (wide && imm < 0) {
    e.set(dst);
    return;
  }
  e.values.setConstant(dst, imm);
  e.setLocal(e.locals.registers[dst] as number);
}

function moveRegister(e: Emitter, dst: number, src: number): void {
  e.get(src);
  e.values.copy(dst, src);
  e.setLocal(e.locals.registers[dst] as number);
}

function signExtend(e: Emitter, slot: number, wide: boolean): void {
  const bits = e.code.offset[slot];
  if (wide) {
    e.get(e.code.src[slot] as number);
    e.op(bits === 8 ? Op.I64_EXTEND8_S : bits === 16 ? Op.I64_EXTEND16_S : Op.I64_EXTEND32_S);
    e.set(e.code.dst[slot] as number);
  } else {
    e.get32(e.code.src[slot] as number);
    e.op(bits === 8 ? Op.I32_EXTEND8_S : Op.I32_EXTEND16_S);
    e.setFrom32(e.code.dst[slot] as number);
  }
}

/** Byte order: memory is little-endian, so `le` only cuts and `be` is a swap. */
export function emitByteOrder(e: Emitter, slot: number): void {
  const opcode = e.code.opcode[slot] as number;
  const dst = e.code.dst[slot] as number;
  const bits = e.code.imm[slot];
  const swap = (opcode & CLASS_MASK) === Class.ALU64 || (opcode & SOURCE_MASK) === Source.X;
  if (bits === 64) {
    if (swap) swap64(e, dst);
    return;
  }
  e.get32(dst);
  if (swap) {
    e.setLocal(e.locals.narrow);
    swap32(e, bits === 16);
  } else if (bits === 16) {
    e.const32(0xffff);
    e.op(Op.I32_AND);
  }
  e.setFrom32(dst);
}

/** The bytes of `narrow` in opposite order; for 16 bits the upper two of them, which were the lower two. */
function swap32(e: Emitter, half: boolean): void {
  maskedRotation(e, Op.I32_ROTL, 0x00ff00ff);
  maskedRotation(e, Op.I32_ROTR, 0xff00ff00 | 0);
  e.op(Op.I32_OR);
  if (!half) return;
  e.const32(16);
  e.op(Op.I32_SHR_U);
}

function maskedRotation(e: Emitter, rotate: number, mask: number): void {
  e.getLocal(e.locals.narrow);
  e.const32(8);
  e.op(rotate);
  e.const32(mask);
  e.op(Op.I32_AND);
}

/** Swap neighbouring bytes, then neighbouring halves, then the words. */
function swap64(e: Emitter, dst: number): void {
  e.get(dst);
  swapNeighbours(e, 8, 0x00ff00ff);
  swapNeighbours(e, 16, 0x0000ffff);
  e.const64(32);
  e.op(Op.I64_ROTL);
  e.set(dst);
}

function swapNeighbours(e: Emitter, bits: number, mask: number): void {
  const { wide } = e.locals;
  e.teeLocal(wide);
  e.constHalves(mask, mask);
  e.op(Op.I64_AND);
  e.const64(bits);
  e.op(Op.I64_SHL);
  e.getLocal(wide);
  e.const64(bits);
  e.op(Op.I64_SHR_U);
  e.constHalves(mask, mask);
  e.op(Op.I64_AND);
  e.op(Op.I64_OR);
}
