/** Dynptr arguments: made, used and given back by helpers. */
import type { Env } from '../env.js';
import { checkMemory } from '../memory/access.js';
import { clearSlot, dropDynptr, invalidateSlices } from '../memory/dynptr.js';
import { constantOffset } from '../memory/stack-access.js';
import { acquireReference, releaseReference } from '../references.js';
import { Kind } from '../register-kinds.js';
import { DynptrKind, type Register } from '../register.js';
import { allBytes, Byte } from '../state.js';
import type { Meta } from './meta.js';

const SIZE = 16;

/** No place for a dynptr, as the log says. */
const NO_PLACE = -2;

/** Slot of the dynptr's first half, −1 where the stack is not that large yet, or NO_PLACE. */
function dynptrSlot(env: Env, r: Register): number {
  if (!r.isConstant) {
    env.log.line('dynptr has to be at a constant offset');
    return NO_PLACE;
  }
  const off = r.off + constantOffset(r);
  const slot = (-off - 1) >> 3;
  if (off % 8 !== 0 || slot < 1) {
    env.log.line(`cannot pass in dynptr at an offset=${off}`);
    return NO_PLACE;
  }
  return slot < env.state.frame(r.frame).slotCount ? slot : -1;
}

export function checkDynptr(env: Env, number: number, kind: string, meta: Meta): void {
  if (kind.startsWith('new')) {
    makeDynptr(env, number, kind.endsWith('ringbuf') ? DynptrKind.RINGBUF : DynptrKind.LOCAL);
    return;
  }
  const { id, dynptr, refObjId } = useDynptr(env, number, kind);
  meta.dynptrId = id;
  meta.dynptrKind = dynptr;
  meta.refObjId = refObjId;
}

function pointerToDynptr(env: Env, number: number): Register {
  const r = env.register(number);
  if (r.type === Kind.STACK || r.type === Kind.DYNPTR) return r;
  return env.refuse('EINVAL', `arg#${number - 1} expected pointer to stack or const struct bpf_dynptr`);
}

function makeDynptr(env: Env, number: number, kind: number): void {
  const r = pointerToDynptr(env, number);
  if (r.type === Kind.DYNPTR || dynptrSlot(env, r) === NO_PLACE) {
    env.refuse('EINVAL', 'Dynptr has to be an uninitialized dynptr');
  }
  for (let off = 0; off < SIZE; off += 8) {
    checkMemory(env, {
      pointer: number,
      off,
      size: 8,
      write: true,
      destination: -1,
      value: null,
      aligned: false,
      signed: false,
    });
  }
  const slot = dynptrSlot(env, r);
  const frame = env.state.frame(r.frame);
  dropDynptr(env, frame, slot);
  dropDynptr(env, frame, slot - 1);
  const id = env.newId();
  const refObjId = kind === DynptrKind.RINGBUF ? acquireReference(env) : 0;
  for (const at of [slot, slot - 1]) {
    const half = frame.spill(at);
    half.setPointer(Kind.DYNPTR);
    half.dynptr = kind;
    half.firstSlot = at === slot;
    half.id = id;
    half.refObjId = refObjId;
    frame.setKinds(at, allBytes(Byte.DYNPTR));
  }
}

/** The register that describes a valid dynptr, or null. */
function initialised(env: Env, r: Register): Register | null {
  if (r.type === Kind.DYNPTR) return r;
  const slot = dynptrSlot(env, r);
  if (slot < 1) return null;
  const frame = env.state.frame(r.frame);
  for (const at of [slot, slot - 1]) {
    env.touchStack(at);
    env.liveness.markRead(frame.number, at);
    if (frame.kinds[at] !== allBytes(Byte.DYNPTR)) return null;
  }
  return frame.spill(slot).firstSlot ? frame.spill(slot) : null;
}

/** An argument that is a valid dynptr: the register that describes it. */
export function useDynptr(env: Env, number: number, kind: string): Register {
  const half = initialised(env, pointerToDynptr(env, number));
  if (half === null) env.refuse('EINVAL', `Expected an initialized dynptr as arg #${number - 1}`);
  if (kind === 'enddynptr' && half.dynptr !== DynptrKind.RINGBUF) {
    env.refuse('EINVAL', `Expected a dynptr of type ringbuf as arg #${number - 1}`);
  }
  return half;
}

/** Only a dynptr of this program's stack that owns a reference can be given back. */
export function checkReleasable(env: Env, number: number): void {
  const r = env.register(number);
  if (r.type !== Kind.STACK) env.refuse('EINVAL', 'cannot release unowned const bpf_dynptr');
  const half = initialised(env, r);
  if (half !== null && half.refObjId !== 0) return;
  env.refuse('EINVAL', `arg ${number} is an unacquired reference`);
}

export function endDynptr(env: Env, number: number): void {
  const r = env.register(number);
  const slot = dynptrSlot(env, r);
  const frame = env.state.frame(r.frame);
  const { id, refObjId } = frame.spill(slot);
  clearSlot(frame, slot);
  clearSlot(frame, slot - 1);
  releaseReference(env, refObjId);
  invalidateSlices(env, id);
}
