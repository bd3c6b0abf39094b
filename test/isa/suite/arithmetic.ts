import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Instruction, instruction, loadImmediate } from '#dist/shared/program/insn/instruction.js';
import { MEMORY, type IsaEngine } from '../engine.js';
import { alu, type AluName, byteOrder, moveSigned, write } from '../model.js';
import { IMMEDIATES, U64, WIDE } from '../values.js';

/** Code bits and offset field of RFC 9669, table 3. */
const OPERATIONS: readonly (readonly [AluName, number, number])[] = [
  ['add', 0x00, 0],
  ['sub', 0x10, 0],
  ['mul', 0x20, 0],
  ['div', 0x30, 0],
  ['sdiv', 0x30, 1],
  ['or', 0x40, 0],
  ['and', 0x50, 0],
  ['lsh', 0x60, 0],
  ['rsh', 0x70, 0],
  ['mod', 0x90, 0],
  ['smod', 0x90, 1],
  ['xor', 0xa0, 0],
  ['mov', 0xb0, 0],
  ['arsh', 0xc0, 0],
];
const ALU32 = 0x04;
const ALU64 = 0x07;
const BY_REGISTER = 0x08;
const EXIT = instruction({ opcode: 0x95 });

/** Put the two operands in r2 and r3 from memory, so that no compiler can know them. */
const OPERANDS = [
  instruction({ opcode: 0x79, dst: 2, src: 1 }),
  instruction({ opcode: 0x79, dst: 3, src: 1, offset: 8 }),
];
const result = (register: number) => instruction({ opcode: 0xbf, dst: 0, src: register });

function run(
  engine: IsaEngine,
  body: readonly Instruction[],
  register: number,
): (left: bigint, right: bigint) => bigint {
  const execute = engine.load([...OPERANDS, ...body, result(register), EXIT]);
  const memory = new Uint8Array(MEMORY);
  return (left, right) => {
    write(memory, 0, 8, left);
    write(memory, 8, 8, right);
    return execute(memory);
  };
}

const hex = (value: bigint) => `0x${value.toString(16)}`;
const WIDTHS = [
  [64, ALU64],
  [32, ALU32],
] as const;

export function arithmeticSuite(engine: IsaEngine): void {
  for (const [bits, group] of WIDTHS) {
    for (const [name, code, offset] of OPERATIONS) {
      binaryTests(engine, name, bits, { opcode: group | code, offset });
    }
    test(`neg${bits}`, () => {
      const compute = run(engine, [instruction({ opcode: group | 0x80, dst: 2 })], 2);
      for (const value of WIDE) assert.equal(compute(value, 0n), alu('neg', bits, value, 0n), hex(value));
    });
    for (const from of bits === 64 ? [8, 16, 32] : [8, 16]) {
      test(`movsx${from}to${bits}`, () => {
        const compute = run(
          engine,
          [instruction({ opcode: group | 0xb0 | BY_REGISTER, dst: 2, src: 3, offset: from })],
          2,
        );
        for (const value of WIDE) assert.equal(compute(1n, value), moveSigned(bits, from, value), hex(value));
      });
    }
  }
  byteOrderTests(engine);
  constantTests(engine);
}

function binaryTests(
  engine: IsaEngine,
  name: AluName,
  bits: 32 | 64,
  fields: { opcode: number; offset: number },
): void {
  const byRegister = { ...fields, opcode: fields.opcode | BY_REGISTER };
  test(`${name}${bits} register`, () => {
    const compute = run(engine, [instruction({ ...byRegister, dst: 2, src: 3 })], 2);
    const reversed = run(engine, [instruction({ ...byRegister, dst: 3, src: 2 })], 3);
    for (const left of WIDE) {
      for (const right of WIDE) {
        assert.equal(compute(left, right), alu(name, bits, left, right), `${hex(left)}, ${hex(right)}`);
        assert.equal(reversed(right, left), alu(name, bits, left, right), `${hex(left)}, ${hex(right)} in r3, r2`);
      }
    }
  });
  test(`${name}${bits} with itself`, () => {
    const compute = run(engine, [instruction({ ...byRegister, dst: 2, src: 2 })], 2);
    for (const value of WIDE) assert.equal(compute(value, 0n), alu(name, bits, value, value), hex(value));
  });
  test(`${name}${bits} immediate`, () => {
    const division = /div|mod/.test(name);
    const shift = /sh$/.test(name);
    for (const imm of IMMEDIATES) {
      if ((division && imm === 0) || (shift && (imm < 0 || imm >= bits))) continue;
      const compute = run(engine, [instruction({ ...fields, dst: 2, imm })], 2);
      for (const left of WIDE)
        assert.equal(compute(left, 0n), alu(name, bits, left, U64(BigInt(imm))), `${hex(left)}, ${imm}`);
    }
  });
}

/** le, be and bswap, and the reserved meaning of none: swaps leave zeroes above their width. */
function byteOrderTests(engine: IsaEngine): void {
  const forms = [
    ['le', 0xd4, false],
    ['be', 0xdc, true],
    ['bswap', 0xd7, true],
  ] as const;
  for (const [name, opcode, swap] of forms) {
    for (const width of [16, 32, 64]) {
      test(`${name}${width}`, () => {
        const compute = run(engine, [instruction({ opcode, dst: 2, imm: width })], 2);
        for (const value of WIDE) assert.equal(compute(value, 0n), byteOrder(swap, width, value), hex(value));
      });
    }
  }
}

function constantTests(engine: IsaEngine): void {
  test('64-bit load-immediate', () => {
    for (const value of WIDE) {
      const execute = engine.load([loadImmediate(7, value), result(7), EXIT]);
      assert.equal(execute(new Uint8Array(MEMORY)), value, hex(value));
    }
  });
  test('operations on constants that the compiler can see', () => {
    for (const [name, code, offset] of OPERATIONS) {
      for (const [bits, group] of WIDTHS) {
        for (const [left, right] of [
          [WIDE[14], WIDE[26]],
          [WIDE[19], WIDE[25]],
          [WIDE[27], WIDE[2]],
        ] as [bigint, bigint][]) {
          const insn = instruction({ opcode: group | code | BY_REGISTER, dst: 4, src: 5, offset });
          const execute = engine.load([loadImmediate(4, left), loadImmediate(5, right), insn, result(4), EXIT]);
          assert.equal(
            execute(new Uint8Array(MEMORY)),
            alu(name, bits, left, right),
            `${name}${bits} ${hex(left)} ${hex(right)}`,
          );
        }
      }
    }
  });
}
