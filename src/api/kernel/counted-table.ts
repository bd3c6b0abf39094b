/** An object that lives as long as something refers to it. */
interface Counted {
  readonly id: number;
  references: number;
}

/**
 * Objects with a reference count, by ids that are never reused: without references an object is gone from the
 * table. A count that goes wrong is a broken invariant, and thrown at once.
 */
export class CountedTable<T extends Counted> {
  readonly #what: string;
  readonly #objects = new Map<number, T>();
  #last = 0;

  /** `what` names an object in messages. */
  constructor(what: string) {
    this.#what = what;
  }

  get size(): number {
    return this.#objects.size;
  }

  values(): IterableIterator<T> {
    return this.#objects.values();
  }

  get(id: number): T | undefined {
    return this.#objects.get(id);
  }

  /** Smallest id that is greater than `id`, or 0. */
  after(id: number): number {
    let smallest = 0;
    for (const other of this.#objects.keys()) if (other > id && (smallest === 0 || other < smallest)) smallest = other;
    return smallest;
  }

  /** The id that the next object will have. */
  reserveId(): number {
    return ++this.#last;
  }

  /** The caller owns the references that the object starts with. */
  add(object: T): T {
    this.#objects.set(object.id, object);
    return object;
  }

  hold(object: T): void {
    if (object.references <= 0) throw this.#broken(object, 'held after its release');
    object.references++;
  }

  /** Whether this was the last reference. */
  put(object: T): boolean {
    if (object.references <= 0) throw this.#broken(object, 'put too often');
    if (--object.references > 0) return false;
    this.#objects.delete(object.id);
    return true;
  }

  #broken(object: T, how: string): Error {
    return new Error(`broken invariant: ${this.#what} ${object.id} is ${how}`);
  }
}
