/**
 * What is known of registers and stack slots inside one basic block: addresses that can be folded into a memory
 * access, and stores to the stack whose value a later load can take from the register.
 */

export const Known = {
  NOTHING: 0,
  /** r10 plus a number. */
  FRAME: 1,
  /** An unsigned 32-bit number; as an i32 bit pattern. */
  CONSTANT: 2,
} as const;

const FRAME_POINTER = 10;
/** Stores remembered at a time; the oldest gives way. */
const REMEMBERED = 8;

export class Values {
  readonly kind = new Uint8Array(11);
  readonly value = new Int32Array(11);
  readonly #stores: StackStore[] = [];

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
    this.#forgetStoresOf(register);
  }

  setConstant(register: number, value: number): void {
    this.forget(register);
    this.kind[register] = Known.CONSTANT;
    this.value[register] = value;
  }

  copy(to: number, from: number): void {
    if (to === from) return;
    this.#forgetStoresOf(to);
    this.kind[to] = this.kind[from] as number;
    this.value[to] = this.value[from] as number;
  }

  /** `register += amount`, on 64 bits. */
  add(register: number, amount: number): void {
    this.#forgetStoresOf(register);
    const kind = this.kind[register];
    const value = this.value[register] as number;
    const sum = kind === Known.CONSTANT ? (value >>> 0) + amount : value + amount;
    const fits = kind === Known.CONSTANT ? sum >= 0 && sum <= 0xffff_ffff : sum === (sum | 0);
    if (kind === Known.NOTHING || !fits) this.kind[register] = Known.NOTHING;
    else this.value[register] = sum;
  }

  /** The program stored the low bytes of a register at r10 + offset. */
  stored(offset: number, bytes: number, register: number): void {
    this.overwritten(offset, bytes);
    if (this.#stores.length === REMEMBERED) this.#stores.shift();
    this.#stores.push({ offset, bytes, register });
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

  /** The store that holds all bytes of a load, if its register still has the value. */
  storeBehind(offset: number, bytes: number): StackStore | undefined {
    for (const store of this.#stores) {
      if (store.offset <= offset && offset + bytes <= store.offset + store.bytes) return store;
    }
    return undefined;
  }

  #forgetStoresOf(register: number): void {
    for (let index = this.#stores.length - 1; index >= 0; index--) {
      if (this.#stores[index]?.register === register) this.#stores.splice(index, 1);
    }
  }
}

export interface StackStore {
  readonly offset: number;
  readonly bytes: number;
  readonly register: number;
}
