/**
 * Stack slots that may be read from a slot of the program on: what nothing reads any more need not be compared when
 * states are. Reads and whole-slot writes are collected while paths are followed, apart for each chain of calls that
 * leads to a function, since one chain may pass a caller's stack where another does not. A query propagates them
 * backward:
 *
 *   live before = (live after without what is surely written) and what may be read
 *
 * "May be read" only grows and "surely written" only shrinks, so marks that come later never make an answer that
 * was given for a finished state wrong.
 */
import { Opcode } from '../../insn/opcodes.js';
import type { Env, Subprogram } from '../env.js';
import type { State } from '../state.js';

/** Words of one slot of the program, for one frame: pairs of 32 stack slots each. */
const READ = 0;
const WRITE = 2;
const WRITE_ALWAYS = 4;
const LIVE = 6;
const WORDS = 8;

/** A function as one chain of calls reaches it. */
class Instance {
  readonly start: number;
  readonly length: number;
  readonly depth: number;
  readonly caller: Instance | null;
  readonly callsite: number;
  readonly masks: (Int32Array | undefined)[] = [];
  /** Slots whose writes are known: later ones can only take away. */
  readonly written: Uint8Array;
  changed = false;
  /** By frame: the last of its instructions whose reads or writes changed since the last query, −1: none. */
  readonly dirty = new Int32Array(8).fill(-1);

  constructor(subprogram: Subprogram, caller: Instance | null, callsite: number) {
    this.start = subprogram.start;
    this.length = subprogram.end - subprogram.start;
    this.caller = caller;
    this.callsite = callsite;
    this.depth = caller === null ? 0 : caller.depth + 1;
    this.written = new Uint8Array(this.length);
  }

  frame(number: number): Int32Array {
    let masks = this.masks[number];
    if (masks === undefined) {
      masks = new Int32Array(this.length * WORDS);
      this.masks[number] = masks;
    }
    return masks;
  }

  isLive(slot: number, frame: number, stackSlot: number): boolean {
    const masks = this.masks[frame];
    if (masks === undefined) return false;
    const word = masks[(slot - this.start) * WORDS + LIVE + (stackSlot >> 5)] as number;
    return (word & (1 << (stackSlot & 31))) !== 0;
  }

  read(slot: number, frame: number, low: number, high: number): void {
    const masks = this.frame(frame);
    const at = (slot - this.start) * WORDS;
    const newLow = (masks[at + READ] as number) | low;
    const newHigh = (masks[at + READ + 1] as number) | high;
    if (newLow === masks[at + READ] && newHigh === masks[at + READ + 1]) return;
    masks[at + READ] = newLow;
    masks[at + READ + 1] = newHigh;
    this.#change(slot, frame);
  }

  write(slot: number, frame: number, low: number, high: number): void {
    const first = this.written[slot - this.start] === 0;
    if (first && (low | high) === 0) return;
    const masks = this.frame(frame);
    const at = (slot - this.start) * WORDS + WRITE;
    const newLow = first ? low : (masks[at] as number) & low;
    const newHigh = first ? high : (masks[at + 1] as number) & high;
    if (newLow === masks[at] && newHigh === masks[at + 1]) return;
    masks[at] = newLow;
    masks[at + 1] = newHigh;
    this.#change(slot, frame);
  }

  #change(slot: number, frame: number): void {
    this.changed = true;
    const index = slot - this.start;
    if (index > (this.dirty[frame] as number)) this.dirty[frame] = index;
  }
}

export class StackLiveness {
  readonly #env: Env;
  readonly #instances = new Map<string, Instance>();
  #current: Instance | null = null;
  readonly #low = new Int32Array(8);
  readonly #high = new Int32Array(8);
  #wrote = false;
  #asked: State | null = null;
  readonly #chain: Instance[] = [];
  #through = new Int32Array(0);
  #jump = new Int32Array(0);

  constructor(env: Env) {
    this.#env = env;
  }

  /** The current path is in another function, or another path is current. */
  forgetFunction(): void {
    this.#current = null;
  }

  #instance(state: State, depth: number): Instance {
    let instance: Instance | null = null;
    let key = '';
    for (let i = 0; i <= depth; i++) {
      const frame = state.frame(i);
      const callsite = i === 0 ? -1 : frame.callsite;
      key += `${callsite},`;
      const full = `${key}${frame.subprogram}`;
      let found = this.#instances.get(full);
      if (found === undefined) {
        found = new Instance(this.#env.subprograms[frame.subprogram] as Subprogram, instance, callsite);
        this.#instances.set(full, found);
      }
      instance = found;
    }
    return instance as Instance;
  }

