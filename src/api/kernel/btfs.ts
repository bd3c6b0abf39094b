import type { Btf } from '../../shared/object/btf/index.js';
import { BpfError } from '../errors.js';
import type { BtfObject } from './objects.js';

/** BTF that was loaded, by id. Maps and descriptors refer to it; without references it is gone. */
export class BtfTable {
  readonly #objects = new Map<number, BtfObject>();
  #last = 0;

  get size(): number {
    return this.#objects.size;
  }

  /** The caller owns the one reference that it starts with. */
  add(bytes: Uint8Array, types: Btf): BtfObject {
    const object: BtfObject = { kind: 'btf', id: ++this.#last, bytes, types, references: 1 };
    this.#objects.set(object.id, object);
    return object;
  }

  hold(object: BtfObject): void {
    if (object.references <= 0) throw new Error(`broken invariant: BTF ${object.id} is held after its release`);
    object.references++;
  }

  put(object: BtfObject): void {
    if (object.references <= 0) throw new Error(`broken invariant: BTF ${object.id} is put too often`);
    if (--object.references === 0) this.#objects.delete(object.id);
  }

  get(id: number): BtfObject | undefined {
    return this.#objects.get(id);
  }

  /** Smallest id greater than `id`, or 0. */
  after(id: number): number {
    let smallest = 0;
    for (const other of this.#objects.keys()) if (other > id && (smallest === 0 || other < smallest)) smallest = other;
    return smallest;
  }
}

/** The error for a descriptor that should have been BTF. */
export function notBtf(fd: number, kind: string | undefined, syscall: string, attribute: string): BpfError {
  if (kind === undefined) return new BpfError('EBADF', syscall, `${attribute}: ${fd} is not an open descriptor`);
  return new BpfError('EINVAL', syscall, `${attribute}: ${fd} is not BTF, but a ${kind} file`);
}
