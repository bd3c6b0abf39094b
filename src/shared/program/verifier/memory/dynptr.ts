/** Dynptrs on the stack: two slots that only helpers may use. */
import type { Env } from '../env.js';
import { Kind, kindOf } from '../register-kinds.js';
import { allBytes, Byte, type Frame } from '../state.js';

/** A store to a slot of a dynptr destroys it; one that owns a reference must be released first. */
export function dropDynptr(env: Env, frame: Frame, slot: number): void {
  if (slot < 0 || slot >= frame.slotCount || frame.byte(slot, 7) !== Byte.DYNPTR) return;
  const first = frame.spill(slot).firstSlot ? slot : slot + 1;
  const state = frame.spill(first);
  if (state.refObjId !== 0) env.refuse('EINVAL', 'cannot overwrite referenced dynptr');
  const { id } = state;
  for (const at of [first, first - 1]) clearSlot(frame, at);
  if (id !== 0) invalidateSlices(env, id);
}

export function clearSlot(frame: Frame, slot: number): void {
  frame.spill(slot).setNotInit();
  frame.setKinds(slot, allBytes(Byte.INVALID));
}

/** Data slices of a dynptr that is gone are numbers from now on; `range` of memory is its dynptr's identity. */
export function invalidateSlices(env: Env, id: number): void {
  env.state.changeRegisters(
    (r) => kindOf(r.type) === Kind.MEM && r.range === id,
    (r) => r.setUnknown(),
  );
}
