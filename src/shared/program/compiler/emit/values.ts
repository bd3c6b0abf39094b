/**
 * What is known of registers and stack slots inside one basic block: addresses that can be folded into a memory
 * access, and stores to the stack whose value a later load need not fetch.
 */

export const Known = {
  NOTHING: 0,
  /** r10 plus a number. */
  FRAME: 1,
  /** An unsigned 32-bit number; as an i32 bit pattern. */
  CONSTANT: 2,
} as const;

const FRAME_POINTER = 10;
/** Stores remembered at a time, each with a copy of its value in a local variable; the oldest gives way. */
export const REMEMBERED = 4;

export class Values {
  readonly kind = new Uint8Array(11);
  readonly value = new Int32Array(11);
  readonly #stores: StackStore[] = [];
  #nextCopy = 0;

  constructor() {
    this.kind[FRAME_POINTER] = Known.FRAME;
  }

  /** At the start of a block nothing is known but r10. */
  reset(): void {
    this.kind.fill(Known.NOTHING, 0, FRAME_POINTER);
    this.#stores.length = 0;
  }

  /** The register has a new value, of which nothing is known. */
  forget(register: number): void {
    this.kind[register] = Known.NOTHING;
  }

  setConstant(register: number, value: number): void {
    this.kind[register] = Known.CONSTANT;
    this.value[register] = value;
  }

  copy(to: number, from: number): void {
    this.kind[to] = this.kind[from] as number;
    this.value[to] = this.value[from] as number;
  }

  /** `register += amount`, on 64 bits. */
  add(register: number, amount: number): void {
    const kind = this.kind[register];
    const value = this.value[register] as number;
    const sum = kind === Known.CONSTANT ? (value >>> 0) + amount : value + amount;
    const fits = kind === Known.CONSTANT ? sum >= 0 && sum <= 0xffff_ffff : sum === (sum | 0);
    if (kind === Known.NOTHING || !fits) this.kind[register] = Known.NOTHING;
    else this.value[register] = sum;
  }

  /** Number of the copy that the next remembered store is to be made in. */
  get nextCopy(): number {
    return this.#nextCopy;
  }

  /** The program stored the low bytes of a register at r10 + offset; the register was copied to `nextCopy`. */
  stored(offset: number, bytes: number): void {
    this.overwritten(offset, bytes);
    const copy = this.#nextCopy;
    const old = this.#stores.findIndex((store) => store.copy === copy);
    if (old !== -1) this.#stores.splice(old, 1);
    this.#stores.push({ offset, bytes, copy });
    this.#nextCopy = (copy + 1) % REMEMBERED;
  }

  /** Bytes at r10 + offset changed. */
  overwritten(offset: number, bytes: number): void {
    for (let index = this.#stores.length - 1; index >= 0; index--) {
      const store = this.#stores[index] as StackStore;
      if (store.offset < offset + bytes && offset < store.offset + store.bytes) this.#stores.splice(index, 1);
    }
  }

  /** Something that may point into the stack was written through. */
  memoryChanged(): void {
    this.#stores.length = 0;
  }

  /** The store that holds all bytes of a load, if it is remembered. */
  storeBehind(offset: number, bytes: number): StackStore | undefined {
    for (const store of this.#stores) {
      if (store.offset <= offset && offset + bytes <= store.offset + store.bytes) return store;
    }
    return undefined;
  }
}

export interface StackStore {
  readonly offset: number;
  readonly bytes: number;
  /** Number of the local variable that holds the value. */
  readonly copy: number;
}
