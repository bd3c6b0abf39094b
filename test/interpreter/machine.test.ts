import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BudgetError, interpret, Stepper, trace, type TraceEntry } from '#dist/shared/program/interpreter/index.js';
import { MAP_HEADER } from '#dist/shared/core-exports.js';
import { MapType } from '#dist/shared/uapi.js';
import { arena, makeMap, program, request } from './support.js';

describe('steps and traces', () => {
  const source = 'r1 = 5\ncall double\nr0 += 1\nexit\ndouble:\nr0 = r1\nr0 *= 2\nexit';

  test('a step says what it did', () => {
    const stepper = new Stepper(request(program(source)), { line: (_, slot) => `line of ${slot}` });
    assert.deepEqual(stepper.step(), {
      program: 'test',
      slot: 0,
      text: 'r1 = 5',
      changed: [[1, 5n]],
      depth: 1,
      line: 'line of 0',
    });
    assert.equal(stepper.step()?.text, 'call +2');
    assert.deepEqual([stepper.machine.depth, stepper.machine.slot, stepper.result], [2, 4, undefined]);
    while (stepper.step() !== undefined);
    assert.equal(stepper.result, 11n);
  });

  test('a trace has every instruction in order, those of callbacks included', () => {
    const entries: TraceEntry[] = [];
    assert.equal(
      trace(request(program(source)), (entry) => entries.push(entry)),
      11n,
    );
    assert.deepEqual(
      entries.map(({ slot }) => slot),
      [0, 1, 4, 5, 6, 2, 3],
    );
    const loop = 'r1 = 2\nr2 = func[f] ll\nr3 = 0\nr4 = 0\ncall bpf_loop\nexit\nf:\nr0 = 0\nexit';
    const slots: number[] = [];
    assert.equal(
      trace(request(program(loop)), ({ slot }) => slots.push(slot)),
      2n,
    );
    assert.deepEqual(slots, [0, 1, 3, 4, 5, 7, 8, 7, 8, 6]);
  });

  test('a hook sees registers and frame before each instruction', () => {
    const seen: [number, bigint | undefined, number][] = [];
    interpret({
      ...request(program(source)),
      before: ({ slot, registers, depth }) => seen.push([slot, registers[1], depth]),
    });
    assert.deepEqual(seen.slice(1, 4), [
      [1, 5n, 1],
      [4, 5n, 2],
      [5, 5n, 2],
    ]);
  });

  test('a budget ends a loop', () => {
    const forever = program('r0 = 0\ngoto -2');
    assert.throws(() => interpret({ ...request(forever), budget: 100 }), BudgetError);
    assert.throws(() => interpret({ ...request(forever), budget: 100 }), {
      code: 'ERR_INNERMAP_BUDGET',
      message: /100 instructions/,
    });
  });
});

describe('functions', () => {
  test('nine frames are too many', () => {
    assert.throws(() => interpret(request(program('call f\nexit\nf:\ncall f\nexit'))), /more than 8 frames/);
  });

  test('r6–r9 and r10 come back from a call and from a callback', () => {
    const source =
      'r6 = 1\nr9 = 4\nr7 = r10\ncall f\nr7 -= r10\nr0 = r6\nr0 += r9\nr0 += r7\nexit\nf:\nr6 = 77\nr9 = 78\nr0 = 0\nexit';
    assert.equal(interpret(request(program(source))), 5n);
  });

  test('for_each_map_elem calls back with key and value, through the core', () => {
    const map = makeMap({ type: MapType.ARRAY, keySize: 4, valueSize: 8, maxEntries: 4 });
    const source =
      'r1 = map[m] ll\nr2 = func[f] ll\nr3 = r10\nr3 += -8\n*(u64 *)(r10 - 8) = 0\nr4 = 0\ncall bpf_for_each_map_elem\nr0 *= 100\n' +
      'r1 = *(u64 *)(r10 - 8)\nr0 += r1\nexit\nf:\nr1 = *(u32 *)(r2 + 0)\n*(u64 *)(r3 + 0) = r1\nr2 = *(u64 *)(r4 + 0)\nr2 += r1\n' +
      '*(u64 *)(r4 + 0) = r2\nr0 = 0\nif r1 != 2 goto end\nr0 = 1\nend:\nexit';
    assert.equal(interpret(request(program(source, { m: map }))), 303n);
  });

  test('a tail call goes on in the other program with the context; past 33 it falls through', () => {
    const map = makeMap({ type: MapType.PROG_ARRAY, keySize: 4, valueSize: 4, maxEntries: 2 });
    const call = 'r6 = r1\nr7 = 1\nr2 = map[jumps] ll\nr3 = 0\ncall bpf_tail_call\n';
    const caller = program(`${call}r0 = 99\nexit`, { jumps: map });
    const callee = program('r0 = *(u32 *)(r1 + 12)\nr0 += 41\nexit');
    assert.equal(interpret(request(caller, { 7: callee })), 99n);
    arena.u32[((map.address as number) + MAP_HEADER.data) >>> 2] = 7;
    assert.equal(interpret(request(caller, { 7: callee })), 42n);
    let runs = 0;
    const again = {
      ...request(caller, { 7: caller }),
      before: ({ slot }: { slot: number }) => void (slot === 0 && runs++),
    };
    assert.equal(interpret(again), 99n);
    assert.equal(runs, 34);
  });
});
