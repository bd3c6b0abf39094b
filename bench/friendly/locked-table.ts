/** What one would build without innermap: one shared hash table, and one lock around it. */

const LOCK = 0;
const HEADER_WORDS = 16;
const EMPTY = -1;

/** u32 to u32, open addressing, in shared memory. Every method takes the lock. */
export class LockedTable {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #mask: number;

  static create(entries: number): LockedTable {
    const slots = 2 ** Math.ceil(Math.log2(entries * 2));
    const table = new LockedTable(new SharedArrayBuffer(4 * (HEADER_WORDS + 2 * slots)));
    table.#words.fill(EMPTY, HEADER_WORDS);
    return table;
  }

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer);
    this.#mask = (this.#words.length - HEADER_WORDS) / 2 - 1;
  }

  get(key: number): number | undefined {
    this.#lock();
    const at = this.#find(key);
    const value = this.#words[at] === EMPTY ? undefined : (this.#words[at + 1] as number);
    this.#unlock();
    return value;
  }

  /** Set these entries, in one critical section: readers see all of them or none. */
  update(keys: Uint32Array, values: Uint32Array): void {
    this.#lock();
    for (let index = 0; index < keys.length; index++) {
      const at = this.#find(keys[index] as number);
      this.#words[at] = keys[index] as number;
      this.#words[at + 1] = values[index] as number;
    }
    this.#unlock();
  }

  #find(key: number): number {
    let slot = (Math.imul(key, 0x9e37_79b1) >>> 7) & this.#mask;
    for (;;) {
      const at = HEADER_WORDS + 2 * slot;
      const found = this.#words[at];
      if (found === (key | 0) || found === EMPTY) return at;
      slot = (slot + 1) & this.#mask;
    }
  }

  /** 0 free, 1 taken, 2 taken and waited for. */
  #lock(): void {
    if (Atomics.compareExchange(this.#words, LOCK, 0, 1) === 0) return;
    while (Atomics.exchange(this.#words, LOCK, 2) !== 0) Atomics.wait(this.#words, LOCK, 2);
  }

  #unlock(): void {
    if (Atomics.exchange(this.#words, LOCK, 0) === 2) Atomics.notify(this.#words, LOCK, 1);
  }
}
