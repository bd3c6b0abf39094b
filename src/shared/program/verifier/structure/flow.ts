/** Walk over the control-flow graph: everything must be reached; marks where paths meet. */
import { Call, Opcode } from '../../insn/opcodes.js';
import type { Env } from '../env.js';
import { ASYNC_CALLBACK_HELPERS, SYNC_CALLBACK_HELPERS } from '../helper-ids.js';

const MAY_GOTO = 0xe5;

/** Slots that may follow; marks prune and jump points. */
function successors(env: Env, slot: number, next: number[]): void {
  const { slots } = env;
  next.length = 0;
  const opcode = slots.op(slot);
  const kind = opcode & 7;
  if (slots.isFunctionAddress(slot)) {
    callSuccessors(env, slot, slot + 2, true, next);
  } else if (kind !== 5 && kind !== 6) {
    next.push(slot + (slots.isLoadImmediate(slot) ? 2 : 1));
  } else if ((opcode & 0xf0) === 0x80) {
    markCallbacks(env, slot);
    callSuccessors(env, slot, slot + 1, slots.from(slot) === Call.SUBPROGRAM, next);
  } else if (opcode === Opcode.GOTO || opcode === Opcode.GOTO_LONG) {
    const target = slots.jumpTarget(slot);
    next.push(target);
    markMeeting(env, target);
  } else if ((opcode & 0xf0) !== 0x90) {
    env.isPrunePoint[slot] = 1;
    if (opcode === MAY_GOTO) env.isForceCheckpoint[slot] = 1;
    const target = slots.jumpTarget(slot);
    next.push(slot + 1, target);
    markMeeting(env, target);
  }
}

function markMeeting(env: Env, slot: number): void {
  env.isPrunePoint[slot] = 1;
  env.isJumpPoint[slot] = 1;
}

function callSuccessors(env: Env, slot: number, after: number, entersCallee: boolean, next: number[]): void {
  next.push(after);
  markMeeting(env, after);
  if (!entersCallee) return;
  env.isPrunePoint[slot] = 1;
  const target = slot + env.slots.value(slot) + 1;
  next.push(target);
  markMeeting(env, target);
}

function markCallbacks(env: Env, slot: number): void {
  if (env.slots.from(slot) !== Call.HELPER) return;
  const helper = env.slots.value(slot);
  if (ASYNC_CALLBACK_HELPERS.has(helper)) env.isPrunePoint[slot] = 1;
  if (!SYNC_CALLBACK_HELPERS.has(helper)) return;
  env.callsCallback[slot] = 1;
  env.isForceCheckpoint[slot] = 1;
  markMeeting(env, slot);
}

export function checkFlow(env: Env): void {
  const { slots } = env;
  const seen = walk(env);
  for (let slot = 0; slot < slots.count; slot++) {
    if (!seen[slot]) env.refuse('EINVAL', `unreachable insn ${slot}`);
    if (!slots.isLoadImmediate(slot)) continue;
    if (seen[slot + 1]) env.refuse('EINVAL', `jump into the middle of ldimm64 insn ${slot}`);
    slot++;
  }
}

function walk(env: Env): Uint8Array {
  const seen = new Uint8Array(env.slots.count);
  const stack = [0];
  const next: number[] = [];
  seen[0] = 1;
  for (let slot = stack.pop(); slot !== undefined; slot = stack.pop()) {
    successors(env, slot, next);
    for (const target of next) {
      if (target >= env.slots.count) env.refuse('EINVAL', `jump out of range from insn ${slot} to ${target}`);
      if (seen[target]) continue;
      seen[target] = 1;
      stack.push(target);
    }
  }
  if (!env.bpfCapable) checkNoBackEdge(env);
  return seen;
}

/** Without CAP_BPF every loop is refused: depth-first search for an edge to a slot that is still open. */
function checkNoBackEdge(env: Env): void {
  const OPEN = 1;
  const DONE = 2;
  const mark = new Uint8Array(env.slots.count);
  const stack: { slot: number; next: number[]; at: number }[] = [];
  const enter = (slot: number): void => {
    const next: number[] = [];
    successors(env, slot, next);
    mark[slot] = OPEN;
    stack.push({ slot, next, at: 0 });
  };
  enter(0);
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const target = top.next[top.at++];
    if (target === undefined) {
      mark[top.slot] = DONE;
      stack.pop();
    } else if (mark[target] === OPEN) {
      env.refuse('EINVAL', `back-edge from insn ${top.slot} to ${target}`);
    } else if (mark[target] !== DONE) {
      enter(target);
    }
  }
}
