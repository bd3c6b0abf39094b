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
 *    that are too generous. Slots that no path reached are never executed, with and without checkpoints; and
 *    the interpreter, which checks every access, never catches a program that was accepted.
 *
 * A packet pointer's proven range is part of what a state says, so is the object that a pointer leads into.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { VerifyInput } from '#dist/shared/program/verifier/index.js';
import { Kind } from '#dist/shared/program/verifier/register-kinds.js';
import type { Register } from '#dist/shared/program/verifier/register.js';
import type { State } from '#dist/shared/program/verifier/state.js';
import { type Corruption, newTally, soundness, type Tally } from './soundness/campaign.js';
import { World } from './soundness/world.js';

/** INNERMAP_SOUNDNESS=1000000 makes it the long mode; INNERMAP_SOUNDNESS_SEED says where to begin. */
const INSTRUCTIONS = Number(process.env['INNERMAP_SOUNDNESS'] ?? 30_000);
const SEED = Number(process.env['INNERMAP_SOUNDNESS_SEED'] ?? 1);

/** Programs of all three generators until so many instructions were checked. */
function campaign(instructions: number, corrupt?: Corruption): Tally {
  const world = new World();
  const tally = newTally();
  for (let seed = SEED; tally.checked < instructions && tally.violations.length === 0; seed++) {
    for (let i = 0; i < 4; i++) {
      soundness(world, world.border(4 * seed + i), seed, tally, corrupt);
      soundness(world, world.joins(4 * seed + i), seed, tally, corrupt);
    }
    const { input, done } = world.broad(seed);
    soundness(world, input, seed, tally, corrupt);
    done();
  }
  return tally;
}

/** Of the instruction before `slot`: its destination, where its opcode is one of these; else the state's r10. */
function resultOf({ insns }: VerifyInput, slot: number, state: State, opcodes: readonly number[]): Register {
  const at = 8 * (slot - 1);
  if (at < 0 || !opcodes.includes(insns[at] as number)) return state.current.peek(10);
  return state.current.register((insns[at + 1] as number) & 15);
}

/** w = …: moves and arithmetic of 32 bits. */
const NARROW = [0xbc, 0x0c, 0x1c, 0x4c, 0x5c, 0xac];
/** Loads with sign extension, and arithmetic shifts. */
const SIGNED = [0x91, 0x89, 0x81, 0xc7, 0xcf];

/** Each is a wrong rule somewhere in the verifier. */
const CORRUPTIONS: Readonly<Record<string, Corruption>> = {
  'numbers taken for not negative': {
    path: (_slot, state) => {
      const register = state.current.register(7);
      if (register.type !== Kind.SCALAR || !register.isUnboundedScalar) return;
      register.umaxHi = 0x7fff_ffff;
      register.smaxHi = 0x7fff_ffff;
      register.sminHi = register.sminLo = 0;
    },
  },
  'a low bit taken for known': {
    path: (_slot, state) => {
      const register = state.current.register(8);
      if (register.type === Kind.SCALAR && !register.isConstant) register.maskLo &= ~1;
    },
  },
  'a pointer one byte off': {
    path: (_slot, state) => {
      const register = state.current.register(2);
      if (register.type === Kind.STACK) register.off += 1;
    },
  },
  'a bound one too low': {
    path: (_slot, state) => {
      const register = state.current.register(9);
      if (register.type !== Kind.SCALAR || register.isConstant || register.umaxHi !== 0) return;
      if (register.umaxLo > register.uminLo && register.umaxLo < 256) register.umaxLo -= 1;
    },
  },
  'a sign extension that was missed': {
    path: (slot, state, input) => {
      const register = resultOf(input, slot, state, SIGNED);
      if (register.type !== Kind.SCALAR || register.sminHi >= 0) return;
      register.sminLo = register.sminHi = 0;
      register.smaxHi &= 0x7fff_ffff;
    },
  },
  'an upper half that 32-bit arithmetic kept': {
    path: (slot, state, input) => {
      const register = resultOf(input, slot, state, NARROW);
      if (register.type !== Kind.SCALAR || register.s32max < 0 || register.s32min >= 0) return;
      register.sminHi = -1;
      register.sminLo = register.s32min;
      register.smaxHi = 0;
      register.smaxLo = register.s32max;
    },
  },
  'marks of precision that are lost': {
    pruned: (state) => {
      for (let at = state.parent; at !== null; at = at.parent) {
        for (let i = 6; i < 10; i++) if (at.current.peek(i).precise) at.current.register(i).precise = false;
      }
    },
  },
  'a register that is taken for dead': {
    checkpoint: (state) => {
      for (let i = 6; i < 10; i++) if (state.current.peek(i).type === Kind.SCALAR) state.current.forget(i);
    },
  },
  'a stack that is not compared': {
    checkpoint: (state) => {
      for (let slot = 0; slot < state.current.slotCount; slot++) state.current.setKinds(slot, 0);
    },
  },
};

describe('soundness', () => {
  test(`the states hold what ${INSTRUCTIONS} executed instructions find`, (context) => {
    const { violations, ...figures } = campaign(INSTRUCTIONS);
    context.diagnostic(JSON.stringify(figures));
    assert.deepEqual(violations, []);
    assert.ok(figures.accepted > 0.3 * figures.programs, JSON.stringify(figures));
    assert.ok(figures.deep > 0.05 * INSTRUCTIONS, JSON.stringify(figures));
    assert.ok(figures.checkpoints > 0.1 * INSTRUCTIONS, JSON.stringify(figures));
  });

  for (const [name, corrupt] of Object.entries(CORRUPTIONS)) {
    test(`finds ${name}`, () => {
      const { violations, checked } = campaign(20_000, corrupt);
      assert.ok(violations.length > 0, `${checked} instructions, no violation`);
    });
  }
});
