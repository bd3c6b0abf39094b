import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assemble } from '#dist/shared/program/asm/index.js';
import { callFacts, mapReferences, uncheckedProgram } from '#dist/shared/program/facts/index.js';
import { ProgramError } from '#dist/shared/program/insn/problem.js';
import type { ProgramMap } from '#dist/shared/program/types.js';
import { map } from './thread.js';

const inner = map({ id: 0, name: 'inner', address: null });
const outer = map({ id: 2, name: 'outer', type: 12, valueSize: 4, address: 0x50000, inner });
const hash = map({ id: 3, name: 'hash', type: 1, address: 0x60000 });
const FDS = { outer: 5, hash: 6, single: 7 };
const MAPS = new Map<number, ProgramMap | 'other'>([
  [5, outer],
  [6, hash],
  [7, map({ name: 'single', maxEntries: 1 })],
  [9, 'other'],
]);

/** Names of the maps at the calls, by the order of the calls. */
function factsOf(source: string): string[] {
  const { insns } = assemble(source, { maps: FDS });
  return callFacts(insns, mapReferences(insns, MAPS)).map((fact) => fact.map.name);
}

const KEY = 'r2 = r10\nr2 += -4';

describe('facts of calls', () => {
  test('a constant, and the template of an outer map', () => {
    const source = `r1 = map[outer] ll\n${KEY}\ncall 1\nif r0 == 0 goto out\nr1 = r0\n${KEY}\ncall 1\nout: r0 = 0\nexit`;
    assert.deepEqual(factsOf(source), ['outer', 'inner']);
  });

  test('through moves and a spill', () => {
    const source = `r6 = map[hash] ll\n*(u64 *)(r10 - 16) = r6\nr7 = r10\nr7 += -24\nr1 = *(u64 *)(r7 + 8)\n${KEY}\ncall 1\nr0 = 0\nexit`;
    assert.deepEqual(factsOf(source), ['hash']);
  });

  test('a partly overwritten spill is no fact', () => {
    for (const overwrite of [
      '*(u8 *)(r10 - 12) = 0',
      'r3 = r10\nr4 = *(u64 *)(r10 - 64)\nr3 += r4\n*(u64 *)(r3 + 0) = 0',
    ]) {
      const source = `r6 = map[hash] ll\n*(u64 *)(r10 - 16) = r6\n${overwrite}\nr1 = *(u64 *)(r10 - 16)\n${KEY}\ncall 1\nr0 = 0\nexit`;
      assert.deepEqual(factsOf(source), [], overwrite);
    }
  });

  test('two ways with different maps meet in none, with the same map in it', () => {
    const source = (second: string) =>
      `r1 = map[hash] ll\nif r9 == 0 goto meet\nr1 = map[${second}] ll\nmeet: ${KEY}\ncall 1\nr0 = 0\nexit`;
    assert.deepEqual(factsOf(source('outer')), []);
    assert.deepEqual(factsOf(source('hash')), ['hash']);
  });

  test('a loop that changes the map in its second round', () => {
    const source = `r6 = map[hash] ll\nloop: r1 = r6\n${KEY}\ncall 1\nr6 = map[outer] ll\nif r0 != 0 goto loop\nr0 = 0\nexit`;
    assert.deepEqual(factsOf(source), []);
  });

  test('an argument of a function, and a result that is not the function’s', () => {
    const source = `r1 = map[hash] ll\ncall f\nr1 = r0\n${KEY}\ncall 1\nexit\nf: ${KEY}\ncall 1\nr0 = 0\nexit`;
    assert.deepEqual(factsOf(source), ['hash']);
  });

  test('tail calls have their map in r2', () => {
    assert.deepEqual(factsOf('r2 = map[hash] ll\nr3 = 0\ncall bpf_tail_call\nr0 = 0\nexit'), ['hash']);
  });
});

