/**
 * Names of objects: what the BPF file system is in the kernel, as a namespace of the runtime. A pin is a reference
 * and a user: a pinned object survives its last descriptor, and a pinned PROG_ARRAY keeps its entries.
 */
import { BpfError } from '../errors.js';
import type { MapObject, ProgramObject } from './objects.js';

export type Pinnable = MapObject | ProgramObject;

/** Linux's limit of a path, its NUL included. */
const MAX_PATH = 4096;

export class PinTable {
  readonly #pins = new Map<string, Pinnable>();

  get size(): number {
    return this.#pins.size;
  }

  /** Paths and what they name, in the order of pinning. */
  entries(): IterableIterator<[string, Pinnable]> {
    return this.#pins.entries();
  }

  get(path: string, syscall: string): Pinnable {
    const found = this.#pins.get(normalize(path, syscall));
    if (found === undefined) throw new BpfError('ENOENT', syscall, `pathname: nothing is pinned at "${path}"`);
    return found;
  }

  /** `hold` takes the pin's reference, once it is sure that the path is free. */
  add(path: string, object: Pinnable, syscall: string, hold: () => void): void {
    const name = normalize(path, syscall);
    if (this.#pins.has(name)) throw new BpfError('EEXIST', syscall, `pathname: "${path}" is taken`);
    hold();
    this.#pins.set(name, object);
  }

  /** What was pinned there; the caller gives up the pin's reference. */
  remove(path: string, syscall: string): Pinnable {
    const object = this.get(path, syscall);
    this.#pins.delete(normalize(path, syscall));
    return object;
  }

  paths(): string[] {
    return [...this.#pins.keys()];
  }
}

/** Absolute or not, a path is a name in one tree: `.`, `..` and repeated slashes mean what they mean in files. */
function normalize(path: string, syscall: string): string {
  if (path.length >= MAX_PATH) throw new BpfError('ENAMETOOLONG', syscall, `pathname: ${path.length} characters`);
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  if (parts.length === 0) throw new BpfError('ENOENT', syscall, `pathname: "${path}" names nothing`);
  return `/${parts.join('/')}`;
}
