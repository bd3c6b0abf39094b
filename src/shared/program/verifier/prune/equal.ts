/** Whether a state is covered by one that was followed before: nothing can go wrong there that could not go wrong then. */
import type { Env } from '../env.js';
import { Kind, kindOf } from '../register-kinds.js';
import { LINK_CONSTANT, Register } from '../register.js';
import { lessSigned, lessUnsigned } from '../scalar/int64.js';
import { tnumContains } from '../scalar/tnum.js';
import { Byte, type Frame, isMiscWord, type State } from '../state.js';

/**
 * LOOSE: scalars without precision marks need not be compared. WITHIN: all are compared, ranges may be smaller.
 * EXACT: nothing differs.
 */
export const Match = { LOOSE: 0, WITHIN: 1, EXACT: 2 } as const;
export type Match = (typeof Match)[keyof typeof Match];

/** Identities of the old state and what they are called in the current one: few, so that a list serves best. */
class IdMap {
  readonly #old: number[] = [];
  readonly #current: number[] = [];
  #count = 0;
  #fresh = 0;

  reset(base: number): void {
    this.#count = 0;
    this.#fresh = base;
  }

  /** Both unset, or set and in one-to-one correspondence. */
  match(old: number, current: number): boolean {
    if (old === 0 || current === 0) return old === current;
    for (let i = 0; i < this.#count; i++) {
      if (this.#old[i] === old) return this.#current[i] === current;
      if (this.#current[i] === current) return false;
    }
    this.#old[this.#count] = old;
    this.#current[this.#count++] = current;
    return true;
  }

  /** As match; a scalar without identity is a class of its own. */
  matchScalars(old: number, current: number): boolean {
    return this.match(old === 0 ? ++this.#fresh : old, current === 0 ? ++this.#fresh : current);
  }
}

const ids = new IdMap();
const unbounded = new Register().setUnknown();

function within(old: Register, current: Register): boolean {
  return (
    !lessUnsigned(current.uminLo, current.uminHi, old.uminLo, old.uminHi) &&
    !lessUnsigned(old.umaxLo, old.umaxHi, current.umaxLo, current.umaxHi) &&
    !lessSigned(current.sminLo, current.sminHi, old.sminLo, old.sminHi) &&
    !lessSigned(old.smaxLo, old.smaxHi, current.smaxLo, current.smaxHi) &&
    old.u32min >>> 0 <= current.u32min >>> 0 &&
    old.u32max >>> 0 >= current.u32max >>> 0 &&
    old.s32min <= current.s32min &&
    old.s32max >= current.s32max &&
    tnumContains(old, current)
  );
}

function sameBounds(a: Register, b: Register): boolean {
  return (
    a.valueLo === b.valueLo &&
    a.valueHi === b.valueHi &&
    a.maskLo === b.maskLo &&
    a.maskHi === b.maskHi &&
    a.sminLo === b.sminLo &&
    a.sminHi === b.sminHi &&
    a.smaxLo === b.smaxLo &&
    a.smaxHi === b.smaxHi &&
    a.uminLo === b.uminLo &&
    a.uminHi === b.uminHi &&
    a.umaxLo === b.umaxLo &&
    a.umaxHi === b.umaxHi &&
    a.s32min === b.s32min &&
    a.s32max === b.s32max &&
    a.u32min === b.u32min &&
    a.u32max === b.u32max
  );
}

function sameObject(a: Register, b: Register): boolean {
  return (
    a.type === b.type &&
    a.off === b.off &&
    a.range === b.range &&
    a.memSize === b.memSize &&
    a.map === b.map &&
    a.mapUid === b.mapUid &&
    a.subprogram === b.subprogram &&
    a.dynptr === b.dynptr &&
    a.firstSlot === b.firstSlot
  );
}

function exactly(old: Register, current: Register): boolean {
  return (
    sameObject(old, current) &&
    sameBounds(old, current) &&
    ids.match(old.id, current.id) &&
    ids.match(old.refObjId, current.refObjId)
  );
}

/** Of the comparison under way: numbers must be the same. */
let inFull = false;

function scalarCovered(old: Register, current: Register, match: Match): boolean {
  if (inFull) return sameScalar(old, current) && ids.matchScalars(old.id, current.id);
  if (!old.precise && match === Match.LOOSE) return true;
  // Alone in the old state: what ties it to others here only narrows it.
  if (old.id === 0) return within(old, current);
  if ((old.id & LINK_CONSTANT) !== (current.id & LINK_CONSTANT)) return false;
  if ((old.id & LINK_CONSTANT) !== 0 && old.off !== current.off) return false;
  if (!ids.matchScalars(old.id, current.id)) return false;
  if ((old.id & LINK_CONSTANT) !== 0 && !ids.match(old.baseId, current.baseId)) return false;
  return within(old, current);
}

function packetCovered(old: Register, current: Register): boolean {
  if (old.range < 0 || current.range < 0 ? old.range !== current.range : old.range > current.range) return false;
  return old.off === current.off && ids.match(old.id, current.id) && within(old, current);
}

function registerCovered(old: Register, current: Register, match: Match): boolean {
  if (match === Match.EXACT) return exactly(old, current);
  if (old.type === Kind.NOT_INIT) return true;
  if (old.type !== current.type) return false;
  switch (kindOf(old.type)) {
    case Kind.SCALAR:
      return scalarCovered(old, current, match);
    case Kind.MAP_KEY:
    case Kind.MAP_VALUE:
    case Kind.MEM:
    case Kind.BUF:
    case Kind.TP_BUFFER:
      return (
        sameObject(old, current) &&
        within(old, current) &&
        ids.match(old.id, current.id) &&
        ids.match(old.refObjId, current.refObjId)
      );
    case Kind.PACKET_META:
    case Kind.PACKET:
      return packetCovered(old, current);
    case Kind.STACK:
      return exactly(old, current) && old.frame === current.frame;
    default:
      return exactly(old, current);
  }
}

/** A slot that loads as a 64-bit scalar: its spilled register, or an unknown one where all bytes are misc. */
function scalarOf(env: Env, frame: Frame, slot: number): Register | null {
  if (frame.isFullScalarSpill(slot)) return frame.peekSpill(slot);
  return isMiscWord(frame.kinds[slot] as number, env.allowUninitStack) ? unbounded : null;
}

function byteCovered(env: Env, old: number, current: number): boolean {
  if (old === Byte.INVALID || (env.allowUninitStack && old === Byte.MISC)) return true;
  return old === current || (old === Byte.MISC && current === Byte.ZERO);
}

function slotCovered(env: Env, old: Frame, current: Frame, slot: number, match: Match): boolean {
  const kinds = old.kinds[slot] as number;
  // Beyond the current stack's end there is no word.
  const currentKinds = current.kinds[slot];
  if (match !== Match.LOOSE && kinds !== currentKinds) return false;
  if (env.allowUninitStack ? isMiscWord(kinds, true) : kinds === 0) return true;
  if (currentKinds === undefined) return false;
  const oldScalar = scalarOf(env, old, slot);
  const currentScalar = oldScalar && scalarOf(env, current, slot);
  if (oldScalar && currentScalar) return registerCovered(oldScalar, currentScalar, match);
  if (kinds !== currentKinds) {
    for (let i = 0; i < 8; i++) if (!byteCovered(env, old.byte(slot, i), current.byte(slot, i))) return false;
  }
  const kind = old.byte(slot, 7);
  if (kind === Byte.SPILL) return registerCovered(old.peekSpill(slot), current.peekSpill(slot), match);
  return kind !== Byte.DYNPTR || dynptrCovered(old.peekSpill(slot), current.peekSpill(slot));
}

function dynptrCovered(old: Register, current: Register): boolean {
  return (
    old.dynptr === current.dynptr && old.firstSlot === current.firstSlot && ids.match(old.refObjId, current.refObjId)
  );
}

function frameCovered(env: Env, old: Frame, current: Frame, slot: number, match: Match): boolean {
  if (old.callbackDepth > current.callbackDepth) return false;
  const live = env.liveBefore[slot] as number;
  for (let i = 0; i < 11; i++) {
    if ((live & (1 << i)) !== 0 && !registerCovered(old.peek(i), current.peek(i), match)) return false;
  }
  for (let at = 0; at < old.slotCount; at++) {
    if (!slotCovered(env, old, current, at, match)) return false;
  }
  return true;
}

function referencesCovered(old: State, current: State): boolean {
  if (old.references.length !== current.references.length || old.activeLocks !== current.activeLocks) return false;
  if (old.lockOwner !== current.lockOwner || !ids.match(old.lockId, current.lockId)) return false;
  return old.references.every((reference, i) => ids.match(reference.id, current.references[i]?.id ?? 0));
}

/** Slot at which a frame stands: where the next one was called, or where the path is. */
export function slotOfFrame(state: State, number: number, slot: number): number {
  return state.frames[number + 1]?.callsite ?? slot;
}

export function isCovered(env: Env, old: State, current: State, slot: number, match: Match): boolean {
  if (old.depth !== current.depth || old.inSleepable !== current.inSleepable) return false;
  if (old.speculative && !current.speculative) return false;
  inFull = env.comparesExactly;
  ids.reset(env.idCounter);
  if (!referencesCovered(old, current)) return false;
  for (let i = 0; i <= old.depth; i++) {
    const oldFrame = old.frame(i);
    const frame = current.frame(i);
    if (oldFrame.callsite !== frame.callsite) return false;
    if (!frameCovered(env, oldFrame, frame, slotOfFrame(old, i, slot), match)) return false;
  }
  return true;
}

/** A quick look at the current frame's registers before the full comparison. */
export function mayLoop(old: State, current: State): boolean {
  if (old.depth !== current.depth) return false;
  for (let i = 0; i < 11; i++) {
    const a = old.current.peek(i);
    const b = current.current.peek(i);
    if (a === b) continue;
    if (!sameObject(a, b) || !sameBounds(a, b) || a.id !== b.id || a.refObjId !== b.refObjId) return false;
  }
  return true;
}

/** No difference but in identities. */
export function sameScalar(a: Register, b: Register): boolean {
  return sameObject(a, b) && sameBounds(a, b);
}
