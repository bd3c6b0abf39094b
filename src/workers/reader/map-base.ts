import { showAs } from '../../shared/inspect.js';
import { refused } from './errors.js';
import type { ReaderThread } from './thread.js';

/** A map in a reader's thread: where it lies, and for how long that is so. */
export abstract class ReaderMapBase {
  /** The name under which the handle carries the map. */
  readonly name: string;
  /** @internal */
  protected readonly thread: ReaderThread;
  /** @internal */
  protected readonly address: number;
  /** Section that the address is good in; 0 = for the reader's life. */
  readonly #serial: number;

  static {
    showAs(
      ReaderMapBase.prototype,
      (map) => map.constructor.name,
      ({ name }) => ({ name }),
    );
  }

  /** @internal */
  constructor(thread: ReaderThread, name: string, address: number, serial: number) {
    this.thread = thread;
    this.name = name;
    this.address = address;
    this.#serial = serial;
  }

  /** Begin a call: a section of its own, or part of the running one. @internal */
  protected enter(what: string): void {
    this.check(what);
    this.thread.enter();
  }

  /** @internal */
  protected check(what: string): void {
    const { thread } = this;
    if (this.#serial === 0 || (this.#serial === thread.serial && thread.core.sectionDepth() > 0)) return;
    throw refused('EINVAL', what, `${this.name}: this inner map was found in a section that has ended: find it again`);
  }
}
