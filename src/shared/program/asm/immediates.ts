import { loadImmediate } from '../insn/instruction.js';
import { Opcode, Pseudo } from '../insn/opcodes.js';
import type { Cursor } from './cursor.js';
import { type Names, plain, type Statement } from './statement.js';

const LEAST = -(1n << 63n);
const MOST = (1n << 64n) - 1n;

/** `r1 = 5 ll`, `map[name] ll`, `map[name][0] + 8 ll`, `func[label] ll`, `btf[id] ll`, behind `r1 =`; null if none stands here. */
export function takeLoadImmediate(cursor: Cursor, dst: number, names: Names): Statement | null {
  if (cursor.atNumber()) return takeConstant(cursor, dst);
  if (!cursor.is('[', 1)) return null;
  switch (cursor.token.text) {
    case 'map':
      return takeMap(cursor, dst, names);
    case 'func':
      return takeFunction(cursor, dst);
    case 'btf':
      return takeTypeId(cursor, dst);
    default:
      return null;
  }
}

/** A number is a 64-bit immediate only if `ll` follows; otherwise nothing is taken. */
function takeConstant(cursor: Cursor, dst: number): Statement | null {
  const signed = cursor.is('-') || cursor.is('+');
  if (!cursor.is('ll', signed ? 2 : 1)) return null;
  const value = cursor.takeInteger(LEAST, MOST);
  cursor.expect('ll');
  return { insn: loadImmediate(dst, value) };
}

/** `map[name]`, `map[fd:5]` (a descriptor) or `map[idx:2]` (an index into fd_array), each with `[0] + offset` for the value area. */
function takeMap(cursor: Cursor, dst: number, names: Names): Statement {
  cursor.advance();
  cursor.expect('[');
  const indexed = cursor.is('idx') && cursor.is(':', 1);
  const imm = takeMapNumber(cursor, names);
  cursor.expect(']');
  const src = indexed ? Pseudo.MAP_INDEX : Pseudo.MAP_FD;
  if (!cursor.accept('[')) {
    cursor.expect('ll');
    return plain({ opcode: Opcode.LOAD_IMMEDIATE, dst, src, imm });
  }
  cursor.expect('0', ']');
  const offset = cursor.accept('+') ? cursor.takeInteger(0n, 0xffff_ffffn, 'an offset') : 0n;
  cursor.expect('ll');
  const valueSource = indexed ? Pseudo.MAP_INDEX_VALUE : Pseudo.MAP_VALUE;
  return plain({
    opcode: Opcode.LOAD_IMMEDIATE,
    dst,
    src: valueSource,
    imm,
    immHigh: Number(BigInt.asIntN(32, offset)),
  });
}

function takeMapNumber(cursor: Cursor, names: Names): number {
  if ((cursor.is('fd') || cursor.is('idx')) && cursor.is(':', 1)) {
    cursor.advance();
    cursor.expect(':');
    return Number(cursor.takeInteger(-0x8000_0000n, 0x7fff_ffffn, 'a descriptor'));
  }
  const known =
    names.mapNames.length > 0
      ? `one of the maps ${names.mapNames.join(', ')}`
      : 'fd:NUMBER or idx:NUMBER, since no maps were given';
  const number = cursor.token.kind === 'word' ? names.map(cursor.token.text) : undefined;
  if (number === undefined) cursor.fail(known);
  cursor.advance();
  return number;
}

/** `func[label]`, or `func[+3]` relative to the next slot but one, as the immediate has it. */
function takeFunction(cursor: Cursor, dst: number): Statement {
  cursor.advance();
  cursor.expect('[');
  const insn = { opcode: Opcode.LOAD_IMMEDIATE, dst, src: Pseudo.FUNCTION };
  if (cursor.atNumber()) {
    const imm = Number(cursor.takeInteger(-0x8000_0000n, 0x7fff_ffffn, 'a distance'));
    cursor.expect(']', 'll');
    return plain({ ...insn, imm });
  }
  const label = cursor.takeWord('a label');
  cursor.expect(']', 'll');
  return { ...plain(insn), label, fixup: 'address' };
}

/** `btf[id] ll` or `btf[id, fd] ll`: a variable of the kernel, which the library refuses at load. */
function takeTypeId(cursor: Cursor, dst: number): Statement {
  cursor.advance();
  cursor.expect('[');
  const imm = Number(cursor.takeInteger(-0x8000_0000n, 0x7fff_ffffn, 'a type id'));
  const immHigh = cursor.accept(',') ? Number(cursor.takeInteger(-0x8000_0000n, 0x7fff_ffffn, 'a descriptor')) : 0;
  cursor.expect(']', 'll');
  return plain({ opcode: Opcode.LOAD_IMMEDIATE, dst, src: Pseudo.BTF_ID, imm, immHigh });
}
