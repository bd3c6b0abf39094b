/** Functions of the program's own: the calls where they are made, the bodies behind the main program. */
import { LOAD, STORE, STORE_IMM } from './fields.js';
import type { Pen } from './pen.js';

/** r1: an address of the stack, a value or a number; r2: a number. */
export function call(pen: Pen): void {
  const { code, random: r } = pen;
  const name = `f${code.fresh()}`;
  pen.functions.push(name);
  const value = pen.value();
  switch (r.below(3)) {
    case 0:
      code.emit(STORE_IMM[8], 10, 0, -8, 5);
      pen.stackAddress(1, -8);
      break;
    case 1:
      code.emit(0xbf, 1, value ?? pen.scalar());
      break;
    default:
      code.emit(0xbf, 1, pen.scalar());
  }
  code.emit(0xbf, 2, pen.scalar());
  code.call(name);
  if (r.chance(60)) {
    const target = pen.kept();
    code.emit(0xbf, target, 0);
    pen.held[target] = 'scalar';
  }
}

/** A body that may or may not suit what its caller gives. */
export function writeFunction(pen: Pen, name: string): void {
  const { code, random: r } = pen;
  code.label(name);
  switch (r.below(5)) {
    case 0:
      code.emit(0xbf, 0, 2);
      code.emit(0x57, 0, 0, 0, r.pick([7, 15, 255]));
      break;
    case 1:
      code.emit(LOAD[pen.size()], 0, 1, r.pick([0, 0, 0, 8, -8]));
      break;
    case 2:
      code.emit(STORE[8], 10, 2, r.pick([-8, -16, -256, -504]));
      code.emit(LOAD[8], 0, 10, r.pick([-8, -16]));
      break;
    case 3:
      code.emit(0xb7, 0, 0, 0, 0);
      code.emit(0x25, 2, 0, 1, r.pick([7, 40]));
      code.emit(0xbf, 0, 2);
      break;
    default:
      code.emit(0x85, 0, 0, 0, 7);
      code.emit(r.chance(80) ? 0x57 : 0x0f, 0, r.chance(80) ? 0 : 6, 0, r.pick([3, 7]));
  }
  code.emit(0x95);
}
