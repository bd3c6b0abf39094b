/** The stack: spills and fills, whole and in part, and accesses at offsets that are not known. */
import { bound } from './bound.js';
import { LOAD, LOAD_SIGNED, STORE, STORE_IMM } from './fields.js';
import { touchValue, valueAccess } from './maps.js';
import { KEPT, type Pen } from './pen.js';

/** A spill and a fill, sometimes with a write between them. */
export function spill(pen: Pen): void {
  const { code, random: r } = pen;
  const offset = pen.slot();
  const source = r.chance(75) ? pen.kept() : r.pick([6, 10]);
  code.emit(STORE[8], 10, source, pen.near(offset, 2));
  if (r.chance(20)) code.emit(STORE_IMM[pen.size()], 10, 0, offset, r.below(3));
  const target = pen.kept();
  const size = r.chance(80) ? 8 : pen.size();
  code.emit(LOAD[size], target, 10, offset);
  pen.held[target] = pen.held[source] ?? 'none';
  if (source === 6 || source === 10 || size !== 8) pen.unknown(target);
  else pen.room[target] = pen.room[source] ?? 0;
  if (pen.held[target] === 'value') touchValue(pen, target);
}

/** A number spilled in one width and filled in another. */
export function spillPart(pen: Pen): void {
  const { code, random: r } = pen;
  const offset = pen.slot();
  const source = pen.scalar();
  if (r.chance(50)) bound(pen, source, r.pick([7, 15, 255, 40]));
  const size = pen.size();
  const at = offset + (r.chance(70) ? 0 : r.pick([4, 2, 1]));
  code.emit(STORE[size], 10, source, at % size === 0 ? at : offset);
  const target = pen.kept();
  const read = r.chance(60) ? size : pen.size();
  code.emit(r.chance(12) ? LOAD_SIGNED[read] : LOAD[read], target, 10, at % read === 0 ? at : offset);
  pen.held[target] = 'scalar';
  if (r.chance(50)) valueAccess(pen);
}

export function variableStack(pen: Pen): void {
  const { code, random: r } = pen;
  const index = pen.scalar();
  const limit = pen.near(r.pick([7, 8, 15, 24, 31]), 8);
  bound(pen, index, Math.max(0, limit));
  pen.stackAddress(2, -40);
  code.emit(0x0f, 2, index);
  if (r.chance(40)) code.emit(0x57, index, 0, 0, r.pick([0x38, 7, 0x1c]));
  const size = r.chance(75) ? 1 : pen.size();
  if (r.chance(50)) code.emit(STORE_IMM[size], 2, 0, pen.near(0, 10), r.below(2));
  else code.emit(LOAD[size], pen.keptExcept(index), 2, pen.near(0, 10));
  for (const register of KEPT) if (pen.held[register] !== 'value') pen.held[register] = 'scalar';
}
