/** The usual ways to bring a number into a range. */
import { EXIT, type Pen } from './pen.js';

type Way = (pen: Pen, register: number, limit: number, narrow: boolean) => void;

const jumpClass = (narrow: boolean): number => (narrow ? 6 : 5);

const mask: Way = ({ code }, register, limit, narrow) => {
  code.emit(narrow ? 0x54 : 0x57, register, 0, 0, Math.max(0, (1 << Math.floor(Math.log2(limit + 1))) - 1));
};

const above: Way = ({ code }, register, limit, narrow) => {
  code.jump(0x20 | jumpClass(narrow), register, 0, limit, EXIT);
};

const atLeast: Way = ({ code }, register, limit, narrow) => {
  code.jump(0x30 | jumpClass(narrow), register, 0, limit + 1, EXIT);
};

const signed: Way = ({ code, random }, register, limit, narrow) => {
  code.jump(0x60 | jumpClass(narrow), register, 0, limit, EXIT);
  if (!random.chance(12)) code.jump(0xc0 | jumpClass(narrow), register, 0, 0, EXIT);
};

const replace: Way = ({ code, random }, register, limit, narrow) => {
  const over = code.fresh();
  code.jump(0xb0 | jumpClass(narrow), register, 0, limit, over);
  code.emit(0xb7, register, 0, 0, random.below(limit + 1));
  code.label(over);
};

/** The verifier learns nothing of a modulo, so that the comparison is needed. */
const modulo: Way = ({ code, random }, register, limit) => {
  code.emit(0x97, register, 0, 0, limit + 1);
  if (!random.chance(10)) code.jump(0x25, register, 0, limit, EXIT);
};

const shift: Way = ({ code }, register, limit) => {
  code.emit(0x77, register, 0, 0, Math.min(63, 64 - Math.floor(Math.log2(limit + 1))));
};

const WAYS: readonly Way[] = [mask, above, atLeast, signed, replace, modulo, shift];

export function bound(pen: Pen, register: number, limit: number): void {
  const { random: r } = pen;
  const narrow = r.chance(30);
  r.pick(WAYS)(pen, register, limit, narrow);
  if (narrow && r.chance(70)) pen.code.emit(0xbc, register, register);
  pen.held[register] = 'bounded';
}
