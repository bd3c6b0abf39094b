/** The context, and the packet behind it. */
import { bound } from './bound.js';
import { LOAD, RAW_TRACEPOINT, SCHED_CLS, STORE, STORE_IMM, XDP } from './fields.js';
import { EXIT, KEPT, type Pen } from './pen.js';

export function context(pen: Pen): void {
  const { code, random: r } = pen;
  const target = pen.kept();
  if (pen.type === RAW_TRACEPOINT) {
    code.emit(LOAD[r.chance(80) ? 8 : pen.size()], target, 6, pen.near(r.below(12) * 8, 4));
  } else if (pen.type === XDP) {
    code.emit(LOAD[r.chance(95) ? 4 : pen.size()], target, 6, r.pick([12, 16, 12, 16, 20]));
  } else if (r.chance(70)) {
    const offset = r.pick([
      0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 64, 68, 0, 0, 8, 16, 84, 88, 132, 136, 164,
    ]);
    code.emit(LOAD[r.chance(80) ? 4 : pen.size()], target, 6, pen.near(offset, 3));
  } else {
    const store = r.chance(50) ? STORE_IMM[4] : STORE[4];
    code.emit(store, 6, pen.scalar(), r.pick([48, 52, 56, 60, 64, 8, 32, 44, 48, 52]));
    return;
  }
  pen.held[target] = 'scalar';
}

/** r2 = start, r3 = end. */
function packetPointers(pen: Pen): void {
  const base = pen.type === SCHED_CLS ? 76 : 0;
  pen.code.emit(0x61, 2, 6, base);
  pen.code.emit(0x61, 3, 6, base + 4);
}

/** Leave unless pointer <= end (r3): either operand first, by a jump out or a jump over, sometimes stricter. */
function compareEnd({ code, random }: Pen, pointer: number): void {
  switch (random.below(6)) {
    case 1:
      code.jump(0x3d, pointer, 3, 0, EXIT);
      return;
    case 2:
      code.jump(0xad, 3, pointer, 0, EXIT);
      return;
    case 3: {
      const over = code.fresh();
      code.jump(0xbd, pointer, 3, 0, over);
      code.emit(0xb7, 0);
      code.emit(0x95);
      code.label(over);
      return;
    }
    case 4:
      code.jump(0xbd, 3, pointer, 0, EXIT);
      return;
    default:
      code.jump(0x2d, pointer, 3, 0, EXIT);
  }
}

/** r4 = r2 + room, compared with the end in all but `unchecked` percent of the cases. */
function checkRoom(pen: Pen, room: number, unchecked: number): void {
  pen.code.emit(0xbf, 4, 2);
  pen.code.emit(0x07, 4, 0, 0, room);
  if (!pen.random.chance(unchecked)) compareEnd(pen, 4);
}

export function packet(pen: Pen): void {
  const { code, random: r } = pen;
  packetPointers(pen);
  const room = r.pick([1, 4, 8, 14, 20, 34, 54, 64]);
  checkRoom(pen, room, 3);
  const count = r.between(1, 3);
  for (let i = 0; i < count; i++) {
    const size = pen.size();
    const last = Math.max(0, room - size);
    const offset = pen.near(r.chance(50) ? last : r.below(last + 1), 5);
    if (r.chance(20)) {
      code.emit(STORE_IMM[size], 2, 0, offset, 1);
    } else {
      const target = pen.kept();
      code.emit(LOAD[size], target, 2, offset);
      pen.held[target] = 'scalar';
    }
  }
  if (r.chance(25)) code.emit(LOAD[1], pen.scalar(), 4, pen.near(-1, 15));
}

/** start + bounded scalar. */
export function packetVariable(pen: Pen): void {
  const { code, random: r } = pen;
  const index = pen.scalar();
  bound(pen, index, r.pick([15, 31, 60, 255, 1000, 65535]));
  packetPointers(pen);
  code.emit(0x0f, 2, index);
  const room = r.pick([1, 2, 4, 8, 20]);
  checkRoom(pen, room, 4);
  const size = pen.size();
  const offset = pen.near(Math.max(0, room - size), 6);
  code.emit(LOAD[size], pen.keptExcept(index), 2, offset);
  for (const register of KEPT) if (pen.held[register] !== 'value') pen.held[register] = 'scalar';
}

/** The metadata before the packet: its end is the packet's start. */
export function meta(pen: Pen): void {
  const { code, random: r } = pen;
  code.emit(0x61, 2, 6, pen.type === SCHED_CLS ? 140 : 8);
  code.emit(0x61, 3, 6, pen.type === SCHED_CLS ? 76 : 0);
  const room = r.pick([4, 8, 16]);
  checkRoom(pen, room, 4);
  const size = pen.size();
  code.emit(LOAD[size], 5, 2, pen.near(Math.max(0, room - size), 6));
}

/** LD_ABS and LD_IND. */
export function absolute(pen: Pen): void {
  const { code, random: r } = pen;
  if (r.chance(50)) code.emit(r.pick([0x20, 0x28, 0x30]), 0, 0, 0, r.below(40));
  else code.emit(r.pick([0x40, 0x48, 0x50]), 0, pen.scalar(), 0, r.below(8));
  const target = pen.kept();
  code.emit(0xbf, target, 0);
  pen.held[target] = 'scalar';
}
