import { Class, Mode, Opcode, Source } from '../insn/opcodes.js';
import { takeAssignment, takeMove } from './arithmetic.js';
import { takeFetching, takeLocked, takeStoreRelease } from './atomics.js';
import { takeCall, takeGoto, takeIf, takeLongGoto } from './control.js';
import type { Cursor, RegisterName } from './cursor.js';
import { takeLoadImmediate } from './immediates.js';
import { type AccessType, loadOpcode, takeAddress, takeImmediate, takeType } from './operand.js';
import { type Names, plain, type Statement } from './statement.js';

const EXPECTED =
  'a label, a register, "*(", "if", "goto", "gotol", "may_goto", "call", "exit", "lock" or "store_release"';

/** One statement: a whole line without its label. */
export function takeStatement(cursor: Cursor, names: Names): Statement {
  const statement = dispatch(cursor, names);
  cursor.expectEnd();
  return statement;
}

function dispatch(cursor: Cursor, names: Names): Statement {
  if (cursor.atRegister()) return takeRegisterStatement(cursor, names);
  if (cursor.is('*')) return takeStore(cursor);
  const token = cursor.advance();
  switch (token.text) {
    case 'if':
      return takeIf(cursor);
    case 'goto':
      return takeGoto(cursor, Opcode.GOTO);
    case 'may_goto':
      return takeGoto(cursor, Opcode.MAY_GOTO);
    case 'gotol':
      return takeLongGoto(cursor);
    case 'call':
      return takeCall(cursor, names);
    case 'exit':
      return plain({ opcode: Opcode.EXIT });
    case 'lock':
      return takeLocked(cursor);
    case 'store_release':
      return takeStoreRelease(cursor);
    default:
      return cursor.fail(EXPECTED, token);
  }
}

function takeRegisterStatement(cursor: Cursor, names: Names): Statement {
  const to = cursor.takeRegister();
  const assignment = takeAssignment(cursor, to);
  if (assignment !== null) return assignment;
  if (!cursor.accept('=')) cursor.fail('"=" or an operator such as "+="');
  if (cursor.is('*')) return takeLoad(cursor, to);
  const fetching = takeFetching(cursor, to);
  if (fetching !== null) return fetching;
  const immediate = to.narrow ? null : takeLoadImmediate(cursor, to.number, names);
  return immediate ?? takeMove(cursor, to);
}

function takeLoad(cursor: Cursor, to: RegisterName): Statement {
  cursor.expect('*');
  const typeToken = cursor.peek(1);
  const type = takeType(cursor);
  if (cursor.is('skb')) return takePacketLoad(cursor, to, type);
  if (type.signed && type.bytes === 8) cursor.fail('u64: there is nothing to extend', typeToken);
  const { register, offset } = takeAddress(cursor);
  return plain({ opcode: loadOpcode(type), dst: to.number, src: register, offset });
}

/** `r0 = *(u32 *)skb[20]` or `skb[r1 + 4]`. */
function takePacketLoad(cursor: Cursor, to: RegisterName, type: AccessType): Statement {
  if (to.number !== 0 || type.signed || type.bytes === 8)
    cursor.fail('r0 = *(u8 *), *(u16 *) or *(u32 *) in front of skb');
  cursor.expect('skb', '[');
  if (cursor.atRegister()) {
    const src = cursor.takeOperand(false);
    const imm = cursor.is('+') || cursor.is('-') ? takeImmediate(cursor, false) : 0;
    cursor.expect(']');
    return plain({ opcode: Class.LD | Mode.IND | type.size, src, imm });
  }
  const imm = takeImmediate(cursor, false);
  cursor.expect(']');
  return plain({ opcode: Class.LD | Mode.ABS | type.size, imm });
}

/** `*(u32 *)(r10 - 4) = r1`, or a number. */
function takeStore(cursor: Cursor): Statement {
  cursor.expect('*');
  const typeToken = cursor.peek(1);
  const { size, bytes, signed } = takeType(cursor);
  if (signed) cursor.fail('an unsigned type: stores do not extend', typeToken);
  const { register: dst, offset } = takeAddress(cursor);
  cursor.expect('=');
  if (cursor.atRegister()) {
    const token = cursor.token;
    const { number: src, narrow } = cursor.takeRegister();
    if (narrow && bytes === 8) cursor.fail(`a 64-bit register (r${src})`, token);
    return plain({ opcode: Class.STX | Mode.MEM | size, dst, src, offset });
  }
  if (!cursor.atNumber()) cursor.fail('a register or a number');
  return plain({ opcode: Class.ST | Mode.MEM | size | Source.K, dst, offset, imm: takeImmediate(cursor, bytes < 8) });
}
