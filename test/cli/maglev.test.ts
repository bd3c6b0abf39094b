import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isPrime, maglevTable, NO_BACKEND } from '#dist/cli/demo/maglev.js';

const SIZE = 4093;

function range(count: number, first = 0): number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}

function shares(table: Uint32Array): Map<number, number> {
  const counts = new Map<number, number>();
  for (const backend of table) counts.set(backend, (counts.get(backend) ?? 0) + 1);
  return counts;
}

describe('a Maglev table', () => {
  for (const [backends, size] of [
    [1, SIZE],
    [7, SIZE],
    [40, SIZE],
    [500, 65_537],
  ] as const) {
    it(`gives ${backends} backends shares of ${size} entries that differ by one at most`, () => {
      const counts = [...shares(maglevTable(range(backends, 100), size)).values()];
      assert.equal(counts.length, backends);
      assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, counts.join());
    });
  }

  it('is the same whatever the order of the backends', () => {
    assert.deepEqual(maglevTable([5, 9, 2, 77], SIZE), maglevTable([77, 2, 9, 5], SIZE));
  });

  it('changes little for others when a backend goes', () => {
    const before = maglevTable(range(20), SIZE);
    const after = maglevTable(range(20).slice(1), SIZE);
    let moved = 0;
    let orphans = 0;
    before.forEach((backend, entry) => {
      if (backend === 0) orphans++;
      else if (after[entry] !== backend) moved++;
    });
    assert.ok(orphans > 0);
    // A table by modulo would move 19 of 20; the paper's figures are a few per cent.
    assert.ok(moved < SIZE * 0.1, `${moved} of ${SIZE} entries moved without need`);
    assert.ok(!after.includes(0));
  });

  it('says in every entry that there is no backend when there is none', () => {
    assert.deepEqual(new Set(maglevTable([], 13)), new Set([NO_BACKEND]));
  });

  it('refuses a size that is not prime, or smaller than the number of backends', () => {
    assert.throws(() => maglevTable([1], 4096), /given 4096, expected a prime/);
    assert.throws(() => maglevTable(range(14), 13), /given 13 for 14 backends/);
    assert.deepEqual([1, 2, 4093, 4095, 65_537, 2.5].map(isPrime), [false, true, true, false, true, false]);
  });
});
