import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { comparePrefixes } from '#dist/api/map/trie-walk.js';

/** SPEC 9.3: the prefix's bits, then a symbol greater than 1. */
function ordinal(key: Uint8Array): string {
  const length = key[0] ?? 0;
  const bits = [...key.subarray(4)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return `${bits.slice(0, length)}2`;
}

const key = fc
  .tuple(fc.integer({ min: 0, max: 16 }), fc.integer({ min: 0, max: 255 }), fc.constantFrom(0, 1, 128, 255))
  .map(([length, first, second]) => Uint8Array.of(length, 0, 0, 0, first, second));

describe('the order of a trie', () => {
  it('is that of the bit strings, each followed by a symbol greater than 1', () => {
    fc.assert(
      fc.property(key, key, (a, b) => {
        const expected = ordinal(a) < ordinal(b) ? -1 : ordinal(a) > ordinal(b) ? 1 : 0;
        assert.equal(Math.sign(comparePrefixes(a, b)), expected, `${ordinal(a)} and ${ordinal(b)}`);
      }),
      { numRuns: 5000 },
    );
  });
});
