/** A reader's place in its thread: its own instance of the core, its slot, its sections, its scratch buffer. */
import { recoverThread } from '../../shared/execution/recovery.js';
import type { Arena } from '../../shared/arena.js';
import { type Codec, type CodecMemory, codecMemory } from '../../shared/codecs.js';
import type { CoreExports } from '../../shared/core-exports.js';
import { refused } from './errors.js';

export class ReaderThread {
  readonly core: CoreExports;
  /** The whole arena: values are decoded where they lie. */
  readonly memory: CodecMemory;
  /** The bytes that keys and values of a call are encoded in. */
  readonly scratch: CodecMemory;
  readonly scratchAddress: number;
  /** Counts outermost sections: an address read in one section is not good in another. */
  serial = 0;
  closed = false;

  constructor(arena: Arena, scratchAddress: number, scratchBytes: number) {
    const { buffer } = arena.memory;
    this.core = arena.core;
    this.memory = codecMemory(buffer);
    this.scratch = codecMemory(buffer, scratchAddress, scratchBytes);
    this.scratchAddress = scratchAddress;
  }

  checkOpen(): void {
    if (this.closed) throw refused('EBADF', 'enter', 'this reader is closed: attach again');
  }

  /** Begin a section, or nest in the running one. */
  enter(): void {
    this.checkOpen();
    if (this.core.sectionDepth() === 0) this.serial++;
    this.core.enter();
  }

  /** End what `enter` began, unless recovery has ended the section already. */
  leave(): void {
    if (this.core.sectionDepth() > 0) this.core.leave();
  }

  /**
   * Run a writing call of the core; gives its result. If it does not return (a stack overflow inside the core),
   * recovery frees the locks it held and ends the section, so that what was read in it is void.
   */
  write(call: () => number): number {
    try {
      return call();
    } catch (error) {
      recoverThread(this.core);
      this.serial++;
      throw error;
    }
  }

  /** Encode at `offset` of the scratch buffer; gives the address. */
  encode(codec: Codec<unknown>, value: unknown, offset: number): number {
    codec.encode(value, this.scratch, offset);
    return this.scratchAddress + offset;
  }

  /** Views and inner maps are good until the section ends, so there must be one. */
  checkInside(what: string): void {
    if (this.core.sectionDepth() > 0) return;
    throw refused('EINVAL', what, `${what}() outside a read-side section: call it inside reader.section(() => …)`);
  }
}
