import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assemble } from '#dist/shared/program/asm/index.js';
import { MEMORY, type IsaEngine } from '../engine.js';

export function callSuite(engine: IsaEngine): void {
  const run = (source: string) => engine.load(assemble(source).insns)(new Uint8Array(MEMORY));

  test('arguments r1–r5 arrive, r0 comes back, r6–r9 are kept', () => {
    const source = `
      r6 = 6
      r7 = 7
      r8 = 8
      r9 = 9
      r1 = 1
      r2 = 2
      r3 = 3
      r4 = 4
      r5 = 5
      call f
      r0 *= 10
      r0 += r6
      r0 *= 10
      r0 += r7
      r0 *= 10
      r0 += r8
      r0 *= 10
      r0 += r9
      exit
    f:
      r6 = r1
      r6 *= 10
      r6 += r2
      r6 *= 10
      r6 += r3
      r6 *= 10
      r6 += r4
      r6 *= 10
      r6 += r5
      r7 = 0
      r8 = 0
      r9 = 0
      r0 = r6
      exit`;
    assert.equal(run(source), 123456789n);
  });

  test('each frame has a stack of its own', () => {
    const source = `
      *(u64 *)(r10 - 8) = 1
      call f
      r1 = *(u64 *)(r10 - 8)
      r0 += r1
      exit
    f:
      *(u64 *)(r10 - 8) = 20
      call g
      r1 = *(u64 *)(r10 - 8)
      r0 += r1
      exit
    g:
      *(u64 *)(r10 - 8) = 300
      r0 = *(u64 *)(r10 - 8)
      exit`;
    assert.equal(run(source), 321n);
  });

  test('a callee writes the caller’s stack through a pointer', () => {
    const source = `
      r6 = 1
      *(u64 *)(r10 - 8) = r6
      r1 = r10
      r1 += -8
      call f
      r0 = *(u64 *)(r10 - 8)
      exit
    f:
      *(u64 *)(r1 + 0) = 42
      r0 = 0
      exit`;
    assert.equal(run(source), 42n);
  });

  test('eight frames deep', () => {
    const functions = [1, 2, 3, 4, 5, 6].map((depth) => `f${depth}:\n r1 += 1\n call f${depth + 1}\n r0 *= 2\n exit`);
    const source = `r1 = 0\ncall f1\nexit\n${functions.join('\n')}\nf7: r0 = r1\nexit`;
    assert.equal(run(source), 6n * 64n);
  });
}