describe('maps that a program names', () => {
  const refused = (source: string): [string, number] => {
    try {
      mapReferences(assemble(source, { maps: FDS }).insns, MAPS, [6]);
    } catch (error) {
      assert.ok(error instanceof ProgramError);
      return [error.code, error.insn];
    }
    return assert.fail('expected a refusal');
  };

  test('by descriptor, by index, by value address', () => {
    const { insns } = assemble('r1 = map[hash] ll\nr1 = map[idx:0] ll\nr1 = map[single][0] + 4 ll', { maps: FDS });
    const found = mapReferences(insns, MAPS, [6]).map(({ slot, kind, map: { name }, offset }) => [
      slot,
      kind,
      name,
      offset,
    ]);
    assert.deepEqual(found, [
      [0, 'map', 'hash', 0],
      [2, 'map', 'hash', 0],
      [4, 'value', 'single', 4],
    ]);
  });

  test('refused descriptors name the instruction', () => {
    assert.deepEqual(refused('r0 = 0\nr1 = map[fd:99] ll'), ['EBADF', 1]);
    assert.deepEqual(refused('r1 = map[fd:9] ll'), ['EINVAL', 0]);
    assert.deepEqual(refused('r1 = map[idx:3] ll'), ['EBADF', 0]);
    assert.deepEqual(refused('r1 = map[hash][0] ll'), ['EINVAL', 0]);
    assert.deepEqual(refused('r1 = map[single][0] + 8 ll'), ['EINVAL', 0]);
  });
});

describe('malformed programs', () => {
  const CASES: readonly [string, string, string, number, RegExp][] = [
    ['an empty program', '', 'E2BIG', 0, /empty/],
    ['an end without exit', 'r0 = 0', 'EINVAL', 0, /last insn is not an exit or jmp/],
    ['a jump out of the program', 'r0 = 0\ngoto +5\nexit', 'EINVAL', 1, /jump out of range from insn 1 to 7/],
    ['a call out of the program', 'call +9\nexit', 'EINVAL', 0, /invalid destination 10/],
    ['division by a zero immediate', 'r0 /= 0\nexit', 'EINVAL', 0, /div by zero/],
    ['a shift by 64', 'r0 <<= 64\nexit', 'EINVAL', 0, /invalid shift 64/],
    ['an unknown helper', 'r0 = 0\ncall 9999\nexit', 'EINVAL', 1, /invalid func unknown#9999/],
    ['a write to r10', 'r10 += 8\nexit', 'EACCES', 0, /read only/],
    ['recursion', 'call f\nexit\nf: call f\nexit', 'E2BIG', 2, /too deep/],
  ];
  for (const [what, source, code, insn, message] of CASES) {
    test(what, () => {
      assert.throws(
        () => uncheckedProgram({ name: 'p', type: 6, insns: assemble(source).insns, mapsByFd: MAPS }),
        (error: ProgramError) =>
          error instanceof ProgramError && error.code === code && error.insn === insn && message.test(error.message),
      );
    });
  }

  test('reserved fields and registers that do not exist', () => {
    const exit = { opcode: 0x95, dst: 0, src: 0, offset: 0, imm: 0, immHigh: 0 };
    for (const insn of [
      { ...exit, opcode: 0xff },
      { ...exit, opcode: 0xb7, dst: 11 },
      { ...exit, opcode: 0xbf, src: 12 },
      { ...exit, opcode: 0x61, imm: 1 },
      { ...exit, opcode: 0xdb, imm: 0x77 },
      { ...exit, opcode: 0xcb, imm: 0 },
      { ...exit, opcode: 0xd7, imm: 24 },
      { ...exit, opcode: 0x30, dst: 1 },
      { ...exit, opcode: 0x95, imm: 1 },
    ]) {
      assert.throws(() => uncheckedProgram({ name: 'p', type: 6, insns: [insn, exit], mapsByFd: MAPS }), {
        code: 'EINVAL',
        insn: 0,
      });
    }
  });
});
