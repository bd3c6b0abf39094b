/** What the segments of one program share: the randomness, the code so far, and a rough idea of each register. */
import { Code } from '../code.js';
import type { Random } from '../random.js';
import { INTERESTING, SCHED_CLS, SIZES, SOCKET_FILTER, type Size } from './fields.js';

type Held = 'none' | 'scalar' | 'bounded' | 'value';

/** The label of the program's end, where failed checks go. */
export const EXIT = 'exit';

/** Registers that calls leave alone and that segments hand on to each other; r6 keeps the context. */
export const KEPT = [7, 8, 9];

export class Pen {
  readonly code = new Code();
  readonly random: Random;
  readonly type: number;
  readonly held = new Array<Held>(11).fill('none');
  /** For pointers: bytes that may be accessed. */
  readonly room = new Array<number>(11).fill(0);
  /** Labels of the functions that are called and still have to be written. */
  readonly functions: string[] = [];
  /** Branches around this place. */
  depth = 0;
  readonly #fds: ReadonlyMap<string, number>;

  constructor(random: Random, type: number, fds: ReadonlyMap<string, number>) {
    this.random = random;
    this.type = type;
    this.#fds = fds;
  }

  /** A small error now and then. */
  near(value: number, percent = 7): number {
    const r = this.random;
    return r.chance(percent) ? value + r.pick([-1, 1, 1, 2, 8, -8]) : value;
  }

  size(): Size {
    return this.random.pick(SIZES);
  }

  kept(): number {
    return this.random.pick(KEPT);
  }

  keptExcept(register: number): number {
    return this.random.pick(KEPT.filter((kept) => kept !== register));
  }

  /** A stack slot, as an offset from r10. */
  slot(): number {
    return -8 * this.random.between(1, 6);
  }

  /** A register with a number, as a rule. */
  scalar(): number {
    const found = KEPT.filter((register) => this.held[register] === 'scalar' || this.held[register] === 'bounded');
    if (found.length > 0 && !this.random.chance(2)) return this.random.pick(found);
    const register = this.kept();
    if (!this.random.chance(3)) this.unknown(register);
    return register;
  }

  /** A kept register with a pointer to a map's value, if there is one. */
  value(): number | undefined {
    return KEPT.find((register) => this.held[register] === 'value');
  }

  holdValue(register: number, room: number): void {
    this.held[register] = 'value';
    this.room[register] = room;
  }

  /** A number that the verifier cannot know. */
  unknown(register: number): void {
    const r = this.random;
    if (r.chance(40) && (this.type === SOCKET_FILTER || this.type === SCHED_CLS)) {
      this.code.emit(0x61, register, 6, 0, 0);
    } else if (r.chance(15)) {
      this.code.emit(0xb7, register, 0, 0, r.pick(INTERESTING));
    } else {
      this.code.emit(0x85, 0, 0, 0, r.pick([7, 7, 5, 8]));
      this.code.emit(0xbf, register, 0);
    }
    this.held[register] = 'scalar';
  }

  stackAddress(register: number, offset: number): void {
    this.code.emit(0xbf, register, 10);
    this.code.emit(0x07, register, 0, 0, offset);
  }

  loadMap(register: number, map: string): void {
    this.code.load64(register, 1, this.#fds.get(map) ?? -1);
  }

  /** The address of a byte of a map's first value. */
  loadMapValue(register: number, map: string, offset: number): void {
    this.code.load64(register, 2, this.#fds.get(map) ?? -1, offset);
  }
}
