import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assembly, evaluate, type Exit, type Graph, Random, randomGraph } from './control-flow.js';
import { CONTEXT, FakeThread, program, STACK_TOP } from './thread.js';

const FUEL = 500;

function compare(thread: FakeThread, graph: Graph, label: string, fuel = FUEL): number {
  const { main, compiled } = thread.load(program(assembly(graph, fuel)));
  for (const seed of [0, 1, 0xdeadbeef, 77777]) {
    thread.view.setUint32(CONTEXT, seed, true);
    assert.equal(Number(main(BigInt(CONTEXT), STACK_TOP)), evaluate(graph, seed, fuel), `${label}, seed ${seed}`);
  }
  return compiled.wasm?.length ?? Number.POSITIVE_INFINITY;
}

describe('control flow', () => {
  const thread = new FakeThread();

  for (const [count, local, rounds] of [
    [4, 4, 400],
    [10, 10, 300],
    [30, 5, 200],
    [60, 60, 60],
  ] as const) {
    test(`${rounds} random graphs of ${count} blocks with jumps over ${local}`, () => {
      for (let round = 0; round < rounds; round++)
        compare(thread, randomGraph(new Random(round * 1000 + count), count, local), `graph ${round}`);
    });
  }

  test('1,000 blocks, irreducible', () => {
    for (const local of [3, 1000]) {
      const graph = randomGraph(new Random(42 + local), 1000, local);
      const bytes = compare(thread, graph, `1,000 blocks over ${local}`, 5000);
      assert.ok(bytes < 1000 * 200, `${bytes} bytes of WebAssembly: no block may be copied`);
    }
  });

  test('every block an entry of one loop', () => {
    const exits: Exit[] = Array.from({ length: 40 }, (_, block) =>
      block === 39 ? { kind: 'exit' } : { kind: 'branch', bit: block % 16, taken: (block * 7) % 39, next: block + 1 },
    );
    compare(thread, { exits }, 'many entries');
  });

  test('a chain of tests for one value, as of a switch: no block is copied', () => {
    const cases = 500;
    const lines = ['r2 = *(u32 *)(r1 + 0)', 'r0 = 0'];
    for (let at = 0; at < cases; at++) lines.push(`if r2 == ${at} goto case${at}`);
    lines.push('goto out');
    for (let at = 0; at < cases; at++) lines.push(`case${at}: r0 += ${at + 1}`, ...(at % 3 === 0 ? ['goto out'] : []));
    lines.push('out: exit');
    const { main, compiled } = thread.load(program(lines.join('\n')));
    for (const value of [0, 1, 2, 3, 250, 499, 500]) {
      thread.view.setUint32(CONTEXT, value, true);
      let expected = 0;
      for (let at = value; at < cases; at++) {
        expected += at + 1;
        if (at % 3 === 0) break;
      }
      assert.equal(main(BigInt(CONTEXT), STACK_TOP), BigInt(expected), `case ${value}`);
    }
    const bytes = compiled.wasm?.length ?? Number.POSITIVE_INFINITY;
    assert.ok(bytes < cases * 40, `${bytes} bytes`);
  });

  test('conditions nested 20,000 deep', () => {
    const depth = 20_000;
    const lines = ['r0 = 0'];
    for (let at = 0; at < depth; at++) lines.push(`if r1 == ${at} goto +1`, 'goto +1', 'exit', 'r0 += 1');
    assert.equal(thread.run([...lines, 'exit'].join('\n')), BigInt(depth));
  });

  test('checks that all lead to one exit, 20,000 of them', () => {
    const lines = ['r0 = 0'];
    for (let at = 0; at < 20_000; at++)
      lines.push(
        'r0 += 1',
        at < 10_000 ? 'if r0 > 15000 goto +0' : `if r0 > ${at} goto far${Math.floor(at / 500)}`,
        ...(at % 500 === 499 ? ['goto +1', `far${Math.floor(at / 500)}: exit`] : []),
      );
    assert.equal(thread.run([...lines, 'exit'].join('\n')), 10_001n);
  });

  test('unreached calls of helpers that do not exist are no obstacle', () => {
    const source = 'r0 = 1\nif r1 != 0 goto out\ncall 27\nr0 = 2\nout: exit';
    assert.equal(thread.run(source, { reached: Uint8Array.of(1, 1, 0, 0, 1) }), 1n);
    const behindCall = 'call f\ncall 27\nexit\nf: r0 = 1\nexit';
    assert.throws(() => thread.run(behindCall, { reached: Uint8Array.of(1, 0, 0, 1, 1) }), WebAssembly.RuntimeError);
  });

  test('slots that the verifier found unreached are left out, and trap when reached all the same', () => {
    const source = 'r0 = 1\nif r1 != 0 goto out\nr0 = 2\nr0 += 3\nout: exit';
    const reached = Uint8Array.of(1, 1, 0, 0, 1);
    const { main } = thread.load(program(source, { reached }));
    assert.equal(main(1n, STACK_TOP), 1n);
    assert.throws(() => main(0n, STACK_TOP), WebAssembly.RuntimeError);
  });
});
