/** What is known at one point of one path: frames of registers and stack, references held, locks, and the path's ancestry. */
import { Kind } from './register-kinds.js';
import { NOTHING, Register } from './register.js';

/** What a byte of the stack holds. */
export const Byte = { INVALID: 0, SPILL: 1, MISC: 2, ZERO: 3, DYNPTR: 4 } as const;

const KIND_BITS = 3;
const KIND_MASK = 7;

/** The word of a slot whose 8 bytes are of one kind. */
export function allBytes(kind: number): number {
  return kind * 0o11111111;
}

const ALL_MISC = allBytes(Byte.MISC);

/** Every byte of the word is MISC, or, with `invalidToo`, one of MISC and INVALID. */
export function isMiscWord(word: number, invalidToo: boolean): boolean {
  return invalidToo ? (word & ~ALL_MISC) === 0 : word === ALL_MISC;
}

export const MAX_STACK = 512;
export const MAX_FRAMES = 8;

/** One function call of the path. */
export class Frame {
  registers: Register[] = [];
  /** Kinds of bytes, a word of 8 per slot, byte 0 in the lowest bits; slot 0 is the one just below the frame pointer. */
  kinds: number[] = [];
  /** Spilled values by slot; meaningful where the bytes say so. */
  spills: (Register | null)[] = [];
  callsite: number;
  readonly number: number;
  readonly subprogram: number;
  inCallback = false;
  inAsyncCallback = false;
  asyncEntry = 0;
  callbackDepth = 0;
  /** Range that a callback must return. */
  returnMin = 0;
  returnMax = 0;
  #sharesKinds = false;

  constructor(callsite: number, number: number, subprogram: number) {
    this.callsite = callsite;
    this.number = number;
    this.subprogram = subprogram;
  }

  get slotCount(): number {
    return this.spills.length;
  }

  /** A copy that shares every register and the words of kinds until one side changes them. */
  clone(): Frame {
    const copy = new Frame(this.callsite, this.number, this.subprogram);
    const { registers, spills } = this;
    for (let i = 0; i < registers.length; i++) (registers[i] as Register).shared = true;
    for (let i = 0; i < spills.length; i++) {
      const spill = spills[i] as Register | null;
      if (spill !== null) spill.shared = true;
    }
    copy.registers = registers.slice();
    copy.spills = spills.slice();
    copy.kinds = this.kinds;
    copy.#sharesKinds = true;
    this.#sharesKinds = true;
    copy.inCallback = this.inCallback;
    copy.inAsyncCallback = this.inAsyncCallback;
    copy.asyncEntry = this.asyncEntry;
    copy.callbackDepth = this.callbackDepth;
    copy.returnMin = this.returnMin;
    copy.returnMax = this.returnMax;
    return copy;
  }

  /** For reading only. */
  peek(number: number): Register {
    return this.registers[number] as Register;
  }

  /** For reading and changing. */
  register(number: number): Register {
    const r = this.registers[number] as Register;
    if (!r.shared) return r;
    const own = r.clone();
    this.registers[number] = own;
    return own;
  }

  /** For overwriting: what it holds is of no interest. */
  fresh(number: number): Register {
    const r = this.registers[number] as Register;
    if (!r.shared) return r;
    const own = new Register();
    this.registers[number] = own;
    return own;
  }

  /** The register holds nothing any more. */
  forget(number: number): void {
    this.registers[number] = NOTHING;
  }

  /** Have at least `slots` slots; new bytes are invalid. */
  grow(slots: number): void {
    for (let i = this.spills.length; i < slots; i++) {
      this.spills.push(null);
      this.#ownKinds().push(0);
    }
  }

  /** Kind of byte `index` of a slot: 7 is its lowest address, 0 its highest. */
  byte(slot: number, index: number): number {
    return ((this.kinds[slot] as number) >> (index * KIND_BITS)) & KIND_MASK;
  }

  setByte(slot: number, index: number, kind: number): void {
    const shift = index * KIND_BITS;
    this.setKinds(slot, ((this.kinds[slot] as number) & ~(KIND_MASK << shift)) | (kind << shift));
  }

  /** As byte; `index` = −offset − 1, over all slots. */
  byteAt(index: number): number {
    return this.byte(index >> 3, index & 7);
  }

