import { Class, Mode, Size } from '../insn/opcodes.js';
import type { Cursor } from './cursor.js';

/** A type as in `*(u32 *)`. */
export interface AccessType {
  readonly size: number;
  readonly signed: boolean;
  readonly bytes: number;
}

/** `(r1 + 4)`. */
export interface Address {
  readonly register: number;
  readonly offset: number;
}

const SIZES = new Map([
  ['8', { size: Size.B, bytes: 1 }],
  ['16', { size: Size.H, bytes: 2 }],
  ['32', { size: Size.W, bytes: 4 }],
  ['64', { size: Size.DW, bytes: 8 }],
]);

/** `(u32 *)`: the type in front of an address. */
export function takeType(cursor: Cursor): AccessType {
  cursor.expect('(');
  const match = /^([us])(8|16|32|64)$/.exec(cursor.token.text);
  const size = SIZES.get(match?.[2] ?? '');
  if (match === null || size === undefined) cursor.fail('a type (u8, u16, u32, u64, s8, s16 or s32)');
  cursor.advance();
  cursor.expect('*', ')');
  return { ...size, signed: match[1] === 's' };
}

/** `r1 + 4` without its parentheses. */
export function takeBareAddress(cursor: Cursor): Address {
  return { register: cursor.takeOperand(false), offset: cursor.takeDisplacement() };
}

export function takeAddress(cursor: Cursor): Address {
  cursor.expect('(');
  const address = takeBareAddress(cursor);
  cursor.expect(')');
  return address;
}

/** The 32-bit immediate of an operation that sign-extends it to 64 bits, or of one on 32 bits, which may be written unsigned. */
export function takeImmediate(cursor: Cursor, narrow: boolean): number {
  const most = narrow ? 0xffff_ffffn : 0x7fff_ffffn;
  return Number(BigInt.asIntN(32, cursor.takeInteger(-0x8000_0000n, most)));
}

/** Opcode of a load. */
export function loadOpcode({ size, signed }: AccessType): number {
  return Class.LDX | (signed ? Mode.MEMSX : Mode.MEM) | size;
}
