/** The clock of the verifier: how often it is looked at. The one here tells how often. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assemble } from '#dist/shared/program/asm/index.js';
import { encode } from '#dist/shared/program/insn/codec.js';
import { verify } from '#dist/shared/program/verifier/index.js';

const ROUNDS = `
  r6 = 0
again:
  r6 += 1
  if r6 != 20000 goto again
  r0 = 2
  exit
`;

/** Many paths. */
const BRANCHES = `
  ${'call get_prandom_u32\n  if r0 == 0 goto +1\n  r6 = 3\n  '.repeat(100)}
  r0 = 2
  exit
`;

/** The verdict with a clock that goes on by 1 at every look. */
function verdict(source: string, deadline: number) {
  let looks = 0;
  const now = () => ++looks;
  const limits = { now, deadline };
  const insns = encode(assemble(source).insns);
  const result = verify({ name: 'budget', type: 1, gpl: true, mapsByFd: new Map(), insns, limits });
  return { result, looks };
}

describe('the clock', () => {
  test('is looked at every 128 instructions at least', () => {
    for (const source of [ROUNDS, BRANCHES]) {
      const { result, looks } = verdict(source, Number.POSITIVE_INFINITY);
      assert.ok(result.ok, source);
      assert.ok(looks >= Math.floor(result.counts.processed / 128), `${looks} looks`);
    }
  });

  test('ends verification within as many', () => {
    const { result, looks } = verdict(ROUNDS, 10);
    assert.ok(!result.ok);
    assert.equal(result.code, 'ETIMEDOUT');
    assert.equal(looks, 11);
    assert.ok(result.counts.processed <= 11 * 128, String(result.counts.processed));
  });

  test('is looked at while states are compared and marks carried back, too', () => {
    const { result, looks } = verdict(ROUNDS, Number.POSITIVE_INFINITY);
    assert.ok(looks > (result.counts.processed / 128) * 1.2, `${looks} looks, ${result.counts.processed} instructions`);
  });
});
