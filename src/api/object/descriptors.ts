/** Descriptors that a load has opened: all are closed again if it fails. */
import type { RuntimeParts } from '../runtime/parts.js';

export class Descriptors {
  readonly #parts: RuntimeParts;
  readonly #open = new Set<number>();

  constructor(parts: RuntimeParts) {
    this.#parts = parts;
  }

  add(fd: number): number {
    this.#open.add(fd);
    return fd;
  }

  close(fd: number): void {
    if (this.#open.delete(fd)) this.#parts.syscalls.close(fd);
  }

  /** From now on somebody else closes it. */
  release(fd: number): void {
    this.#open.delete(fd);
  }

  closeAll(): void {
    for (const fd of [...this.#open]) this.close(fd);
  }
}
