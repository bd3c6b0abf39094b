/** Stack memory: loads and stores of every width, atomic operations. */
import { Atomic, Class, Mode } from '#dist/shared/program/insn/opcodes.js';
import { sizeField, type Width } from './code.js';
import { type Generator, SCALAR_STACK } from './generate.js';

const WIDTHS: readonly Width[] = [1, 2, 4, 8];
const LOAD_ACQUIRE = 0x100;
const STORE_RELEASE = 0x110;

/** An aligned place of the scalar part of the stack. */
function place(generator: Generator, width: Width): number {
  return -SCALAR_STACK + width * generator.random.below(SCALAR_STACK / width);
}

export function stackStore(generator: Generator): void {
  const { code, random } = generator;
  const width = random.pick(WIDTHS);
  const offset = place(generator, width);
  if (random.chance(0.4)) code.storeImmediate(width, 10, offset, random.immediate());
  else code.store(width, 10, generator.scalar(), offset);
}

export function stackLoad(generator: Generator): void {
  const { code, random } = generator;
  const width = random.pick(WIDTHS);
  const offset = place(generator, width);
  code.load(width, generator.target(), 10, offset, width !== 8 && random.chance(0.4));
}

export function atomicOnStack(generator: Generator): void {
  const width = generator.random.pick(WIDTHS);
  atomic(generator, 10, place(generator, width), width);
}

const OPERATIONS = [
  ...[Atomic.ADD, Atomic.OR, Atomic.AND, Atomic.XOR].flatMap((operation) => [operation, operation | Atomic.FETCH]),
  Atomic.XCHG,
  Atomic.CMPXCHG,
];

/** An atomic operation at `base + offset`, which is aligned. Widths 1 and 2 have loads and stores only. */
export function atomic(generator: Generator, base: number, offset: number, width: Width): void {
  const { code, random } = generator;
  const opcode = Class.STX | Mode.ATOMIC | sizeField(width);
  if (width < 4 || random.chance(0.25)) {
    if (random.chance(0.5)) code.emit({ opcode, dst: other(generator, base), src: base, offset, imm: LOAD_ACQUIRE });
    else code.emit({ opcode, dst: base, src: generator.scalar(), offset, imm: STORE_RELEASE });
    return;
  }
  const imm = random.pick(OPERATIONS);
  if (imm === Atomic.CMPXCHG && !generator.known.has(0)) {
    if (base === 0) return;
    code.mov(0, random.immediate());
    generator.known.add(0);
  }
  if (imm === Atomic.CMPXCHG && base === 0) return;
  code.emit({ opcode, dst: base, src: generator.scalar(), offset, imm });
}

function other(generator: Generator, base: number): number {
  for (;;) {
    const register = generator.target();
    if (register !== base) return register;
    generator.known.delete(base);
  }
}
