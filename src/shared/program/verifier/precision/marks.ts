/** Registers and stack slots, by frame, whose exact value mattered: the work list of backtracking. */
import { MAX_FRAMES } from '../state.js';

export class Marks {
  frame = 0;
  readonly registers = new Uint16Array(MAX_FRAMES);
  /** Slots 0–31 and 32–63. */
  readonly low = new Int32Array(MAX_FRAMES);
  readonly high = new Int32Array(MAX_FRAMES);

  /** Frames above this one have no marks. */
  #highest = 0;

  reset(frame: number): void {
    for (let i = 0; i <= this.#highest; i++) {
      this.registers[i] = 0;
      this.low[i] = 0;
      this.high[i] = 0;
    }
    this.frame = frame;
    this.#highest = frame;
  }

  enter(): void {
    this.frame++;
    if (this.frame > this.#highest) this.#highest = this.frame;
  }

  get isEmpty(): boolean {
    for (let frame = 0; frame <= this.frame; frame++) {
      if (this.registers[frame] || this.low[frame] || this.high[frame]) return false;
    }
    return true;
  }

  hasRegister(register: number, frame = this.frame): boolean {
    return ((this.registers[frame] as number) & (1 << register)) !== 0;
  }

  setRegister(register: number, frame = this.frame): void {
    this.registers[frame] = (this.registers[frame] as number) | (1 << register);
  }

  clearRegister(register: number, frame = this.frame): void {
    this.registers[frame] = (this.registers[frame] as number) & ~(1 << register);
  }

  hasSlot(frame: number, slot: number): boolean {
    const words = slot < 32 ? this.low : this.high;
    return ((words[frame] as number) & (1 << (slot & 31))) !== 0;
  }

  setSlot(frame: number, slot: number): void {
    const words = slot < 32 ? this.low : this.high;
    words[frame] = (words[frame] as number) | (1 << (slot & 31));
  }

  clearSlot(frame: number, slot: number): void {
    const words = slot < 32 ? this.low : this.high;
    words[frame] = (words[frame] as number) & ~(1 << (slot & 31));
  }

  hasSlots(frame = this.frame): boolean {
    return this.low[frame] !== 0 || this.high[frame] !== 0;
  }
}
