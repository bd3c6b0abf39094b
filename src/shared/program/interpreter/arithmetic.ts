/** ALU and ALU64 instructions (RFC 9669, section 4). Registers are unsigned 64-bit numbers. */
import type { Instruction } from '../insn/instruction.js';
import { Alu, Class, CLASS_MASK, CODE_MASK, Source, SOURCE_MASK } from '../insn/opcodes.js';

const MASK64 = 0xffff_ffff_ffff_ffffn;

/** The new value of the destination register; `source` is the register or the sign-extended immediate. Undefined: no such instruction. */
export function arithmetic(insn: Instruction, dst: bigint, source: bigint): bigint | undefined {
  const code = insn.opcode & CODE_MASK;
  if (code === Alu.END) return swap(insn, dst);
  if ((insn.opcode & CLASS_MASK) === Class.ALU64) return arithmetic64(code, insn.offset, dst, source);
  const result = arithmetic32(code, insn.offset, Number(dst & 0xffff_ffffn), Number(source & 0xffff_ffffn));
  return result === undefined ? undefined : BigInt(result >>> 0);
}

/** Immediates are sign-extended to 64 bits. */
export function operand(insn: Instruction, registers: readonly bigint[]): bigint {
  if ((insn.opcode & SOURCE_MASK) === Source.X) return registers[insn.src] as bigint;
  return BigInt(insn.imm) & MASK64;
}

function arithmetic64(code: number, offset: number, a: bigint, b: bigint): bigint | undefined {
  switch (code) {
    case Alu.ADD:
      return (a + b) & MASK64;
    case Alu.SUB:
      return (a - b) & MASK64;
    case Alu.MUL:
      return (a * b) & MASK64;
    case Alu.DIV:
      return offset === 1 ? signedDivide(a, b) : b === 0n ? 0n : a / b;
    case Alu.MOD:
      return offset === 1 ? signedModulo(a, b) : b === 0n ? a : a % b;
    case Alu.OR:
      return a | b;
    case Alu.AND:
      return a & b;
    case Alu.XOR:
      return a ^ b;
    case Alu.LSH:
      return (a << (b & 63n)) & MASK64;
    case Alu.RSH:
      return a >> (b & 63n);
    case Alu.ARSH:
      return (BigInt.asIntN(64, a) >> (b & 63n)) & MASK64;
    case Alu.NEG:
      return -a & MASK64;
    case Alu.MOV:
      return offset === 0 ? b : BigInt.asIntN(offset, b) & MASK64;
    default:
      return undefined;
  }
}

/** −2⁶³ / −1 is −2⁶³. */
function signedDivide(a: bigint, b: bigint): bigint {
  return b === 0n ? 0n : (BigInt.asIntN(64, a) / BigInt.asIntN(64, b)) & MASK64;
}

function signedModulo(a: bigint, b: bigint): bigint {
  return b === 0n ? a : (BigInt.asIntN(64, a) % BigInt.asIntN(64, b)) & MASK64;
}

function arithmetic32(code: number, offset: number, a: number, b: number): number | undefined {
  switch (code) {
    case Alu.ADD:
      return a + b;
    case Alu.SUB:
      return a - b;
    case Alu.MUL:
      return Math.imul(a, b);
    case Alu.DIV:
      if (b === 0) return 0;
      return offset === 1 ? (a | 0) / (b | 0) : Math.floor(a / b);
    case Alu.MOD:
      if (b === 0) return a;
      return offset === 1 ? (a | 0) % (b | 0) : a % b;
    case Alu.OR:
      return a | b;
    case Alu.AND:
      return a & b;
    case Alu.XOR:
      return a ^ b;
    case Alu.LSH:
      return a << (b & 31);
    case Alu.RSH:
      return a >>> (b & 31);
    case Alu.ARSH:
      return (a | 0) >> (b & 31);
    case Alu.NEG:
      return -a;
    case Alu.MOV:
      return offset === 0 ? b : (b << (32 - offset)) >> (32 - offset);
    default:
      return undefined;
  }
}

/** Class ALU: to little-endian (K) or big-endian (X); class ALU64: swap. The immediate is the width, the rest is cut off. */
function swap(insn: Instruction, value: bigint): bigint | undefined {
  const width = insn.imm;
  if (width !== 16 && width !== 32 && width !== 64) return undefined;
  const cut = BigInt.asUintN(width, value);
  const swaps = (insn.opcode & CLASS_MASK) === Class.ALU64 || (insn.opcode & SOURCE_MASK) === Source.X;
  if (!swaps) return cut;
  let result = 0n;
  for (let bit = 0n; bit < BigInt(width); bit += 8n) result = (result << 8n) | ((cut >> bit) & 0xffn);
  return result;
}