  #here(): Instance {
    this.#current ??= this.#instance(this.#env.state, this.#env.state.depth);
    return this.#current;
  }

  markRead(frame: number, stackSlot: number): void {
    const bit = 1 << (stackSlot & 31);
    this.#here().read(this.#env.slot, frame, stackSlot < 32 ? bit : 0, stackSlot < 32 ? 0 : bit);
  }

  /** All 8 bytes of the slot were overwritten. */
  markWrite(frame: number, stackSlot: number): void {
    const bit = 1 << (stackSlot & 31);
    const words = stackSlot < 32 ? this.#low : this.#high;
    words[frame] = (words[frame] as number) | bit;
    this.#wrote = true;
  }

  /** The instruction at `slot` is done. */
  commit(slot: number): void {
    const instance = this.#here();
    if (instance !== null) {
      if (this.#wrote || instance.written[slot - instance.start] !== 0) {
        for (let frame = 0; frame <= instance.depth; frame++) {
          instance.write(slot, frame, this.#low[frame] as number, this.#high[frame] as number);
        }
      }
      instance.written[slot - instance.start] = 1;
    }
    this.begin();
  }

  begin(): void {
    if (!this.#wrote) return;
    this.#low.fill(0);
    this.#high.fill(0);
    this.#wrote = false;
  }

  /** The following questions are about this state. */
  ask(state: State): void {
    this.#propagate();
    this.#asked = state;
    this.#chain.length = 0;
    for (let i = 0; i <= state.depth; i++) this.#chain.push(this.#instance(state, i));
  }

  /** Whether the slot of that frame may be read when the state goes on. */
  isLive(frame: number, stackSlot: number): boolean {
    const state = this.#asked as State;
    const { depth } = state;
    if (this.#chain[depth]?.isLive(state.slot, frame, stackSlot)) return true;
    for (let i = frame; i < depth; i++) {
      const callsite = state.frame(i + 1).callsite;
      const at = this.#env.callsCallback[callsite] ? callsite : callsite + 1;
      if (this.#chain[i]?.isLive(at, frame, stackSlot)) return true;
    }
    return false;
  }

  /** Where each instruction goes on, straight and by its jump; −1: nowhere. */
  #connect(): void {
    const { slots } = this.#env;
    this.#through = new Int32Array(slots.count);
    this.#jump = new Int32Array(slots.count).fill(-1);
    for (let slot = 0; slot < slots.count; slot++) {
      const ends = slots.op(slot) === Opcode.EXIT || slots.isGoto(slot);
      this.#through[slot] = ends ? -1 : slot + (slots.isLoadImmediate(slot) ? 2 : 1);
      if (slots.isJump(slot)) this.#jump[slot] = slots.jumpTarget(slot);
    }
  }

  #hasBackEdge({ start, length }: Instance): boolean {
    for (let slot = start; slot < start + length; slot++) {
      const target = this.#jump[slot] as number;
      if (target >= start && target <= slot) return true;
    }
    return false;
  }

  #propagate(): void {
    if (this.#through.length === 0) this.#connect();
    for (let again = true; again; ) {
      again = false;
      const dirty = [...this.#instances.values()].filter((instance) => instance.changed);
      dirty.sort((a, b) => b.depth - a.depth);
      for (const instance of dirty) {
        if (!instance.changed) continue;
        again = true;
        instance.changed = false;
        for (let frame = 0; frame <= instance.depth; frame++) this.#settle(instance, frame);
        this.#tellCaller(instance);
      }
    }
  }

  /**
   * Backward data-flow to a fixed point, for the stack of one frame. What changed at an instruction matters to those
   * before it, and to later ones only where jumps go back.
   */
  #settle(instance: Instance, frame: number): void {
    const masks = instance.masks[frame];
    let from = instance.dirty[frame] as number;
    if (masks === undefined || from < 0) return;
    instance.dirty[frame] = -1;
    for (let again = true; again; from = instance.length - 1) {
      again = false;
      for (let index = from; index >= 0; index--) {
        if (this.#settleSlot(instance, masks, index)) again = true;
      }
      again &&= this.#hasBackEdge(instance);
    }
  }

  #settleSlot(instance: Instance, masks: Int32Array, index: number): boolean {
    const { start, length } = instance;
    const at = index * WORDS;
    const through = (this.#through[start + index] as number) - start;
    const jump = (this.#jump[start + index] as number) - start;
    let changed = false;
    for (let word = 0; word < 2; word++) {
      let live = 0;
      let always = through < 0 && jump < 0 ? 0 : -1;
      if (through >= 0 && through < length) {
        live = masks[through * WORDS + LIVE + word] as number;
        always = masks[through * WORDS + WRITE_ALWAYS + word] as number;
      }
      if (jump >= 0 && jump < length) {
        live |= masks[jump * WORDS + LIVE + word] as number;
        always &= masks[jump * WORDS + WRITE_ALWAYS + word] as number;
      }
      const write = masks[at + WRITE + word] as number;
      live = (live & ~write) | (masks[at + READ + word] as number);
      always |= write;
      if (live === masks[at + LIVE + word] && always === masks[at + WRITE_ALWAYS + word]) continue;
      masks[at + LIVE + word] = live;
      masks[at + WRITE_ALWAYS + word] = always;
      changed = true;
    }
    return changed;
  }

  /** What the function reads and surely writes of its callers' stacks happens at the call. */
  #tellCaller(instance: Instance): void {
    const { caller, callsite } = instance;
    if (caller === null) return;
    for (let frame = 0; frame <= caller.depth; frame++) {
      const masks = instance.masks[frame];
      if (masks === undefined) continue;
      caller.write(callsite, frame, masks[WRITE_ALWAYS] as number, masks[WRITE_ALWAYS + 1] as number);
      caller.read(callsite, frame, masks[LIVE] as number, masks[LIVE + 1] as number);
    }
    caller.written[callsite - caller.start] = 1;
  }
}
