/** Values of maps: found, touched at fixed and at variable offsets, changed atomically. */
import { bound } from './bound.js';
import { LOAD, LOAD_SIGNED, type Size, STORE, STORE_IMM } from './fields.js';
import { callLookup, key, nullCheck, valueSize } from './lookups.js';
import { EXIT, type Pen } from './pen.js';

export function lookup(pen: Pen): void {
  const { code, random: r } = pen;
  const map = r.pick(['array', 'hash', 'small', 'percpu', 'lru', 'readonly', 'writeonly', 'array', 'hash']);
  callLookup(pen, map);
  const copy = r.chance(60);
  const target = copy ? pen.kept() : 0;
  if (copy && r.chance(40)) code.emit(0xbf, target, 0);
  nullCheck(pen, 0);
  if (copy) code.emit(0xbf, target, 0);
  pen.holdValue(target, valueSize(map));
  touchValue(pen, target);
}

/** Access a value near its end as a rule. */
export function touchValue(pen: Pen, pointer: number): void {
  const { random: r } = pen;
  const room = pen.room[pointer] ?? 8;
  const count = r.between(1, 2);
  for (let i = 0; i < count; i++) {
    const size = pen.size();
    const last = Math.max(0, room - size);
    const offset = pen.near(r.chance(40) ? last : r.below(last + 1), 6);
    access(pen, pointer, offset, size);
  }
}

function access(pen: Pen, pointer: number, offset: number, size: Size): void {
  const { code, random: r } = pen;
  switch (r.below(4)) {
    case 0:
      code.emit(STORE_IMM[size], pointer, 0, offset, r.below(100));
      return;
    case 1:
      code.emit(STORE[size], pointer, pen.scalar(), offset);
      return;
    default: {
      const target = r.chance(60) ? pen.keptExcept(pointer) : 3;
      code.emit(r.chance(15) ? LOAD_SIGNED[size] : LOAD[size], target, pointer, offset);
      pen.held[target] = 'scalar';
    }
  }
}

/** value + bounded scalar. */
export function valueAccess(pen: Pen): void {
  const { code, random: r } = pen;
  const pointer = pen.value() ?? valueOfArray(pen);
  const index = pen.keptExcept(pointer);
  if (pen.held[index] !== 'scalar') pen.unknown(index);
  const size = pen.size();
  const room = pen.room[pointer] ?? 8;
  const constant = r.chance(50) ? 0 : r.below(Math.max(1, room - size));
  const limit = Math.max(0, pen.near(Math.max(0, room - size - constant), 10));
  boundIndex(pen, index, limit);
  const sum = r.chance(50) ? pointer : 2;
  if (sum === 2) code.emit(0xbf, 2, pointer);
  code.emit(r.chance(93) ? 0x0f : 0x1f, sum, index);
  access(pen, sum, constant, size);
  if (sum === pointer) pen.unknown(pointer);
}

function valueOfArray(pen: Pen): number {
  callLookup(pen, 'array');
  nullCheck(pen, 0, 96);
  pen.code.emit(0xbf, 7, 0);
  pen.holdValue(7, valueSize('array'));
  return 7;
}

function boundIndex(pen: Pen, index: number, limit: number): void {
  const { code, random: r } = pen;
  if (!r.chance(5)) bound(pen, index, limit);
  if (r.chance(20)) {
    code.emit(0x67, index, 0, 0, r.pick([1, 2, 3]));
    if (!r.chance(15)) code.jump(0x25, index, 0, limit, EXIT);
  }
}

/** A look-up in the map that a look-up gives. */
export function outer(pen: Pen): void {
  const { code, random: r } = pen;
  const hash = r.chance(50);
  callLookup(pen, hash ? 'outerhash' : 'outer');
  nullCheck(pen, 0, 92);
  const offset = hash ? -16 : r.pick([-4, -8]);
  key(pen, hash ? 8 : 4, offset);
  code.emit(0xbf, 1, 0);
  if (r.chance(3)) code.emit(0x07, 1, 0, 0, r.pick([0, 8]));
  pen.stackAddress(2, offset);
  code.emit(0x85, 0, 0, 0, 1);
  nullCheck(pen, 0, 92);
  pen.holdValue(0, valueSize(hash ? 'hash' : 'array'));
  touchValue(pen, 0);
  pen.held[0] = 'none';
}

/** An address inside a value, without a look-up. */
export function direct(pen: Pen): void {
  const { random: r } = pen;
  const offset = r.pick([0, 8, 16, 56, 60, 63, pen.near(64, 30)]);
  pen.loadMapValue(2, 'one', offset);
  const size = pen.size();
  const room = 64 - offset;
  access(pen, 2, pen.near(Math.max(0, room - size), 6), size);
}

/** An atomic operation on a value or on the stack. */
export function atomic(pen: Pen): void {
  const { code, random: r } = pen;
  const value = pen.value();
  const onStack = value === undefined || r.chance(40);
  const operand = pen.keptExcept(value ?? 0);
  if (pen.held[operand] !== 'scalar') pen.unknown(operand);
  const wide = r.chance(70);
  const operation = r.pick([0x00, 0x01, 0x40, 0x41, 0x50, 0x51, 0xa0, 0xa1, 0xe1, 0xf1]);
  if (operation === 0xf1 && !r.chance(5)) code.emit(0xb7, 0, 0, 0, r.below(3));
  const opcode = r.chance(3) ? 0xcb : wide ? 0xdb : 0xc3;
  if (onStack) {
    const offset = pen.slot();
    code.emit(STORE_IMM[8], 10, 0, offset, 1);
    code.emit(opcode, 10, operand, offset, operation);
  } else {
    const room = pen.room[value] ?? 8;
    const offset = pen.near((r.below(Math.max(1, room / 8)) | 0) * 8, 6);
    code.emit(opcode, value, operand, offset, operation);
  }
}
