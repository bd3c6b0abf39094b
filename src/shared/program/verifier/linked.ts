/** Scalars that are known to be equal, or apart by a constant: narrowing one narrows all. */
import type { Env } from './env.js';
import { slotOfFrame } from './prune/equal.js';
import { Kind } from './register-kinds.js';
import { LINK_32, LINK_CONSTANT, Register } from './register.js';
import { add32, addSigned, addUnsigned } from './scalar/add.js';
import { syncBounds, zeroExtend32 } from './scalar/bounds.js';
import { tnumAdd } from './scalar/tnum.js';
import type { State } from './state.js';

/** A history entry has room for six members. */
const MAX_LINKED = 6;

/** Collect the class of `id`, without registers that nothing reads any more; members beyond the sixth leave it. */
export function collectLinked(env: Env, id: number, found: number[]): void {
  const { state } = env;
  const base = id & ~LINK_CONSTANT;
  /** Whether it must leave the class. */
  const consider = (r: Register, place: number): boolean => {
    if (r.type !== Kind.SCALAR || r.baseId !== base || r.id === 0) return false;
    if (found.length >= MAX_LINKED) return true;
    found.push(place);
    return false;
  };
  for (let number = state.depth; number >= 0; number--) {
    const frame = state.frame(number);
    const live = env.liveBefore[slotOfFrame(state, number, env.slot)] as number;
    for (let i = 0; i < 10; i++) {
      if ((live & (1 << i)) !== 0 && consider(frame.peek(i), number * 128 + i)) frame.register(i).leaveClass();
    }
    for (let slot = 0; slot < frame.slotCount; slot++) {
      if (!frame.isSpill(slot)) continue;
      if (consider(frame.peekSpill(slot), number * 128 + 16 + slot)) frame.spill(slot).leaveClass();
    }
  }
}

const delta = new Register();

/** Give every member of the class what is known of `known`. */
export function syncLinked(state: State, known: Register, linked: readonly number[]): void {
  for (const member of linked) {
    const frame = state.frame(member >> 7);
    const place = member & 127;
    const r = place < 16 ? frame.register(place) : frame.spill(place - 16);
    if (r.type !== Kind.SCALAR || r === known || r.baseId !== known.baseId) continue;
    // A 32-bit distance and a 64-bit one do not add up.
    if (((r.id ^ known.id) & LINK_CONSTANT) === LINK_CONSTANT) continue;
    const narrow = ((r.id | known.id) & LINK_32) !== 0;
    const plain = ((r.id | known.id) & LINK_CONSTANT) === 0;
    if (plain || r.off === known.off) {
      r.copyFrom(known);
      continue;
    }
    const { off, id } = r;
    const distance = (off - known.off) | 0;
    delta.setConstant(distance, distance >> 31);
    r.copyFrom(known);
    r.off = off;
    r.id = id;
    add32(r, delta);
    addSigned(r, r, delta);
    addUnsigned(r, r, delta, false);
    tnumAdd(r, r, delta);
    if (narrow) zeroExtend32(r);
    syncBounds(r);
  }
}