  setByteAt(index: number, kind: number): void {
    this.setByte(index >> 3, index & 7, kind);
  }

  /** All 8 kinds of a slot at once. */
  setKinds(slot: number, word: number): void {
    if (this.kinds[slot] !== word) this.#ownKinds()[slot] = word;
  }

  #ownKinds(): number[] {
    if (this.#sharesKinds) {
      this.kinds = this.kinds.slice();
      this.#sharesKinds = false;
    }
    return this.kinds;
  }

  /** A slot that holds a spilled register in its upper bytes (index 7 decides). */
  isSpill(slot: number): boolean {
    return this.byte(slot, 7) === Byte.SPILL;
  }

  isFullSpill(slot: number): boolean {
    return this.byte(slot, 0) === Byte.SPILL;
  }

  isScalarSpill(slot: number): boolean {
    return this.isSpill(slot) && this.spills[slot]?.type === Kind.SCALAR;
  }

  isFullScalarSpill(slot: number): boolean {
    return this.isFullSpill(slot) && this.spills[slot]?.type === Kind.SCALAR;
  }

  /** The slot's register, for reading only; the slot must hold a spill. */
  peekSpill(slot: number): Register {
    return this.spills[slot] as Register;
  }

  /** The slot's register, for overwriting. */
  freshSpill(slot: number): Register {
    const spill = this.spills[slot];
    if (spill && !spill.shared) return spill;
    const own = new Register();
    this.spills[slot] = own;
    return own;
  }

  /** The slot's register, for changing; made when it has none yet. */
  spill(slot: number): Register {
    const spill = this.spills[slot];
    if (spill && !spill.shared) return spill;
    const own = spill ? spill.clone() : new Register();
    this.spills[slot] = own;
    return own;
  }
}

/** Something that must be given back before the program ends. */
export interface Reference {
  readonly id: number;
  readonly slot: number;
  readonly kind: 'pointer' | 'lock';
  /** A lock's owner: identity of the map (or of the look-up) that it lies in. */
  readonly owner?: unknown;
}

export class State {
  frames: Frame[] = [];
  references: Reference[] = [];
  activeLocks = 0;
  lockId = 0;
  lockOwner: unknown = null;
  /** Paths that start here and are not finished. */
  branches = 0;
  parent: State | null = null;
  slot = 0;
  firstSlot = 0;
  lastSlot = 0;
  /** Since the last checkpoint: see `precision/history.ts` for the words of an entry. */
  history: number[] = [];
  inSleepable = false;
  /** Only a processor that guesses wrong comes here. */
  speculative = false;
  callbackUnrollDepth = 0;
  cleaned = false;
  mayGotoDepth = 0;

  get current(): Frame {
    return this.frames[this.frames.length - 1] as Frame;
  }

  get depth(): number {
    return this.frames.length - 1;
  }

  frame(number: number): Frame {
    return this.frames[number] as Frame;
  }

  /** Copy of everything but the ancestry's counters. */
  clone(): State {
    const copy = new State();
    for (const frame of this.frames) copy.frames.push(frame.clone());
    copy.references = this.references.slice();
    copy.activeLocks = this.activeLocks;
    copy.lockId = this.lockId;
    copy.lockOwner = this.lockOwner;
    copy.branches = this.branches;
    copy.parent = this.parent;
    copy.slot = this.slot;
    copy.firstSlot = this.firstSlot;
    copy.lastSlot = this.lastSlot;
    copy.history = this.history.slice();
    copy.inSleepable = this.inSleepable;
    copy.speculative = this.speculative;
    copy.callbackUnrollDepth = this.callbackUnrollDepth;
    copy.mayGotoDepth = this.mayGotoDepth;
    return copy;
  }

  /** Call `change` for every register and spilled value, of all frames, that `matches`. */
  changeRegisters(matches: (register: Register) => boolean, change: (register: Register) => void): void {
    for (const frame of this.frames) {
      for (let i = 0; i < 11; i++) if (matches(frame.peek(i))) change(frame.register(i));
      for (let slot = 0; slot < frame.spills.length; slot++) {
        if (frame.isSpill(slot) && matches(frame.peekSpill(slot))) change(frame.spill(slot));
      }
    }
  }
}
