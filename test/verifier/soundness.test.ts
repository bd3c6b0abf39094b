/**
 * Soundness: what the interpreter finds in registers and stack lies in what the verifier believed.
 *
 * Two questions are asked of each accepted program, because a pruned verification does not say what holds on a pruned
 * path: a state counts as covered by an earlier one although scalars differ that the earlier path did not rely on
 * (they have no mark of precision), and although registers and slots differ that nobody reads again.
 *
 * 1. Nothing is pruned, and the verifier is led along the path that the run took (other branches are dropped). Then the
 *    state before each instruction holds everything: every register, every slot of every frame's stack, equal
 *    identities; and there is a state for each executed instruction, so no branch that is taken was ruled out. This
 *    finds wrong transfer functions, branch refinements and models of helpers.
 * 2. With pruning, and a checkpoint wherever paths meet. By induction over checkpoints: a run that lies in a checkpoint
 *    as far as live registers, pointers and precise scalars go is led by the verifier's instructions to the next one,
 *    whose precise scalars were derived from scalars that were marked precise in the first; and when the path ended
 *    there, covered, then the covering checkpoint holds it as far as its own marks go. So some checkpoint of a slot, with
 *    the marks that it has in the end, holds each arrival. This finds lost precision marks, liveness and comparisons
 *    that are too generous. Slots that no path reached are never executed, with and without checkpoints.
 *
 * A packet pointer's proven range is part of what a state says, so is the object that a pointer leads into.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Kind } from '#dist/shared/program/verifier/register-kinds.js';
import type { State } from '#dist/shared/program/verifier/state.js';
import { type Corruption, newTally, soundness, type Tally } from './soundness/campaign.js';
import { World } from './soundness/world.js';

/** INNERMAP_SOUNDNESS=1000000 makes it the long mode; INNERMAP_SOUNDNESS_SEED says where to begin. */
const INSTRUCTIONS = Number(process.env['INNERMAP_SOUNDNESS'] ?? 30_000);
const SEED = Number(process.env['INNERMAP_SOUNDNESS_SEED'] ?? 1);

/** Programs of both generators until so many instructions were checked. */
function campaign(instructions: number, corrupt?: Corruption): Tally {
  const world = new World();
  const tally = newTally();
  for (let seed = SEED; tally.checked < instructions && tally.violations.length === 0; seed++) {
    for (let i = 0; i < 4; i++) soundness(world, world.border(4 * seed + i), seed, tally, corrupt);
    const { input, done } = world.broad(seed);
    soundness(world, input, seed, tally, corrupt);
    done();
  }
  return tally;
}

/** Each is a wrong rule somewhere in the verifier. */
const CORRUPTIONS: Readonly<Record<string, (state: State) => void>> = {
  'numbers taken for not negative': (state) => {
    const register = state.current.register(7);
    if (register.type !== Kind.SCALAR || !register.isUnboundedScalar) return;
    register.umaxHi = 0x7fff_ffff;
    register.smaxHi = 0x7fff_ffff;
    register.sminHi = register.sminLo = 0;
  },
  'a low bit taken for known': (state) => {
    const register = state.current.register(8);
    if (register.type === Kind.SCALAR && !register.isConstant) register.maskLo &= ~1;
  },
  'a pointer one byte off': (state) => {
    const register = state.current.register(2);
    if (register.type === Kind.STACK) register.off += 1;
  },
};

describe('soundness', () => {
  test(`the states hold what ${INSTRUCTIONS} executed instructions find`, (context) => {
    const { violations, ...figures } = campaign(INSTRUCTIONS);
    context.diagnostic(JSON.stringify(figures));
    assert.deepEqual(violations, []);
    assert.ok(figures.accepted > 0.3 * figures.programs, JSON.stringify(figures));
    assert.ok(figures.checkpoints > 0.1 * INSTRUCTIONS, JSON.stringify(figures));
  });

  for (const [name, change] of Object.entries(CORRUPTIONS)) {
    test(`finds ${name}`, () => {
      const { violations, checked } = campaign(20_000, (_slot, state) => change(state));
      assert.ok(violations.length > 0, `${checked} instructions, no violation`);
    });
  }
});
