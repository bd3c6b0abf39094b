/** Ids ascend from 1 and wrap before 2^31, as the kernel's cyclic allocation does. */
const MAX_ID = 0x7fff_fffe;

/** The core finds a map by `id mod 2^20`, so that two live maps must differ there. */
export const ID_TABLE_SIZE = 1 << 20;

/** Live maps by id. An id that was given back is not used again until all others were. */
export class IdTable<T> {
  readonly #objects = new Map<number, T>();
  readonly #indices = new Set<number>();
  #last = 0;

  get size(): number {
    return this.#objects.size;
  }

  get(id: number): T | undefined {
    return this.#objects.get(id);
  }

  values(): IterableIterator<T> {
    return this.#objects.values();
  }

  /** The next id whose place in the core's table is free, or 0 when all places are taken. */
  next(): number {
    if (this.#objects.size >= ID_TABLE_SIZE - 1) return 0;
    do {
      this.#last = this.#last >= MAX_ID ? 1 : this.#last + 1;
    } while (this.#indices.has(this.#last % ID_TABLE_SIZE));
    return this.#last;
  }

  add(id: number, object: T): void {
    this.#objects.set(id, object);
    this.#indices.add(id % ID_TABLE_SIZE);
  }

  remove(id: number): void {
    this.#objects.delete(id);
    this.#indices.delete(id % ID_TABLE_SIZE);
  }

  /** The smallest live id greater than `start`, or 0. */
  after(start: number): number {
    let smallest = 0;
    for (const id of this.#objects.keys()) {
      if (id > start && (smallest === 0 || id < smallest)) smallest = id;
    }
    return smallest;
  }
}
