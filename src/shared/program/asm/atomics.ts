import { Atomic, Class, Mode, Size } from '../insn/opcodes.js';
import type { Cursor, RegisterName } from './cursor.js';
import { type AccessType, type Address, takeAddress, takeBareAddress, takeType } from './operand.js';
import { plain, type Statement } from './statement.js';

const OPERATORS = new Map<string, number>([
  ['+=', Atomic.ADD],
  ['|=', Atomic.OR],
  ['&=', Atomic.AND],
  ['^=', Atomic.XOR],
]);

const FETCHES = new Map<string, number>([
  ['atomic_fetch_add', Atomic.ADD | Atomic.FETCH],
  ['atomic_fetch_or', Atomic.OR | Atomic.FETCH],
  ['atomic_fetch_and', Atomic.AND | Atomic.FETCH],
  ['atomic_fetch_xor', Atomic.XOR | Atomic.FETCH],
]);

const EXCHANGE = /^(xchg|cmpxchg)(_64|32_32)?$/;

/** `lock *(u64 *)(r1 + 0) += r2`, behind `lock`. The register may be written with `r` or, for 32 bits, `w`. */
export function takeLocked(cursor: Cursor): Statement {
  cursor.expect('*');
  const size = takeWide(cursor);
  const address = takeAddress(cursor);
  const imm = OPERATORS.get(cursor.token.text);
  if (imm === undefined) cursor.fail('"+=", "|=", "&=" or "^="');
  cursor.advance();
  return atomic(size, address, imm, takeValue(cursor, size));
}

/** `store_release((u64 *)(r1 + 0), r2)`, behind its name. */
export function takeStoreRelease(cursor: Cursor): Statement {
  cursor.expect('(');
  const type = takeType(cursor);
  const address = takeAddress(cursor);
  cursor.expect(',');
  const src = takeValue(cursor, type);
  cursor.expect(')');
  return atomic(type, address, Atomic.STORE_RELEASE, src);
}

/** The operations behind `r2 =` that give the old value, or null if none stands here. */
export function takeFetching(cursor: Cursor, to: RegisterName): Statement | null {
  const name = cursor.token.text;
  if (!cursor.is('(', 1)) return null;
  const fetch = FETCHES.get(name);
  const exchange = EXCHANGE.exec(name);
  if (fetch === undefined && exchange === null && name !== 'load_acquire') return null;
  cursor.advance();
  cursor.expect('(');
  const statement = name === 'load_acquire' ? loadAcquire(cursor, to) : exchangeOrFetch(cursor, to, fetch, exchange);
  cursor.expect(')');
  return statement;
}

function loadAcquire(cursor: Cursor, to: RegisterName): Statement {
  const { size } = takeType(cursor);
  const { register, offset } = takeAddress(cursor);
  const opcode = Class.STX | Mode.ATOMIC | size;
  return plain({ opcode, dst: to.number, src: register, offset, imm: Atomic.LOAD_ACQUIRE });
}

function exchangeOrFetch(
  cursor: Cursor,
  to: RegisterName,
  fetch: number | undefined,
  exchange: RegExpExecArray | null,
): Statement {
  const suffix = exchange?.[2];
  const type = suffix === undefined ? takeWide(cursor) : suffix === '_64' ? QUAD : WORD;
  const address = suffix === undefined ? takeAddress(cursor) : takeBareAddress(cursor);
  cursor.expect(',');
  if (exchange?.[1] === 'cmpxchg') {
    if (to.number !== 0) cursor.fail('r0 or w0 on the left: cmpxchg compares with it and gives the old value in it');
    expectRegister(cursor, 0, type);
    cursor.expect(',');
    return atomic(type, address, Atomic.CMPXCHG, takeValue(cursor, type));
  }
  expectRegister(cursor, to.number, type);
  return atomic(type, address, fetch ?? Atomic.XCHG, to.number);
}

const QUAD: AccessType = { size: Size.DW, bytes: 8, signed: false };
const WORD: AccessType = { size: Size.W, bytes: 4, signed: false };

/** A type that atomic read-modify-write takes: u32 or u64. */
function takeWide(cursor: Cursor): AccessType {
  const token = cursor.peek(1);
  const type = takeType(cursor);
  if (type.signed || type.bytes < 4) cursor.fail('u32 or u64', token);
  return type;
}

function takeValue(cursor: Cursor, { bytes }: AccessType): number {
  const token = cursor.token;
  const { number, narrow } = cursor.takeRegister();
  if (narrow && bytes === 8) cursor.fail(`a 64-bit register (r${number})`, token);
  return number;
}

/** The operand must be the register on the left, whose old value it gives way to. */
function expectRegister(cursor: Cursor, number: number, type: AccessType): void {
  const token = cursor.token;
  if (takeValue(cursor, type) !== number) cursor.fail(`r${number} or w${number}, the register on the left`, token);
}

function atomic({ size }: AccessType, address: Address, imm: number, src: number): Statement {
  return plain({ opcode: Class.STX | Mode.ATOMIC | size, dst: address.register, src, offset: address.offset, imm });
}
