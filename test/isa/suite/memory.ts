import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Instruction, instruction, loadImmediate } from '#dist/shared/program/insn/instruction.js';
import { MEMORY, type IsaEngine } from '../engine.js';
import { moveSigned, read, write } from '../model.js';
import { IMMEDIATES, U64, WIDE } from '../values.js';

/** Size field and bytes. */
const SIZES = [
  [0x10, 1],
  [0x08, 2],
  [0x00, 4],
  [0x18, 8],
] as const;
const EXIT = instruction({ opcode: 0x95 });
const result = (register: number) => instruction({ opcode: 0xbf, dst: 0, src: register });
/** Aligned or not, with either sign (r4 points into the middle of the memory). */
const OFFSETS = [0, 1, 3, 8, 13, 255 - 8, -1, -8, -7, -128];
const MIDDLE = 256;
const toMiddle = [instruction({ opcode: 0xbf, dst: 4, src: 1 }), instruction({ opcode: 0x07, dst: 4, imm: MIDDLE })];

function filled(): Uint8Array {
  return Uint8Array.from({ length: MEMORY }, (_, at) => (at * 167 + 41) & 0xff);
}

export function memorySuite(engine: IsaEngine): void {
  for (const [size, bytes] of SIZES) {
    loadTests(engine, size, bytes);
    storeTests(engine, size, bytes);
    stackTests(engine, size, bytes);
  }
  addressTests(engine);
}

function loadTests(engine: IsaEngine, size: number, bytes: number): void {
  test(`load of ${bytes} bytes`, () => {
    for (const offset of OFFSETS) {
      const memory = filled();
      const insns = [...toMiddle, instruction({ opcode: 0x61 | size, dst: 5, src: 4, offset }), result(5), EXIT];
      assert.equal(engine.load(insns)(memory), read(memory, MIDDLE + offset, bytes), `offset ${offset}`);
    }
  });
  test(`load over its own pointer, ${bytes} bytes`, () => {
    const memory = filled();
    assert.equal(
      engine.load([instruction({ opcode: 0x61 | size, dst: 1, src: 1, offset: 9 }), result(1), EXIT])(memory),
      read(memory, 9, bytes),
    );
  });
  if (bytes === 8) return;
  test(`sign-extending load of ${bytes} bytes`, () => {
    for (const value of WIDE) {
      const memory = new Uint8Array(MEMORY);
      write(memory, 16, 8, value);
      const insns = [instruction({ opcode: 0x81 | size, dst: 5, src: 1, offset: 16 }), result(5), EXIT];
      assert.equal(engine.load(insns)(memory), moveSigned(64, 8 * bytes, value), value.toString(16));
    }
  });
}

function storeTests(engine: IsaEngine, size: number, bytes: number): void {
  const check = (store: Instruction[], offset: number, value: bigint) => {
    const memory = filled();
    const expected = memory.slice();
    write(expected, MIDDLE + offset, bytes, value);
    assert.equal(engine.load([...toMiddle, ...store, instruction({ opcode: 0xb7, dst: 0, imm: 7 }), EXIT])(memory), 7n);
    assert.deepEqual(memory, expected, `offset ${offset}, value 0x${value.toString(16)}`);
  };
  test(`store of ${bytes} bytes`, () => {
    for (const offset of OFFSETS) {
      check(
        [loadImmediate(5, 0x8877_6655_4433_2211n), instruction({ opcode: 0x63 | size, dst: 4, src: 5, offset })],
        offset,
        0x8877_6655_4433_2211n,
      );
    }
    for (const value of WIDE)
      check([loadImmediate(5, value), instruction({ opcode: 0x63 | size, dst: 4, src: 5 })], 0, value);
  });
  test(`store of an immediate, ${bytes} bytes`, () => {
    for (const imm of IMMEDIATES)
      check([instruction({ opcode: 0x62 | size, dst: 4, offset: -3, imm })], -3, U64(BigInt(imm)));
  });
}

