/** At places where paths meet: stop if the state is covered by an earlier one, find endless loops, keep checkpoints. */
import { spend } from '../budget.js';
import type { Env, StateList } from '../env.js';
import { formatState } from '../log/state.js';
import { forgetPrecision, inheritPrecision } from '../precision/chain.js';
import { ENTRY, pushHistory } from '../precision/history.js';
import { allBytes, Byte, type State } from '../state.js';
import { isCovered, Match, mayLoop, slotOfFrame } from './equal.js';
import { exploredAt, sameCallsites } from './explored.js';

const MAX_HISTORY = 40;
const MAY_GOTO = 0xe5;

/** Forget what nothing reads from here on, in checkpoints whose paths are all done. */
export function cleanState(env: Env, state: State): void {
  env.liveness.ask(state);
  for (const frame of state.frames) {
    const at = slotOfFrame(state, frame.number, state.slot);
    const live = env.liveBefore[at] as number;
    for (let i = 0; i < 10; i++) if ((live & (1 << i)) === 0) frame.forget(i);
    for (let slot = 0; slot < frame.slotCount; slot++) {
      if (env.liveness.isLive(frame.number, slot)) continue;
      frame.spills[slot] = null;
      frame.setKinds(slot, allBytes(Byte.INVALID));
    }
  }
  state.cleaned = true;
}

/** What became of comparing with one checkpoint. */
type Verdict = 'hit' | 'miss';

function compareOpen(env: Env, item: StateList, slot: number): Verdict | 'loop-hit' {
  const { state: old } = item;
  const current = env.state;
  if (old.current.inAsyncCallback && old.current.asyncEntry !== current.current.asyncEntry) return 'miss';
  if (env.slots.op(slot) === MAY_GOTO && old.mayGotoDepth !== current.mayGotoDepth) {
    if (isCovered(env, old, current, slot, Match.WITHIN)) return 'loop-hit';
  }
  if (env.callsCallback[slot]) return isCovered(env, old, current, slot, Match.WITHIN) ? 'loop-hit' : 'miss';
  if (!mayLoop(old, current) || !isCovered(env, old, current, slot, Match.EXACT)) return 'miss';
  if (old.mayGotoDepth !== current.mayGotoDepth || old.callbackUnrollDepth !== current.callbackUnrollDepth)
    return 'miss';
  return reportLoop(env, slot, old);
}

function reportLoop(env: Env, slot: number, old: State): never {
  const message = `infinite loop detected at insn ${slot}`;
  env.log.line(message);
  env.log.line(`cur state:${formatState(env, env.state, env.state.depth, true)}`);
  env.log.line(`old state:${formatState(env, old, env.state.depth, true)}`);
  return env.refuseSilently('EINVAL', message);
}

function goOnAs(env: Env, item: StateList, loop: boolean): void {
  item.hits++;
  if (env.isJumpPoint[env.slot]) pushHistory(env, 0, null);
  inheritPrecision(env, item.state, env.state);
  if (!loop) return;
  env.hasOpenLoop = true;
  env.backEdges.push({ old: item.state, state: env.state.clone() });
}

function cleanFinished(env: Env, list: readonly StateList[], slot: number): void {
  for (let i = 0; i < list.length; i++) {
    const { state } = list[i] as StateList;
    if (state.cleaned || state.branches > 0 || state.slot !== slot) continue;
    spend(env);
    if (sameCallsites(state, env.state)) cleanState(env, state);
  }
}

/** Returns true when the path needs no further look. */
export function isVisited(env: Env, slot: number): boolean {
  if (env.input.observer?.follows) return false;
  const current = env.state;
  const list = exploredAt(env, slot);
  const force =
    env.testStateFrequency || env.isForceCheckpoint[slot] === 1 || current.history.length > MAX_HISTORY * ENTRY;
  let add = force || (env.jumps - env.previousJumps >= 2 && env.processed - env.previousProcessed >= 8);
  if (!env.hasOpenLoop) cleanFinished(env, list, slot);
  let seen = 0;
  for (let i = list.length - 1; i >= 0; i--) {
    const item = list[i] as StateList;
    seen++;
    if (item.state.slot !== slot) continue;
    spend(env);
    let loop = env.hasOpenLoop;
    if (item.state.branches > 0) {
      const verdict = compareOpen(env, item, slot);
      if (verdict !== 'miss') {
        goOnAs(env, item, true);
        return true;
      }
      if (!force && env.jumps - env.previousJumps < 20 && env.processed - env.previousProcessed < 100) add = false;
    } else if (isCovered(env, item.state, current, slot, loop ? Match.WITHIN : Match.LOOSE)) {
      goOnAs(env, item, loop);
      return true;
    }
    loop = false;
    if (add) item.misses++;
    const patience = env.isForceCheckpoint[slot] && item.state.branches > 0 ? 64 : 3;
    if (item.misses > item.hits * patience + patience) {
      list.splice(i, 1);
      env.exploredStates--;
    }
  }
  if (env.maxStatesPerInstruction < seen) env.maxStatesPerInstruction = seen;
  if (!env.bpfCapable && seen > 64) return false;
  if (add) addCheckpoint(env, list, slot);
  return false;
}

function addCheckpoint(env: Env, list: StateList[], slot: number): void {
  const current = env.state;
  env.totalStates++;
  env.exploredStates++;
  if (env.exploredStates > env.peakStates) env.peakStates = env.exploredStates;
  env.previousJumps = env.jumps;
  env.previousProcessed = env.processed;
  if (env.bpfCapable) forgetPrecision(current);
  const checkpoint = current.clone();
  checkpoint.slot = slot;
  current.parent = checkpoint;
  current.firstSlot = slot;
  current.history = [];
  list.push({ state: checkpoint, misses: 0, hits: 0 });
  env.input.observer?.checkpoint?.(slot, checkpoint);
}

/**
 * While paths below a loop's head are open, its marks may still grow: until then states are compared in full, and none
 * is cleaned. When all are done, every back edge is known: carry the marks round until nothing changes.
 */
export function settleBackEdges(env: Env): void {
  if (!env.hasOpenLoop) return;
  for (const { old } of env.backEdges) if (old.branches > 0) return;
  for (let changed = true; changed; ) {
    changed = false;
    for (const { old, state } of env.backEdges) if (inheritPrecision(env, old, state)) changed = true;
  }
  env.backEdges = [];
  env.hasOpenLoop = false;
}
