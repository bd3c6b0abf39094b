import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Instruction, instruction, loadImmediate } from '#dist/shared/program/insn/instruction.js';
import { MEMORY, type IsaEngine } from '../engine.js';
import { type AtomicName, atomic, read, write } from '../model.js';
import { WIDE } from '../values.js';

const OPERATIONS: readonly (readonly [AtomicName, number, boolean])[] = [
  ['add', 0x00, false],
  ['or', 0x40, false],
  ['and', 0x50, false],
  ['xor', 0xa0, false],
  ['add', 0x01, true],
  ['or', 0x41, true],
  ['and', 0x51, true],
  ['xor', 0xa1, true],
  ['xchg', 0xe1, true],
  ['cmpxchg', 0xf1, true],
];
const EXIT = instruction({ opcode: 0x95 });
const AT = 64;
/** Where the program leaves r0 and the source register. */
const R0_AT = 128;
const SOURCE_AT = 136;

/** Operands in memory: old value at AT, source at 0, r0 at 8. Afterwards r0 and the source register are stored. */
function around(insn: Instruction): Instruction[] {
  return [
    instruction({ opcode: 0xbf, dst: 6, src: 1 }),
    instruction({ opcode: 0x79, dst: 3, src: 1 }),
    instruction({ opcode: 0x79, dst: 0, src: 1, offset: 8 }),
    insn,
    instruction({ opcode: 0x7b, dst: 6, src: 0, offset: R0_AT }),
    instruction({ opcode: 0x7b, dst: 6, src: 3, offset: SOURCE_AT }),
    EXIT,
  ];
}

export function atomicSuite(engine: IsaEngine): void {
  for (const [bits, opcode] of [
    [64, 0xdb],
    [32, 0xc3],
  ] as const) {
    for (const [name, imm, fetch] of OPERATIONS) {
      test(`${fetch ? 'fetch ' : ''}${name}${bits}`, () => {
        const execute = engine.load(around(instruction({ opcode, dst: 1, src: 3, offset: AT, imm })));
        for (const old of WIDE) for (const source of WIDE) check(execute, { name, bits, fetch }, old, source);
      });
    }
  }
  test('cmpxchg with r0 as the source', () => {
    const execute = engine.load(around(instruction({ opcode: 0xdb, dst: 1, src: 0, offset: AT, imm: 0xf1 })));
    const memory = new Uint8Array(MEMORY);
    write(memory, AT, 8, 5n);
    write(memory, 8, 8, 5n);
    execute(memory);
    assert.deepEqual([read(memory, AT, 8), read(memory, R0_AT, 8)], [5n, 5n]);
  });
  orderedTests(engine);
  test('an atomic addition to the stack, through r10 and through a copy of it', () => {
    const insns = [
      instruction({ opcode: 0x7a, dst: 10, offset: -8, imm: 40 }),
      instruction({ opcode: 0xb7, dst: 2, imm: 2 }),
      instruction({ opcode: 0xdb, dst: 10, src: 2, offset: -8 }),
      instruction({ opcode: 0xbf, dst: 3, src: 10 }),
      instruction({ opcode: 0x07, dst: 3, imm: -8 }),
      instruction({ opcode: 0xdb, dst: 3, src: 2, imm: 1 }),
      instruction({ opcode: 0x79, dst: 0, src: 10, offset: -8 }),
      instruction({ opcode: 0x2f, dst: 0, src: 2 }),
      EXIT,
    ];
    assert.equal(engine.load(insns)(new Uint8Array(MEMORY)), 44n * 42n);
  });
}

interface Operation {
  readonly name: AtomicName;
  readonly bits: 32 | 64;
  readonly fetch: boolean;
}

/** r0 is the expected value: half of the time it is what memory holds, with other upper bits on 32. */
function check(
  execute: (memory: Uint8Array) => bigint,
  { name, bits, fetch }: Operation,
  old: bigint,
  source: bigint,
): void {
  for (const r0 of [old, source ^ 0x5_0000_0000n, BigInt.asUintN(64, old ^ (1n << 63n))]) {
    const memory = new Uint8Array(MEMORY).fill(0xee);
    write(memory, 0, 8, source);
    write(memory, 8, 8, r0);
    write(memory, AT, 8, old);
    const cut = BigInt.asUintN(bits, old);
    const after = atomic(name, bits, old, source, r0);
    const kept = bits === 64 ? after : (old - cut) | after;
    execute(memory);
    const label = `${name}${bits} old 0x${old.toString(16)} source 0x${source.toString(16)} r0 0x${r0.toString(16)}`;
    assert.equal(read(memory, AT, 8), kept, label);
    assert.equal(read(memory, SOURCE_AT, 8), fetch && name !== 'cmpxchg' ? cut : source, `${label}: source register`);
    assert.equal(read(memory, R0_AT, 8), name === 'cmpxchg' ? cut : r0, `${label}: r0`);
  }
}

/** Load-acquire and store-release of every size. */
function orderedTests(engine: IsaEngine): void {
  for (const [size, bytes] of [
    [0x10, 1],
    [0x08, 2],
    [0x00, 4],
    [0x18, 8],
  ] as const) {
    test(`load-acquire and store-release of ${bytes} bytes`, () => {
      for (const value of WIDE) {
        const memory = new Uint8Array(MEMORY).fill(0xdd);
        write(memory, AT, 8, value);
        const load = instruction({ opcode: 0xc3 | size, dst: 0, src: 1, offset: AT, imm: 0x100 });
        assert.equal(engine.load([load, EXIT])(memory), BigInt.asUintN(8 * bytes, value));
        const expected = memory.slice();
        write(expected, AT + 16, bytes, value);
        const store = instruction({ opcode: 0xc3 | size, dst: 1, src: 3, offset: AT + 16, imm: 0x110 });
        engine.load([loadImmediate(3, value), store, loadImmediate(0, 0n), EXIT])(memory);
        assert.deepEqual(memory, expected);
      }
    });
  }
}
