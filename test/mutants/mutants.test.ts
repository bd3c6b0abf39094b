/**
 * Each mutant of the core (`MUTANT_*` in src/shared/core/build.ts: one bug each) is caught, and the core without one is
 * not. The scenario of a mutant is a schedule in which its bug must show: no luck is needed.
 */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, describe, test } from 'node:test';
import { EXTRA_SCENARIOS } from './extra-scenarios.js';
import { SCENARIOS } from './scenarios.js';

const PREFIX = 'core-mutant-';
const builds = readdirSync(new URL('../../../dist/shared/', import.meta.url))
  .filter((file) => file.startsWith(PREFIX) && file.endsWith('.wasm'))
  .map((file) => file.slice(PREFIX.length, -'.wasm'.length));
const scenarios = { ...SCENARIOS, ...EXTRA_SCENARIOS };

describe('a mutant is caught', () => {
  let caught = 0;
  after(() => console.log(`mutants: ${caught} of ${builds.length} caught`));

  for (const mutant of builds) {
    test(mutant, async () => {
      const scenario = scenarios[mutant];
      assert.ok(scenario, 'no scenario');
      await assert.rejects(async () => scenario(PREFIX + mutant), isFinding);
      caught++;
    });
  }
});

describe('the core without a bug passes', () => {
  for (const [name, scenario] of Object.entries(scenarios)) test(name, async () => scenario('core-steps'));
});

/** An assertion, or an invariant of the core that failed: nothing else counts as a finding. */
function isFinding(error: unknown): boolean {
  if (error instanceof assert.AssertionError || error instanceof WebAssembly.RuntimeError) return true;
  throw error;
}
