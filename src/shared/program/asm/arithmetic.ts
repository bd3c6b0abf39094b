import { instruction } from '../insn/instruction.js';
import { Alu, Class, Source } from '../insn/opcodes.js';
import type { Cursor, RegisterName } from './cursor.js';
import { takeImmediate } from './operand.js';
import { plain, type Statement } from './statement.js';

/** Operation and offset field (1: the signed form) of `r1 OP= …`. */
const ASSIGNMENTS: ReadonlyMap<string, { code: number; offset: number }> = new Map([
  ['+=', { code: Alu.ADD, offset: 0 }],
  ['-=', { code: Alu.SUB, offset: 0 }],
  ['*=', { code: Alu.MUL, offset: 0 }],
  ['/=', { code: Alu.DIV, offset: 0 }],
  ['s/=', { code: Alu.DIV, offset: 1 }],
  ['%=', { code: Alu.MOD, offset: 0 }],
  ['s%=', { code: Alu.MOD, offset: 1 }],
  ['|=', { code: Alu.OR, offset: 0 }],
  ['&=', { code: Alu.AND, offset: 0 }],
  ['^=', { code: Alu.XOR, offset: 0 }],
  ['<<=', { code: Alu.LSH, offset: 0 }],
  ['>>=', { code: Alu.RSH, offset: 0 }],
  ['s>>=', { code: Alu.ARSH, offset: 0 }],
]);

const SWAP = /^(le|be|bswap)(16|32|64)$/;
const EXTENSION = /^s(8|16|32)$/;

/** `r1 += …`, or null if no such operator stands here. */
export function takeAssignment(cursor: Cursor, to: RegisterName): Statement | null {
  const operation = cursor.token.kind === 'mark' ? ASSIGNMENTS.get(cursor.token.text) : undefined;
  if (operation === undefined) return null;
  cursor.advance();
  return operate(cursor, to, operation.code, operation.offset);
}

/** What stands behind `r1 =` when it is no load, call or 64-bit immediate: a move, negation, byte swap or sign extension. */
export function takeMove(cursor: Cursor, to: RegisterName): Statement {
  const { number: dst, narrow } = to;
  if (cursor.is('-') && cursor.atRegister(1)) {
    cursor.advance();
    sameRegister(cursor, to);
    return plain({ opcode: aluClass(narrow) | Alu.NEG, dst });
  }
  if (cursor.is('(')) {
    cursor.advance();
    const bits = EXTENSION.exec(cursor.token.text)?.[1];
    if (bits === undefined || (narrow && bits === '32')) cursor.fail(narrow ? 's8 or s16' : 's8, s16 or s32');
    cursor.advance();
    cursor.expect(')');
    return plain({
      opcode: aluClass(narrow) | Alu.MOV | Source.X,
      dst,
      src: cursor.takeOperand(narrow),
      offset: Number(bits),
    });
  }
  const swap = SWAP.exec(cursor.token.text);
  if (swap !== null && cursor.atRegister(1)) return takeSwap(cursor, to, swap[1] as string, Number(swap[2]));
  return operate(cursor, to, Alu.MOV, 0);
}

function takeSwap(cursor: Cursor, to: RegisterName, form: string, bits: number): Statement {
  cursor.advance();
  sameRegister(cursor, to);
  const opcode = form === 'bswap' ? Class.ALU64 | Alu.END : Class.ALU | Alu.END | (form === 'be' ? Source.X : Source.K);
  return plain({ opcode, dst: to.number, imm: bits });
}

function operate(cursor: Cursor, { number: dst, narrow }: RegisterName, code: number, offset: number): Statement {
  const opcode = aluClass(narrow) | code;
  if (cursor.atRegister())
    return { insn: instruction({ opcode: opcode | Source.X, dst, src: cursor.takeOperand(narrow), offset }) };
  if (!cursor.atNumber()) cursor.fail('a register or a number');
  return plain({ opcode, dst, imm: takeImmediate(cursor, narrow), offset });
}

/** These operations have one register, which stands on both sides. */
function sameRegister(cursor: Cursor, to: RegisterName): void {
  const token = cursor.token;
  const from = cursor.takeRegister();
  const name = `${to.narrow ? 'w' : 'r'}${to.number}`;
  if (from.number !== to.number || from.narrow !== to.narrow)
    cursor.fail(`"${name}", the register it is assigned to`, token);
}

function aluClass(narrow: boolean): number {
  return narrow ? Class.ALU : Class.ALU64;
}
