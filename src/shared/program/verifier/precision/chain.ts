/**
 * Marking the scalars that a decision depended on, back through the checkpoints of the path: states may only be
 * taken for equal if such values are. Values without the mark need not be compared.
 */
import { note } from '../budget.js';
import type { Env } from '../env.js';
import { Kind } from '../register-kinds.js';
import type { State } from '../state.js';
import { stepBack, type Trace } from './backtrack.js';
import { ACCESS, ENTRY, LINKED, PREVIOUS } from './history.js';
import { Marks } from './marks.js';

const marks = new Marks();

/** The value of a register of the current frame decides something. */
export function markPrecise(env: Env, register: number): void {
  if (!env.bpfCapable) return;
  marks.reset(env.state.depth);
  if (env.peek(register).type !== Kind.SCALAR) return;
  marks.setRegister(register);
  markChain(env, env.state);
}

/** As markPrecise, of a scalar that is spilled to a stack slot. */
export function markSlotPrecise(env: Env, frame: number, slot: number): void {
  if (!env.bpfCapable) return;
  marks.reset(env.state.depth);
  marks.setSlot(frame, slot);
  markChain(env, env.state);
}

/** The current state goes on as `old` did: what was precise there is precise here. Returns whether a mark was new. */
export function inheritPrecision(env: Env, old: State, state: State): boolean {
  if (!env.bpfCapable) return false;
  marks.reset(old.depth);
  for (const frame of old.frames) {
    for (let i = 0; i < 10; i++) {
      const r = frame.peek(i);
      if (r.type === Kind.SCALAR && r.precise) marks.setRegister(i, frame.number);
    }
    for (let slot = 0; slot < frame.slotCount; slot++) {
      if (frame.isScalarSpill(slot) && frame.peekSpill(slot).precise) marks.setSlot(frame.number, slot);
    }
  }
  return markChain(env, state);
}

/** `end`: words of the history that lie before the instruction. */
function previousSlot(state: State, slot: number, end: number): number {
  const { history } = state;
  if (slot === state.firstSlot) {
    if (end === 0) return -1;
    if (end === ENTRY && history[0] === slot) return -1;
  }
  return end > 0 && history[end - ENTRY] === slot ? (history[end - ENTRY + PREVIOUS] as number) : slot - 1;
}

const trace: Trace = { access: 0, linked: null };

/** What the history has about the instruction; returns whether it has an entry. */
function look(env: Env, history: readonly number[], end: number, slot: number): boolean {
  const found = end > 0 && history[end - ENTRY] === slot;
  trace.access = found ? (history[end - ENTRY + ACCESS] as number) : 0;
  const set = found ? (history[end - ENTRY + LINKED] as number) : 0;
  trace.linked = set === 0 ? null : (env.linkedSets[set - 1] ?? null);
  return found;
}

function markChain(env: Env, start: State): boolean {
  let state = start;
  let last = start.slot;
  let subsequent = -1;
  let skip = true;
  let changed = false;
  if (marks.isEmpty) return false;
  for (;;) {
    if (last < 0) return markEntry(state) || changed;
    const { history, firstSlot, parent } = state;
    let end = history.length;
    for (let slot = last; ; ) {
      note(env);
      const found = look(env, history, end, slot);
      if (!skip && !stepBack(env, marks, slot, subsequent, trace)) {
        markEverything(start);
        return true;
      }
      skip = false;
      if (marks.isEmpty) return changed;
      subsequent = slot;
      const previous = previousSlot(state, slot, end);
      if (previous < 0) break;
      if (found) end -= ENTRY;
      slot = previous;
    }
    if (parent === null) break;
    if (markState(parent)) changed = true;
    if (marks.isEmpty) return changed;
    subsequent = firstSlot;
    state = parent;
    last = parent.lastSlot;
  }
  if (!marks.isEmpty) markEverything(start);
  return true;
}

/** Arguments of a function that is verified on its own. */
function markEntry(state: State): boolean {
  let changed = false;
  for (let i = 1; i <= 5; i++) {
    if (!marks.hasRegister(i, 0)) continue;
    const r = state.frame(0).register(i);
    if (r.type !== Kind.SCALAR || r.precise) continue;
    r.precise = true;
    changed = true;
  }
  return changed;
}

/** Set the marks in a checkpoint; those that are set already, or name no scalar, are done. */
function markState(state: State): boolean {
  let changed = false;
  for (let number = marks.frame; number >= 0; number--) {
    const frame = state.frames[number];
    if (frame === undefined) continue;
    for (let i = 0; i < 10; i++) {
      if (!marks.hasRegister(i, number)) continue;
      const r = frame.peek(i);
      if (r.type !== Kind.SCALAR || r.precise) {
        marks.clearRegister(i, number);
      } else {
        frame.register(i).precise = true;
        changed = true;
      }
    }
    if (!marks.hasSlots(number)) continue;
    for (let slot = 0; slot < 64; slot++) {
      if (!marks.hasSlot(number, slot)) continue;
      if (slot >= frame.slotCount || !frame.isScalarSpill(slot) || frame.peekSpill(slot).precise) {
        marks.clearSlot(number, slot);
      } else {
        frame.spill(slot).precise = true;
        changed = true;
      }
    }
  }
  return changed;
}

/** The way back was lost: every scalar of every checkpoint of the path counts. */
function markEverything(start: State): void {
  for (let state = start.parent; state !== null; state = state.parent) {
    for (const frame of state.frames) {
      for (let i = 0; i < 10; i++) {
        if (frame.peek(i).type === Kind.SCALAR && !frame.peek(i).precise) frame.register(i).precise = true;
      }
      for (let slot = 0; slot < frame.slotCount; slot++) {
        if (frame.isScalarSpill(slot)) frame.spill(slot).precise = true;
      }
    }
  }
}

/** A new checkpoint starts without marks; later decisions set them again. */
export function forgetPrecision(state: State): void {
  for (const frame of state.frames) {
    for (let i = 0; i < 10; i++) if (frame.peek(i).precise) frame.register(i).precise = false;
    for (let slot = 0; slot < frame.slotCount; slot++) {
      if (frame.isScalarSpill(slot) && frame.peekSpill(slot).precise) frame.spill(slot).precise = false;
    }
  }
}
