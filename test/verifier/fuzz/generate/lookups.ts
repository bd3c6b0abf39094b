/** Look-ups in maps: the key on the stack, the call, the check of what comes back. */
import { STORE, STORE_IMM } from './fields.js';
import { EXIT, type Pen } from './pen.js';

const VALUE_SIZE: Readonly<Record<string, number>> = {
  array: 48,
  hash: 24,
  small: 8,
  percpu: 16,
  lru: 16,
  readonly: 16,
  writeonly: 16,
};

export function valueSize(map: string): number {
  return VALUE_SIZE[map] ?? 8;
}

export function keySize(map: string): number {
  return map === 'hash' ? 8 : 4;
}

/** Write a key of `size` bytes at `offset` of the stack. */
export function key(pen: Pen, size: number, offset: number): void {
  const { code, random: r } = pen;
  const whole = r.chance(50) ? 8 : 4;
  if (size === 8) {
    code.emit(STORE_IMM[8], 10, 0, offset, r.below(4));
  } else if (r.chance(30)) {
    code.emit(STORE[4], 10, pen.scalar(), offset);
  } else {
    const at = whole === 8 ? offset - (offset & 7 ? 4 : 0) : offset;
    code.emit(STORE_IMM[whole], 10, 0, at, r.pick([0, 0, 1, 2, 3, 4, 9]));
  }
}

/** Leaves a value or null in r0. */
export function callLookup(pen: Pen, map: string): void {
  const size = keySize(map);
  const offset = size === 8 ? -8 : pen.random.pick([-4, -8, -16]);
  key(pen, size, offset);
  pen.stackAddress(2, pen.near(offset, 2));
  pen.loadMap(1, map);
  pen.code.emit(0x85, 0, 0, 0, 1);
}

/** In `percent` of the cases there is a check. */
export function nullCheck(pen: Pen, register: number, percent = 93): void {
  const { code, random: r } = pen;
  if (!r.chance(percent)) return;
  if (r.chance(80)) {
    code.jump(0x15, register, 0, 0, EXIT);
  } else {
    const over = code.fresh();
    code.jump(0x55, register, 0, 0, over);
    code.emit(0xb7, 0, 0, 0, 0);
    code.emit(0x95);
    code.label(over);
  }
}
