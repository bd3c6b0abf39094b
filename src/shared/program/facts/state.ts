/**
 * What the pass knows of each register and each 8-byte stack slot: a number that holds a kind in its low bits. A state
 * is one array: registers first, then the slots from r10 - 512 upwards.
 */

export const Fact = {
  UNKNOWN: 0,
  /** Map number in the upper bits. */
  MAP: 1,
  /** r10 plus the upper bits. */
  FRAME: 2,
  /** Somewhere in the stack. */
  ANY_FRAME: 3,
} as const;
const KIND_BITS = 2;
const KIND_MASK = 3;

const REGISTERS = 11;
const SLOTS = 64;
const STACK_BYTES = 512;
const STATE_LENGTH = REGISTERS + SLOTS;

export const kindOfFact = (fact: number): number => fact & KIND_MASK;
export const payloadOf = (fact: number): number => fact >> KIND_BITS;
export const mapFact = (number: number): number => (number << KIND_BITS) | Fact.MAP;
export const frameFact = (offset: number): number => (offset << KIND_BITS) | Fact.FRAME;

/** At the start of a function: r10 is its frame. */
export function entryState(): Int32Array {
  const state = new Int32Array(STATE_LENGTH);
  state[10] = frameFact(0);
  return state;
}

/** Keep in `into` what both agree on. Returns whether `into` changed. */
export function merge(into: Int32Array, from: Int32Array): boolean {
  let changed = false;
  for (let at = 0; at < STATE_LENGTH; at++) {
    const old = into[at] as number;
    if (old === from[at] || old === Fact.UNKNOWN) continue;
    const joined = join(old, from[at] as number);
    changed ||= joined !== old;
    into[at] = joined;
  }
  return changed;
}

/** A pointer to the stack stays one, so that a store through it is not taken for one to elsewhere. */
function join(a: number, b: number): number {
  return isFrame(a) || isFrame(b) ? Fact.ANY_FRAME : Fact.UNKNOWN;
}

export function isFrame(fact: number): boolean {
  return kindOfFact(fact) >= Fact.FRAME;
}

/** Place of the slot at r10 + offset in a state, or -1 if it is none of the 64 aligned ones. */
function slotAt(offset: number): number {
  if (offset < -STACK_BYTES || offset >= 0 || offset % 8 !== 0) return -1;
  return REGISTERS + (offset + STACK_BYTES) / 8;
}

export function loadSlot(state: Int32Array, offset: number): number {
  const slot = slotAt(offset);
  return slot === -1 ? Fact.UNKNOWN : (state[slot] as number);
}

/** `bytes` at r10 + offset are overwritten, by `fact` if they are one whole slot. */
export function storeSlot(state: Int32Array, offset: number, bytes: number, fact: number): void {
  forgetSlots(state, offset, offset + bytes);
  const slot = bytes === 8 ? slotAt(offset) : -1;
  if (slot !== -1) state[slot] = fact;
}

/** Forget the slots that bytes from r10 + from to r10 + to touch. */
export function forgetSlots(state: Int32Array, from: number, to: number): void {
  const first = Math.max(0, Math.floor((from + STACK_BYTES) / 8));
  const last = Math.min(SLOTS, Math.ceil((to + STACK_BYTES) / 8));
  if (last > first) state.fill(Fact.UNKNOWN, REGISTERS + first, REGISTERS + last);
}
