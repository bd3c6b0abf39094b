import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OptionError } from 'innermap';
import { boolean, checkOptions, integer, oneOf, withDefault } from '#dist/api/options.js';
import { nearest } from '#dist/shared/text/nearest.js';

const TABLE = {
  workers: withDefault(integer(0, 8, 'threads'), () => 2),
  rules: withDefault(oneOf('4.12', '6.18'), '6.18'),
  poison: boolean(),
};

function refusal(given: unknown): OptionError {
  try {
    checkOptions(TABLE, given, 'make()');
  } catch (error) {
    assert.ok(error instanceof OptionError);
    return error;
  }
  return assert.fail('expected a refusal');
}

describe('options', () => {
  it('fill in defaults and keep what is given', () => {
    assert.deepEqual(checkOptions(TABLE, undefined, 'make()'), { workers: 2, rules: '6.18', poison: undefined });
    const checked = checkOptions(TABLE, { workers: 0, rules: '4.12', poison: false }, 'make()');
    assert.deepEqual(checked, { workers: 0, rules: '4.12', poison: false });
  });

  it('name the option, what was given and what is expected', () => {
    const error = refusal({ workers: 9 });
    assert.equal(error.option, 'workers');
    assert.equal(error.code, 'ERR_INNERMAP_INVALID_OPTION');
    assert.equal(error.message, 'make(): option workers: given 9, expected an integer from 0 to 8 threads');
    assert.equal(refusal({ rules: '5.10' }).message, "make(): option rules: given '5.10', expected '4.12' or '6.18'");
    for (const poison of [1, 'yes', null]) assert.equal(refusal({ poison }).option, 'poison');
  });

  it('refuse an unknown name and offer the nearest one', () => {
    const error = refusal({ worker: 3 });
    assert.equal(error.code, 'ERR_INNERMAP_UNKNOWN_OPTION');
    assert.equal(error.message, 'make(): unknown option worker: did you mean workers?');
    assert.match(refusal({ colour: 1 }).message, /known options are workers, rules, poison/);
  });

  it('refuse what is no object', () => {
    for (const given of [null, 5, 'x', []]) assert.match(refusal(given).message, /expected an object/);
  });

  it('do not take inherited names for options', () => {
    assert.equal(refusal({ toString: 1 }).code, 'ERR_INNERMAP_UNKNOWN_OPTION');
  });
});

describe('nearest', () => {
  it('finds transposed and miscapitalised names, and leaves strangers alone', () => {
    assert.equal(nearest('maxentries', ['maxEntries', 'name']), 'maxEntries');
    assert.equal(nearest('vlaue', ['key', 'value']), 'value');
    assert.equal(nearest('zzzzzz', ['key', 'value']), undefined);
  });
});