/** What goes to the stack comes back from it, whole, in parts, and when its register or the stack changed in between. */
function stackTests(engine: IsaEngine, size: number, bytes: number): void {
  const value = 0xf1e2_d3c4_b5a6_9788n;
  const put = [loadImmediate(3, value), instruction({ opcode: 0x7b, dst: 10, src: 3, offset: -16 })];
  const nothing = () => new Uint8Array(MEMORY);
  test(`${bytes} bytes of a stack slot`, () => {
    for (let part = 0; part + bytes <= 8; part++) {
      const load = instruction({ opcode: 0x61 | size, dst: 5, src: 10, offset: -16 + part });
      const expected = BigInt.asUintN(8 * bytes, value >> BigInt(8 * part));
      assert.equal(engine.load([...put, load, result(5), EXIT])(nothing()), expected, `part ${part}`);
      const changed = loadImmediate(3, 1n);
      assert.equal(
        engine.load([...put, changed, load, result(5), EXIT])(nothing()),
        expected,
        `part ${part}, register changed`,
      );
      if (bytes === 8) continue;
      const signedLoad = { ...load, opcode: 0x81 | size };
      assert.equal(
        engine.load([...put, signedLoad, result(5), EXIT])(nothing()),
        moveSigned(64, 8 * bytes, expected),
        `part ${part}, signed`,
      );
    }
  });
  test(`a store of ${bytes} bytes into a stack slot, directly and through another pointer`, () => {
    const load = instruction({ opcode: 0x79, dst: 5, src: 10, offset: -16 });
    for (let part = 0; part + bytes <= 8; part++) {
      const expected = nothing();
      write(expected, 0, 8, value);
      write(expected, part, bytes, 0x1122_3344_5566_7788n);
      const direct = instruction({ opcode: 0x63 | size, dst: 10, src: 6, offset: -16 + part });
      const other = [
        instruction({ opcode: 0xbf, dst: 7, src: 10 }),
        instruction({ opcode: 0x07, dst: 7, imm: -100 }),
        instruction({ opcode: 0xa7, dst: 7, imm: 0 }),
        instruction({ opcode: 0x63 | size, dst: 7, src: 6, offset: 84 + part }),
      ];
      for (const stores of [[direct], other]) {
        const insns = [...put, loadImmediate(6, 0x1122_3344_5566_7788n), ...stores, load, result(5), EXIT];
        assert.equal(engine.load(insns)(nothing()), read(expected, 0, 8), `part ${part}`);
      }
    }
  });
}

/** Addresses made in every way that a compiler may fold. */
function addressTests(engine: IsaEngine): void {
  test('stack addresses by moves, sums and differences', () => {
    const move = (dst: number, src: number) => instruction({ opcode: 0xbf, dst, src });
    const add = (dst: number, imm: number) => instruction({ opcode: 0x07, dst, imm });
    const insns = [
      move(2, 10),
      add(2, -64),
      move(3, 2),
      add(3, 8),
      instruction({ opcode: 0x17, dst: 3, imm: -16 }),
      instruction({ opcode: 0x7a, dst: 3, offset: 0, imm: 77 }),
      instruction({ opcode: 0x79, dst: 4, src: 10, offset: -40 }),
      result(4),
      instruction({ opcode: 0x7a, dst: 10, offset: -512, imm: 5 }),
      instruction({ opcode: 0x79, dst: 4, src: 2, offset: -448 }),
      instruction({ opcode: 0x0f, dst: 0, src: 4 }),
      EXIT,
    ];
    assert.equal(engine.load(insns)(new Uint8Array(MEMORY)), 82n);
  });
  test('an address in a register that was 32-bit arithmetic', () => {
    const insns = [
      instruction({ opcode: 0xbc, dst: 2, src: 1 }),
      instruction({ opcode: 0x04, dst: 2, imm: 8 }),
      instruction({ opcode: 0x79, dst: 0, src: 2 }),
      EXIT,
    ];
    const memory = filled();
    assert.equal(engine.load(insns)(memory), read(memory, 8, 8));
  });
}
