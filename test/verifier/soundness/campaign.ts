/** Verifies programs, runs them, and asks of each executed instruction whether the verifier foresaw what is there. */
import { MemoryAccessError } from '#dist/shared/program/interpreter/errors.js';
import { type VerifyInput, type VerifyResult, verify } from '#dist/shared/program/verifier/index.js';
import { cleanState } from '#dist/shared/program/verifier/prune/visit.js';
import type { Env } from '#dist/shared/program/verifier/env.js';
import type { Register } from '#dist/shared/program/verifier/register.js';
import type { State } from '#dist/shared/program/verifier/state.js';
import { type Claim, type Moment, whyOutside } from './contain.js';
import type { World } from './world.js';

export interface Tally {
  programs: number;
  accepted: number;
  runs: number;
  /** Executed instructions whose registers and stack were compared with the state of their path. */
  checked: number;
  /** Those of them in functions and callbacks that another function called. */
  deep: number;
  /** Executed instructions looked up at checkpoints, under pruning. */
  checkpoints: number;
  readonly violations: string[];
}

export function newTally(): Tally {
  return { programs: 0, accepted: 0, runs: 0, checked: 0, deep: 0, checkpoints: 0, violations: [] };
}

/** What a wrong rule in the verifier would do; each is called with what the verifier goes on with. */
export interface Corruption {
  /** Without pruning, before the instruction at `slot`: a wrong transfer function. */
  readonly path?: (slot: number, state: State, input: VerifyInput) => void;
  /** With pruning, before each instruction: a mark that is lost. */
  readonly pruned?: (state: State) => void;
  /** With pruning, of each new checkpoint: liveness, or a comparison that is too generous. */
  readonly checkpoint?: (state: State) => void;
}

const RUNS = 4;
/** Instructions of one run that are checked: loops would take all the time. */
const CHECKED = 400;
/** Programs that need more are passed over: comparing with a checkpoint everywhere takes quadratic time. */
const PROCESSED = 5000;
const TEST_STATE_FREQ = 8;
const EVERYTHING: Claim = { precise: false, live: 0x3ff };

type Seen = Map<number, State[]>;

const note = (seen: Seen, slot: number, state: State) => {
  const states = seen.get(slot);
  if (states === undefined) seen.set(slot, [state]);
  else states.push(state);
};

const CALLING_BACK: ReadonlySet<number> = new Set([164, 181, 209]);

/** At a logical operation on all ones or zero the verifier makes a path for each: which is the run's is told too late. */
function forks(opcode: number, register: Register): boolean {
  const alu = (opcode & 7) === 7 || (opcode & 7) === 4;
  return alu && [0x50, 0x40].includes(opcode & 0xf0) && register.s32min === -1 && register.s32max === 0;
}

/**
 * Verify along the path of a run, nothing pruned: each state must hold all of its moment. Gives the reason of the first
 * that does not, and how many were compared.
 */
export function follow(input: VerifyInput, moments: readonly Moment[], corrupt?: Corruption) {
  let at = 0;
  let why: string | undefined;
  let over = false;
  const view = new DataView(input.insns.buffer, input.insns.byteOffset);
  // The verifier comes back to the call after each round of a callback.
  const callsBack = (slot: number) =>
    view.getUint16(slot * 8, true) === 0x85 && CALLING_BACK.has(view.getInt32(slot * 8 + 4, true));
  const follows = (slot: number) => {
    const next = why === undefined && !over ? moments[at] : undefined;
    return next !== undefined && (next.slot === slot || callsBack(slot));
  };
  const state = (slot: number, now: State) => {
    const moment = moments[at] as Moment;
    if (moment.slot !== slot) return;
    corrupt?.path?.(slot, now, input);
    at++;
    why = moment.depth === now.frames.length ? whyOutside(moment, now, EVERYTHING) : 'another depth';
    over = forks(view.getUint8(slot * 8), now.current.peek(view.getUint8(slot * 8 + 1) & 15));
    if (why !== undefined) why = `slot ${slot}, depth ${moment.depth}: ${why}`;
  };
  const result = verify({ ...input, observer: { follows, state } });
  const deep = moments.slice(0, at).filter(({ depth }) => depth > 1).length;
  if (!result.ok) why ??= `refused on the way: ${result.message}`;
  if (at < moments.length && !over) why ??= `slot ${moments[at]?.slot}: no path leads there`;
  return { why, compared: at, deep };
}

