import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Instruction, instruction } from '#dist/shared/program/insn/instruction.js';
import { MEMORY, type IsaEngine } from '../engine.js';
import { type JumpName, jumps, write } from '../model.js';
import { IMMEDIATES, U64, WIDE } from '../values.js';

const CONDITIONS: readonly (readonly [JumpName, number])[] = [
  ['eq', 0x10],
  ['gt', 0x20],
  ['ge', 0x30],
  ['set', 0x40],
  ['ne', 0x50],
  ['sgt', 0x60],
  ['sge', 0x70],
  ['lt', 0xa0],
  ['le', 0xb0],
  ['slt', 0xc0],
  ['sle', 0xd0],
];
const BY_REGISTER = 0x08;
const LOADS = [instruction({ opcode: 0x79, dst: 2, src: 1 }), instruction({ opcode: 0x79, dst: 3, src: 1, offset: 8 })];
const set = (imm: number) => instruction({ opcode: 0xb7, dst: 0, imm });
const EXIT = instruction({ opcode: 0x95 });

/** The four shapes in which a compiler may see a conditional jump: what stands at its two ends differs. */
const SHAPES: readonly (readonly [string, (jump: Instruction) => Instruction[]])[] = [
  ['both ends leave', (jump) => [{ ...jump, offset: 2 }, set(0), EXIT, set(1), EXIT]],
  ['both ends meet', (jump) => [set(1), { ...jump, offset: 1 }, set(0), EXIT]],
  [
    'backwards',
    (jump) => [instruction({ opcode: 0x05, offset: 3 }), set(1), EXIT, EXIT, { ...jump, offset: -4 }, set(0), EXIT],
  ],
];

function run(engine: IsaEngine, insns: readonly Instruction[]): (left: bigint, right: bigint) => bigint {
  const execute = engine.load([...LOADS, ...insns]);
  const memory = new Uint8Array(MEMORY);
  return (left, right) => {
    write(memory, 0, 8, left);
    write(memory, 8, 8, right);
    return execute(memory);
  };
}

export function jumpSuite(engine: IsaEngine): void {
  for (const [bits, group] of [
    [64, 0x05],
    [32, 0x06],
  ] as const) {
    for (const [name, code] of CONDITIONS) {
      for (const [shape, build] of SHAPES) {
        const say = (left: bigint, right: bigint) => `0x${left.toString(16)} ${name} 0x${right.toString(16)}`;
        test(`j${name}${bits} register, ${shape}`, () => {
          const decide = run(engine, build(instruction({ opcode: group | code | BY_REGISTER, dst: 2, src: 3 })));
          for (const left of WIDE) {
            for (const right of WIDE)
              assert.equal(decide(left, right) === 1n, jumps(name, bits, left, right), say(left, right));
          }
        });
        test(`j${name}${bits} immediate, ${shape}`, () => {
          for (const imm of IMMEDIATES) {
            const decide = run(engine, build(instruction({ opcode: group | code, dst: 2, imm })));
            for (const left of WIDE) {
              const right = U64(BigInt(imm));
              assert.equal(decide(left, 0n) === 1n, jumps(name, bits, left, right), say(left, right));
            }
          }
        });
      }
    }
  }
  gotoTests(engine);
}

function gotoTests(engine: IsaEngine): void {
  const nothing = new Uint8Array(MEMORY);
  test('goto, forwards, backwards, and to the next instruction', () => {
    const goto = (offset: number) => instruction({ opcode: 0x05, offset });
    assert.equal(engine.load([goto(2), set(1), EXIT, goto(-3)])(nothing), 1n);
    assert.equal(engine.load([goto(0), set(2), EXIT])(nothing), 2n);
  });
  test('gotol reaches beyond 16 bits', () => {
    const far = Array.from({ length: 40000 }, () => instruction({ opcode: 0x07, dst: 0, imm: 1 }));
    const insns = [set(0), instruction({ opcode: 0x06, imm: far.length + 1 }), EXIT, ...far, EXIT];
    assert.equal(engine.load(insns)(nothing), 0n);
    const back = [
      set(0),
      instruction({ opcode: 0x05, offset: 1 }),
      EXIT,
      ...far,
      instruction({ opcode: 0x06, imm: -far.length - 2 }),
    ];
    assert.equal(engine.load(back)(nothing), 40000n);
  });
  test('a conditional jump to the next instruction', () => {
    const insns = [
      set(5),
      instruction({ opcode: 0x15, dst: 0, imm: 5, offset: 0 }),
      instruction({ opcode: 0x07, dst: 0, imm: 1 }),
      EXIT,
    ];
    assert.equal(engine.load(insns)(nothing), 6n);
  });
}
