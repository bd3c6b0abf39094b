import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { assemble } from '#dist/shared/program/asm/index.js';
import { disassemble, formatInstruction } from '#dist/shared/program/disasm/index.js';
import { decode, encode } from '#dist/shared/program/insn/codec.js';
import { anyInstruction, OPCODES, withOpcode } from './arbitrary.js';

describe('text and instructions', () => {
  for (const opcode of OPCODES) {
    test(`opcode 0x${opcode.toString(16)}: the text of an instruction assembles to it`, () => {
      fc.assert(
        fc.property(withOpcode(opcode), (insn) => {
          const text = formatInstruction(insn);
          assert.deepEqual(assemble(text).insns, [insn], text);
        }),
        { numRuns: 60 },
      );
    });
  }

  test('a program survives text and bytes, with distances and with labels', () => {
    fc.assert(
      fc.property(fc.array(anyInstruction, { maxLength: 60 }), (insns) => {
        assert.deepEqual(decode(encode(insns)), insns);
        assert.deepEqual(assemble(disassemble(insns)).insns, insns);
        assert.deepEqual(assemble(disassemble(insns, { labels: true })).insns, insns);
      }),
      { numRuns: 300 },
    );
  });

  test('an instruction without a text shows its fields', () => {
    assert.match(
      formatInstruction({ opcode: 0xff, dst: 1, src: 2, offset: 3, imm: 4, immHigh: 0 }),
      /opcode 0xff.*dst 1.*imm 4/,
    );
  });
});
