/** Paths that part and meet: branches and loops. */
import { INTERESTING, JUMPS, STORE } from './fields.js';
import { KEPT, type Pen } from './pen.js';
import { operate } from './scalars.js';

/** A comparison around other segments, which `segment` writes. */
export function branch(pen: Pen, segment: (pen: Pen) => void): void {
  const { code, random: r } = pen;
  const register = pen.scalar();
  const over = code.fresh();
  const jump = r.chance(35) ? 6 : 5;
  const held = pen.held.slice();
  const room = pen.room.slice();
  if (r.chance(40)) code.jump(r.pick(JUMPS) | jump | 8, register, pen.scalar(), 0, over);
  else code.jump(r.pick(JUMPS) | jump, register, 0, r.chance(60) ? r.pick(INTERESTING) : r.below(64), over);
  const count = r.between(1, 2);
  pen.depth++;
  for (let i = 0; i < count; i++) segment(pen);
  pen.depth--;
  if (r.chance(40)) {
    const end = code.fresh();
    code.jump(0x05, 0, 0, 0, end);
    code.label(over);
    segment(pen);
    code.label(end);
  } else {
    code.label(over);
  }
  meet(pen, held, room);
}

/** Of registers that differ between the paths nothing is known; most are written anew. */
function meet(pen: Pen, held: Pen['held'], room: Pen['room']): void {
  for (const i of KEPT) if (pen.held[i] !== held[i] || pen.room[i] !== room[i]) pen.held[i] = 'scalar';
  for (const i of KEPT) {
    if (pen.held[i] === 'scalar' && held[i] !== 'scalar' && !pen.random.chance(10)) pen.unknown(i);
  }
}

export function loop(pen: Pen): void {
  const { code, random: r } = pen;
  const counter = pen.kept();
  const down = r.chance(25);
  const rounds = r.pick([2, 3, 5, 10, 20, 100]);
  const label = code.fresh();
  code.emit(0xb7, counter, 0, 0, down ? rounds : 0);
  pen.held[counter] = 'none';
  code.label(label);
  const before = pen.held.slice();
  loopBody(pen, counter);
  if (!r.chance(3)) code.emit(down ? 0x17 : 0x07, counter, 0, 0, 1);
  if (down) code.jump(0x55, counter, 0, 0, label);
  else code.jump(r.pick([0xa5, 0xa5, 0x55, 0xc5, 0xa6]), counter, 0, rounds, label);
  before.forEach((held, register) => {
    pen.held[register] = held;
  });
  pen.held[counter] = 'bounded';
}

function loopBody(pen: Pen, counter: number): void {
  const { code, random: r } = pen;
  if (r.chance(70)) {
    const dst = pen.keptExcept(counter);
    if (pen.held[dst] === 'scalar' || pen.held[dst] === 'bounded') {
      const kind = r.chance(30) ? 4 : 7;
      operate(pen, kind, r.pick([0x00, 0x50, 0x40, 0xa0, 0x20]), dst);
    }
  }
  if (r.chance(50)) {
    const skip = code.fresh();
    code.emit(0x85, 0, 0, 0, 7);
    code.jump(r.pick(JUMPS) | 5, 0, 0, r.below(16), skip);
    code.emit(STORE[8], 10, counter, -48);
    code.label(skip);
  }
}
