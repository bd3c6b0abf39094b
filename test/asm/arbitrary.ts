/** Arbitrary valid instructions, by the tables of RFC 9669. Registers are r0–r9 where one is written. */
import fc from 'fast-check';
import { type Instruction, instruction } from '#dist/shared/program/insn/instruction.js';
import { Kind, kindOf } from '#dist/shared/program/insn/kinds.js';
import {
  Alu,
  Atomic,
  Class,
  CLASS_MASK,
  CODE_MASK,
  Mode,
  MODE_MASK,
  Opcode,
  Size,
  SIZE_MASK,
  Source,
  SOURCE_MASK,
} from '#dist/shared/program/insn/opcodes.js';

const register = fc.integer({ min: 0, max: 9 });
const anyRegister = fc.integer({ min: 0, max: 10 });
const offset = fc.integer({ min: -0x8000, max: 0x7fff });
const imm = fc.oneof(
  fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }),
  fc.constantFrom(0, 1, -1, -0x8000_0000, 0x7fff_ffff),
);

const RMW = [Atomic.ADD, Atomic.OR, Atomic.AND, Atomic.XOR].flatMap((code) => [code, code | Atomic.FETCH]);
const WIDE_ATOMICS = [...RMW, Atomic.XCHG, Atomic.CMPXCHG, Atomic.LOAD_ACQUIRE, Atomic.STORE_RELEASE];

/** Every opcode byte that RFC 9669 defines, and may_goto. */
export const OPCODES: readonly number[] = Array.from({ length: 256 }, (_, opcode) => opcode).filter(
  (opcode) => kindOf(opcode) !== Kind.UNKNOWN,
);

export const anyInstruction: fc.Arbitrary<Instruction> = fc.constantFrom(...OPCODES).chain(withOpcode);

/** Helpers that are known and one that is not, functions of the program, functions of the kernel. */
const CALLS: Record<string, fc.Arbitrary<number>>[] = [
  { imm: fc.constantFrom(1, 2, 3, 5, 7, 130, 9999) },
  { src: fc.constant(1), imm },
  { src: fc.constant(2), imm, offset: fc.nat(5) },
];

export function withOpcode(opcode: number): fc.Arbitrary<Instruction> {
  const make = (fields: Record<string, fc.Arbitrary<number>>) =>
    fc.record(fields).map((values) => instruction({ opcode, ...values }));
  const operand: Record<string, fc.Arbitrary<number>> = (opcode & SOURCE_MASK) === Source.X
    ? { src: anyRegister }
    : { imm };
  const code = opcode & CODE_MASK;
  const wide = (opcode & CLASS_MASK) === Class.ALU64;
  switch (kindOf(opcode)) {
    case Kind.ALU:
      return make({ dst: register, ...aluOperand(code, wide, operand) });
    case Kind.MOV:
      if ('imm' in operand) return make({ dst: register, imm });
      return make({ dst: register, src: anyRegister, offset: fc.constantFrom(0, 8, 16, ...(wide ? [32] : [])) });
    case Kind.NEG:
      return make({ dst: register });
    case Kind.END:
      return make({ dst: register, imm: fc.constantFrom(16, 32, 64) });
    case Kind.JUMP:
      return make(opcode === Opcode.MAY_GOTO ? { offset } : { dst: anyRegister, offset, ...operand });
    case Kind.GOTO:
      return make(opcode === Opcode.GOTO ? { offset } : { imm });
    case Kind.CALL:
      return fc.oneof(...CALLS.map(make));
    case Kind.LOAD:
      return make({ dst: register, src: anyRegister, offset });
    case Kind.STORE:
      return make({ dst: anyRegister, src: anyRegister, offset });
    case Kind.STORE_IMMEDIATE:
      return make({ dst: anyRegister, offset, imm });
    case Kind.ATOMIC:
      return make({ dst: register, src: register, offset, imm: fc.constantFrom(...atomics(opcode & SIZE_MASK)) });
    case Kind.LOAD_IMMEDIATE:
      return loadImmediates(opcode);
    case Kind.PACKET_LOAD:
      return make((opcode & MODE_MASK) === Mode.IND ? { src: anyRegister, imm } : { imm });
    default:
      return fc.constant(instruction({ opcode }));
  }
}

function aluOperand(
  code: number,
  wide: boolean,
  operand: Record<string, fc.Arbitrary<number>>,
): Record<string, fc.Arbitrary<number>> {
  if (code === Alu.DIV || code === Alu.MOD) {
    return {
      ...operand,
      ...('imm' in operand ? { imm: imm.map((value) => value || 1) } : {}),
      offset: fc.constantFrom(0, 1),
    };
  }
  const shift = code === Alu.LSH || code === Alu.RSH || code === Alu.ARSH;
  return shift && 'imm' in operand ? { imm: fc.integer({ min: 0, max: wide ? 63 : 31 }) } : operand;
}

function atomics(size: number): readonly number[] {
  return size === Size.W || size === Size.DW ? WIDE_ATOMICS : [Atomic.LOAD_ACQUIRE, Atomic.STORE_RELEASE];
}

function loadImmediates(opcode: number): fc.Arbitrary<Instruction> {
  const kind = (src: number, high: fc.Arbitrary<number>) =>
    fc.record({ dst: register, imm, immHigh: high }).map((fields) => instruction({ opcode, src, ...fields }));
  const none = fc.constant(0);
  return fc.oneof(kind(0, imm), kind(1, none), kind(2, imm), kind(3, imm), kind(4, none), kind(5, none), kind(6, imm));
}
