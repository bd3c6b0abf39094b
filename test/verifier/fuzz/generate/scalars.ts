/** Numbers in registers: arithmetic, ranges, copies that are compared in each other's stead. */
import { bound } from './bound.js';
import { INTERESTING, LOAD } from './fields.js';
import { callLookup, nullCheck } from './lookups.js';
import type { Pen } from './pen.js';

const OPERATIONS = [0x00, 0x10, 0x20, 0x40, 0x50, 0x60, 0x70, 0xa0, 0xc0, 0x30, 0x90, 0x80, 0xb0, 0xd0, 0x50, 0x00];

export function arithmetic(pen: Pen): void {
  const { random: r } = pen;
  const count = r.between(1, 4);
  for (let i = 0; i < count; i++) {
    const dst = pen.scalar();
    const kind = r.chance(40) ? 4 : 7;
    operate(pen, kind, r.pick(OPERATIONS), dst);
    pen.held[dst] = 'scalar';
  }
}

/** `kind`: the class, 4 for 32 bits and 7 for 64. */
export function operate(pen: Pen, kind: number, operation: number, dst: number): void {
  const { code, random: r } = pen;
  const opcode = kind | operation;
  const shift = operation === 0x60 || operation === 0x70 || operation === 0xc0;
  const division = operation === 0x30 || operation === 0x90;
  if (operation === 0x80) {
    code.emit(opcode, dst);
  } else if (operation === 0xd0) {
    code.emit(r.pick([0xd4, 0xdc, 0xd7]), dst, 0, 0, r.pick([16, 32, 64]));
  } else if (operation === 0xb0 && r.chance(50)) {
    code.emit(opcode | 8, dst, pen.scalar(), kind === 7 ? r.pick([0, 8, 16, 32]) : r.pick([0, 8, 16]));
  } else if (!shift && r.chance(35)) {
    code.emit(opcode | 8, dst, pen.scalar(), division && r.chance(30) ? 1 : 0);
  } else {
    const imm = shift ? r.below(kind === 7 ? 64 : 32) : r.chance(60) ? r.pick(INTERESTING) : r.below(256);
    const zero = division && imm === 0;
    code.emit(opcode, dst, 0, 0, zero && !r.chance(5) ? 3 : imm);
  }
}

export function checkedScalar(pen: Pen): void {
  const register = pen.scalar();
  bound(pen, register, pen.near(pen.random.pick([0, 1, 3, 7, 8, 15, 16, 31, 40, 47, 63, 255])));
}

/** Copies of a scalar, one of them compared, one of them (the same or not) used as an index. */
export function linked(pen: Pen): void {
  const { code, random: r } = pen;
  const source = pen.scalar();
  const copy = pen.keptExcept(source);
  code.emit(r.chance(85) ? 0xbf : 0xbc, copy, source, 0, 0);
  if (r.chance(45)) code.emit(0x07, copy, 0, 0, r.pick([1, 2, 4, 8, -1, 16]));
  pen.held[copy] = 'scalar';
  bound(pen, r.chance(50) ? source : copy, r.pick([3, 7, 15, 16, 31]));
  const index = r.chance(60) ? copy : source;
  callLookup(pen, 'array');
  nullCheck(pen, 0, 97);
  code.emit(0x0f, 0, index);
  code.emit(LOAD[pen.size()], 3, 0, r.pick([0, 0, 8, 16, 30]));
}
