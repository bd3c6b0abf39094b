/** ALU and ALU64 statements: every operation, by immediate and by register. */
import { Alu, Class, Opcode, Source } from '#dist/shared/program/insn/opcodes.js';
import type { Generator } from './generate.js';

const BINARY = [
  Alu.ADD,
  Alu.SUB,
  Alu.MUL,
  Alu.DIV,
  Alu.OR,
  Alu.AND,
  Alu.LSH,
  Alu.RSH,
  Alu.MOD,
  Alu.XOR,
  Alu.ARSH,
  Alu.MOV,
];
const SHIFTS: readonly number[] = [Alu.LSH, Alu.RSH, Alu.ARSH];
const DIVISIONS: readonly number[] = [Alu.DIV, Alu.MOD];

export function arithmetic(generator: Generator): void {
  const { code, random } = generator;
  const kind = random.pick([Class.ALU, Class.ALU64]);
  const choice = random.below(14);
  if (choice === 0) {
    swap(generator);
    return;
  }
  if (choice === 1) {
    code.emit({ opcode: kind | Alu.NEG, dst: operand(generator) });
    return;
  }
  if (choice === 2) {
    loadWide(generator);
    return;
  }
  const operation = random.pick(BINARY);
  const byRegister = random.chance(0.5);
  const src = byRegister ? generator.scalar() : 0;
  const dst = operation === Alu.MOV ? generator.target() : operand(generator);
  const imm = byRegister ? 0 : immediate(generator, operation, kind);
  code.emit({
    opcode: kind | operation | (byRegister ? Source.X : Source.K),
    dst,
    src,
    imm,
    offset: variant(generator, operation, kind, byRegister),
  });
}

/** A register that is read and written. */
function operand(generator: Generator): number {
  return generator.scalar();
}

/** Signed division and modulo; sign-extending moves. */
function variant({ random }: Generator, operation: number, kind: number, byRegister: boolean): number {
  if (DIVISIONS.includes(operation)) return random.chance(0.5) ? 1 : 0;
  if (operation !== Alu.MOV || !byRegister || random.chance(0.4)) return 0;
  return random.pick(kind === Class.ALU64 ? [8, 16, 32] : [8, 16]);
}

/** Shifts by a constant stay below the width; a constant divisor is not 0. */
function immediate({ random }: Generator, operation: number, kind: number): number {
  if (SHIFTS.includes(operation)) return random.below(kind === Class.ALU64 ? 64 : 32);
  const imm = random.immediate();
  return DIVISIONS.includes(operation) && imm === 0 ? 3 : imm;
}

function swap(generator: Generator): void {
  const { code, random } = generator;
  const imm = random.pick([16, 32, 64]);
  const opcode = random.pick([Class.ALU | Alu.END | Source.K, Class.ALU | Alu.END | Source.X, Class.ALU64 | Alu.END]);
  code.emit({ opcode, dst: operand(generator), imm });
}

function loadWide(generator: Generator): void {
  const { code, random } = generator;
  const value = random.wide();
  const imm = Number(BigInt.asIntN(32, value));
  code.emit({
    opcode: Opcode.LOAD_IMMEDIATE,
    dst: generator.target(),
    imm,
    immHigh: Number(BigInt.asIntN(32, value >> 32n)),
  });
}
