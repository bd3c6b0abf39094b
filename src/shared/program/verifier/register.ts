/** The abstract value of a register or of a spilled stack slot. */
import type { ProgramMap } from '../types.js';
import { Kind } from './register-kinds.js';
import { MAX32, MIN32 } from './scalar/int64.js';
import type { Tnum } from './scalar/tnum.js';

/** Set in `id` of scalars that equal another register plus a constant (`off`). */
export const LINK_64 = 0x8000_0000 | 0;
export const LINK_32 = 0x4000_0000;
export const LINK_CONSTANT = LINK_64 | LINK_32;

/** `range` of packet pointers that were compared with the packet's end and found at or behind it. */
export const AT_PACKET_END = -1;
export const BEYOND_PACKET_END = -2;

/** Properties of a dynptr that a stack slot, or a pointer to one, holds. */
export const DynptrKind = { NONE: 0, LOCAL: 1, RINGBUF: 2, SKB: 3, XDP: 4 } as const;

/**
 * Fields are int32 throughout (64-bit ones in halves), so that V8 keeps them unboxed. Which fields mean something
 * depends on `type`: `range` for packets, `memSize` for memory and packet bytes of records, `frame` for stack
 * pointers, `map` and `mapUid` for map pointers, values and keys, `subprogram` for functions.
 */
export class Register implements Tnum {
  type: number = Kind.NOT_INIT;
  /** Fixed part of a pointer's offset; of a linked scalar the distance to its class. */
  off = 0;
  id = 0;
  /** Reference that this value owns or lies in; 0 = none. */
  refObjId = 0;
  range = 0;
  /** Of memory: its size, a word without sign. */
  memSize = 0;
  frame = 0;
  mapUid = 0;
  subprogram = 0;
  dynptr = 0;
  firstSlot = false;
  map: ProgramMap | null = null;
  /** Of a looked-up value: where on the stack its key lay (frame × 1024 − offset), 0 = not known. For warnings only. */
  keyPlace = 0;
  /** Slot of a call that deleted this value's key, −1: none. For warnings only. */
  deletedAt = -1;
  precise = false;
  /** Several states hold this object: it is copied before it is changed. */
  shared = false;
  valueLo = 0;
  valueHi = 0;
  maskLo = -1;
  maskHi = -1;
  sminLo = 0;
  sminHi = MIN32;
  smaxLo = -1;
  smaxHi = MAX32;
  uminLo = 0;
  uminHi = 0;
  umaxLo = -1;
  umaxHi = -1;
  s32min = MIN32;
  s32max = MAX32;
  /** Unsigned 32-bit bounds, kept as int32 words. */
  u32min = 0;
  u32max = -1;

  copyFrom(other: Register): this {
    this.type = other.type;
    this.off = other.off;
    this.id = other.id;
    this.refObjId = other.refObjId;
    this.range = other.range;
    this.memSize = other.memSize;
    this.frame = other.frame;
    this.mapUid = other.mapUid;
    this.subprogram = other.subprogram;
    this.dynptr = other.dynptr;
    this.firstSlot = other.firstSlot;
    this.map = other.map;
    this.keyPlace = other.keyPlace;
    this.deletedAt = other.deletedAt;
    this.precise = other.precise;
    return this.copyBounds(other);
  }

  copyBounds(other: Register): this {
    this.valueLo = other.valueLo;
    this.valueHi = other.valueHi;
    this.maskLo = other.maskLo;
    this.maskHi = other.maskHi;
    this.sminLo = other.sminLo;
    this.sminHi = other.sminHi;
    this.smaxLo = other.smaxLo;
    this.smaxHi = other.smaxHi;
    this.uminLo = other.uminLo;
    this.uminHi = other.uminHi;
    this.umaxLo = other.umaxLo;
    this.umaxHi = other.umaxHi;
    this.s32min = other.s32min;
    this.s32max = other.s32max;
    this.u32min = other.u32min;
    this.u32max = other.u32max;
    return this;
  }

  clone(): Register {
    return new Register().copyFrom(this);
  }

  /** Every attribute but the bounds. */
  clearPointer(): void {
    this.off = 0;
    this.id = 0;
    this.refObjId = 0;
    this.range = 0;
    this.memSize = 0;
    this.frame = 0;
    this.mapUid = 0;
    this.subprogram = 0;
    this.dynptr = 0;
    this.firstSlot = false;
    this.map = null;
    this.keyPlace = 0;
    this.deletedAt = -1;
  }

  setUnbounded64(): void {
    this.sminLo = 0;
    this.sminHi = MIN32;
    this.smaxLo = -1;
    this.smaxHi = MAX32;
    this.uminLo = 0;
    this.uminHi = 0;
    this.umaxLo = -1;
    this.umaxHi = -1;
  }

  setUnbounded32(): void {
    this.s32min = MIN32;
    this.s32max = MAX32;
    this.u32min = 0;
    this.u32max = -1;
  }

  setUnbounded(): void {
    this.setUnbounded64();
    this.setUnbounded32();
  }

  /** A scalar of which nothing is known. */
  setUnknown(precise = false): this {
    this.clearPointer();
    this.type = Kind.SCALAR;
    this.precise = precise;
    this.valueLo = 0;
    this.valueHi = 0;
    this.maskLo = -1;
    this.maskHi = -1;
    this.setUnbounded();
    return this;
  }

  setNotInit(precise = false): this {
    this.setUnknown(precise);
    this.type = Kind.NOT_INIT;
    return this;
  }

  /** The bounds of a constant; type and the rest stay. */
  setConstantBounds(lo: number, hi: number): this {
    this.valueLo = this.sminLo = this.smaxLo = this.uminLo = this.umaxLo = lo;
    this.valueHi = this.sminHi = this.smaxHi = this.uminHi = this.umaxHi = hi;
    this.maskLo = 0;
    this.maskHi = 0;
    this.s32min = this.s32max = this.u32min = this.u32max = lo;
    return this;
  }

  /** The kernel's "known": bounds of a constant, and off, id and ref cleared. */
  setKnown(lo: number, hi: number): this {
    this.off = 0;
    this.id = 0;
    this.refObjId = 0;
    this.range = 0;
    this.memSize = 0;
    return this.setConstantBounds(lo, hi);
  }

  /** A scalar constant. */
  setConstant(lo: number, hi: number, precise = false): this {
    this.setUnknown(precise);
    return this.setConstantBounds(lo, hi);
  }

  /** A pointer with offset 0. */
  setPointer(type: number): this {
    this.clearPointer();
    this.type = type;
    this.precise = false;
    return this.setConstantBounds(0, 0);
  }

  get isConstant(): boolean {
    return (this.maskLo | this.maskHi) === 0;
  }

  get isUnboundedScalar(): boolean {
    return (this.maskLo & this.maskHi) === -1;
  }

  /** A known number 0. */
  get isNullConstant(): boolean {
    return this.type === Kind.SCALAR && this.isConstant && (this.valueLo | this.valueHi) === 0;
  }

  /** A scalar that no longer belongs to a class: its distance to that goes too. */
  leaveClass(): void {
    this.id = 0;
    this.off = 0;
  }

  /** `id` without the marks of a linked scalar. */
  get baseId(): number {
    return this.id & ~LINK_CONSTANT;
  }
}

/** A register that holds nothing, for all states. */
export const NOTHING = new Register();
NOTHING.shared = true;
