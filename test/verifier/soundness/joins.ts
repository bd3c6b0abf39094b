/**
 * Programs whose paths meet again with different values: in registers, on the stack, in functions that are called. What
 * follows uses the values, so that taking one path for the other would be a mistake that shows.
 */
import { Random } from '../fuzz/random.js';

const REGISTERS = ['r7', 'r8', 'r9'] as const;
const SLOTS = [-16, -24] as const;
const CONSTANTS = [0, 1, 4, 7, 15, 31, 40, 47, 48, 60];
const MASKS = [7, 15, 31, 63];
/** Holds the address of a stack slot, not the same one on every path. */
const POINTER = 'r6';

type Place = { readonly register: string } | { readonly slot: number };

/** Assembly text over a map named `array` of values of 48 bytes, for any program type. */
export function joins(seed: number): string {
  return new Writer(new Random(seed)).program();
}

class Writer {
  readonly #random: Random;
  readonly #lines: string[] = [];
  #labels = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  program(): string {
    for (const register of REGISTERS) this.#set({ register });
    for (const slot of SLOTS) this.#set({ slot });
    this.#point();
    const rounds = 2 + this.#random.below(4);
    for (let round = 0; round < rounds; round++) {
      this.#diamond();
      if (this.#random.chance(60)) this.#change();
      if (this.#random.chance(70)) this.#use();
    }
    this.#use();
    this.#write('out:', 'r0 = 0', 'exit', 'same:', 'r0 = r1', 'exit');
    return this.#lines.join('\n');
  }

  #write(...lines: string[]): void {
    this.#lines.push(...lines);
  }

  #label(): string {
    return `l${++this.#labels}`;
  }

  #place(): Place {
    if (this.#random.chance(60)) return { register: this.#random.pick(REGISTERS) };
    return { slot: this.#random.pick(SLOTS) };
  }

  #set(place: Place): void {
    if (this.#random.chance(60)) {
      this.#store(place, String(this.#random.pick(CONSTANTS)));
      return;
    }
    this.#write('call get_prandom_u32', `r0 &= ${this.#random.pick(MASKS)}`);
    if (this.#random.chance(25)) this.#write('r0 -= 4');
    this.#store(place, 'r0');
  }

  #store(place: Place, value: string): void {
    this.#write('register' in place ? `${place.register} = ${value}` : `*(u64 *)(r10 - ${-place.slot}) = ${value}`);
  }

  #load(register: string, place: Place): void {
    const from = 'register' in place ? place.register : `*(u64 *)(r10 - ${-place.slot})`;
    this.#write(`${register} = ${from}`);
  }

  /** Two ways that nobody can foresee, each with values of its own. */
  #diamond(): void {
    const [other, join] = [this.#label(), this.#label()];
    const places = [this.#place(), this.#place()];
    this.#write('call get_prandom_u32', `if r0 & 1 goto ${other}`);
    for (const place of places) this.#set(place);
    if (this.#random.chance(40)) this.#point();
    this.#write(`goto ${join}`, `${other}:`);
    for (const place of places) if (this.#random.chance(80)) this.#set(place);
    if (this.#random.chance(40)) this.#point();
    this.#write(`${join}:`);
  }

  #point(): void {
    this.#write(`${POINTER} = r10`, `${POINTER} += ${this.#random.pick(SLOTS)}`);
  }

  #change(): void {
    if (this.#random.chance(30)) {
      this.#write(`*(u64 *)(${POINTER} + 0) = ${this.#random.pick(CONSTANTS)}`);
      return;
    }
    if (this.#random.chance(30)) {
      this.#copyApart();
      return;
    }
    const from = this.#place();
    const to = this.#place();
    this.#load('r1', from);
    if (this.#random.chance(40)) this.#write('call same', 'r1 = r0');
    if (this.#random.chance(40)) this.#write(`r1 += ${this.#random.below(4)}`);
    this.#store(to, 'r1');
  }

  /** A copy at a distance: what is learnt of one is learnt of the other. */
  #copyApart(): void {
    const from = this.#random.pick(REGISTERS);
    const to = this.#random.pick(REGISTERS);
    this.#write(`${to} = ${from}`, `${to} += ${this.#random.below(9)}`);
    if (this.#random.chance(25))
      this.#write(this.#random.pick([`w${to.slice(1)} = w${to.slice(1)}`, `${to} = (s8)${to}`]));
    if (this.#random.chance(40)) this.#write(`if ${from} > ${this.#random.pick(CONSTANTS)} goto out`);
  }

  #use(): void {
    const place = this.#place();
    const guarded = this.#random.chance(40);
    switch (this.#random.below(3)) {
      case 0:
        this.#write('*(u32 *)(r10 - 4) = 0', 'r2 = r10', 'r2 += -4', 'r1 = map[array] ll', 'call map_lookup_elem');
        this.#write('if r0 == 0 goto out');
        this.#access('r0', place, guarded);
        break;
      case 1:
        this.#write('r0 = r10', 'r0 += -80');
        this.#access('r0', place, guarded);
        break;
      default: {
        const skip = this.#label();
        this.#load('r2', place);
        this.#write(`if r2 != ${this.#random.pick(CONSTANTS)} goto ${skip}`, 'r1 = 5', 'r1 ^= r2', `${skip}:`);
      }
    }
  }

  #access(pointer: string, place: Place, guarded: boolean): void {
    this.#load('r2', place);
    if (guarded) this.#write('if r2 > 47 goto out');
    this.#write(`${pointer} += r2`, `*(u8 *)(${pointer} + 0) = 1`);
  }
}