/** A conditional jump to the next slot leads both ways to one place: the path cannot be told from there on. */
function untilBothWays(input: VerifyInput, moments: readonly Moment[]): readonly Moment[] {
  const view = new DataView(input.insns.buffer, input.insns.byteOffset);
  const end = moments.findIndex(({ slot }) => {
    const opcode = view.getUint8(slot * 8);
    const jumps = ((opcode & 7) === 5 || (opcode & 7) === 6) && ![0x05, 0x06, 0x85, 0x95].includes(opcode);
    return jumps && view.getInt16(slot * 8 + 2, true) === 0;
  });
  return end === -1 ? moments : moments.slice(0, end + 1);
}

interface Pruned {
  readonly result: VerifyResult;
  readonly seen: Seen;
  readonly reached: ReadonlySet<number>;
  /** Registers that may be read from a slot on, bit by bit. */
  readonly live: Uint16Array;
}

/** Pruned, with a checkpoint at every place where paths meet; reached slots and checkpoints. */
export function pruned(input: VerifyInput, corrupt?: Corruption): Pruned {
  const seen: Seen = new Map();
  let live: Uint16Array = new Uint16Array(0);
  const reached = new Set<number>();
  const observer = {
    state: (slot: number, state: State) => {
      reached.add(slot);
      corrupt?.pruned?.(state);
    },
    checkpoint: (slot: number, state: State) => {
      corrupt?.checkpoint?.(state);
      note(seen, slot, state);
    },
    accepted: (env: Env) => {
      live = env.liveBefore;
      for (const states of seen.values()) for (const state of states) cleanState(env, state);
    },
  };
  const flags = (input.flags ?? 0) | TEST_STATE_FREQ;
  const result = verify({ ...input, flags, observer, limits: { maxInstructions: PROCESSED } });
  return { result, seen, reached, live };
}

/** Where the last search in these states ended. */
const cursors = new WeakMap<readonly State[], number>();

/** The reasons of all states that could have held the moment; undefined: one does. */
function whyNowhere(moment: Moment, states: readonly State[], claim: Claim): string | undefined {
  const { depth, slot } = moment;
  const reasons = new Set<string>();
  // Runs of a loop come in the order in which its rounds were captured.
  const begin = cursors.get(states) ?? 0;
  for (let step = 0; step < states.length; step++) {
    const index = (begin + step) % states.length;
    const state = states[index] as State;
    if (state.frames.length !== depth) continue;
    const why = whyOutside(moment, state, claim);
    if (why === undefined) {
      cursors.set(states, index + 1);
      return undefined;
    }
    if (reasons.size < 4) reasons.add(why);
  }
  return `slot ${slot}, depth ${depth}: ${[...reasons].join('; ') || 'never reached'}`;
}

/** The message of an access to memory that is not the program's. */
function caughtInTheAct(run: () => void): string | undefined {
  try {
    run();
  } catch (error) {
    if (error instanceof MemoryAccessError) return error.message;
    throw error;
  }
  return undefined;
}

export function soundness(world: World, input: VerifyInput, seed: number, tally: Tally, corrupt?: Corruption): void {
  tally.programs++;
  const { result, seen, reached, live } = pruned(input, corrupt);
  if (!result.ok) return;
  tally.accepted++;
  const fail = (what: string, run: number, why: string) => {
    if (tally.violations.length < 20) tally.violations.push(`${input.name}, run ${run}, ${what}: ${why}`);
  };
  for (let run = 0; run < RUNS; run++) {
    tally.runs++;
    const moments: Moment[] = [];
    const see = (moment: Moment) => {
      moments.push(moment);
      if (!reached.has(moment.slot)) fail('pruned', run, `slot ${moment.slot} was never reached`);
      const states = seen.get(moment.slot);
      if (states === undefined) return;
      tally.checkpoints++;
      const why = whyNowhere(moment, states, { precise: true, live: live[moment.slot] as number });
      if (why !== undefined) fail('pruned', run, why);
    };
    const caught = caughtInTheAct(() => world.run(result.program, seed * RUNS + run, CHECKED, see));
    if (caught !== undefined) fail('in the interpreter', run, caught);
    const { why, compared, deep } = follow(input, untilBothWays(input, moments), corrupt);
    tally.checked += compared;
    tally.deep += deep;
    if (why !== undefined) fail('its path', run, why);
  }
}
