/** Maps without keys, as a reader thread sees them: queues, stacks, Bloom filters. */
import type { Codec } from '../../shared/codecs.js';
import { failed, writeFailed } from './errors.js';
import { ReaderMapBase } from './map-base.js';
import type { ReaderThread } from './thread.js';

const ENOENT = 2;
const E2BIG = 7;
const BPF_ANY = 0;
const BPF_EXIST = 2;

/** How the values of a map without keys are typed, and where in the scratch buffer they are encoded. */
export interface ValueAccess {
  readonly name: string;
  readonly value: Codec<unknown>;
  readonly offset: number;
}

export interface ReaderPushOptions {
  /** When full, drop the oldest value instead of failing. */
  readonly overwrite?: boolean;
}

/** QUEUE and STACK. */
export class ReaderQueue<Value = unknown> extends ReaderMapBase {
  readonly #access: ValueAccess;

  /** @internal */
  constructor(thread: ReaderThread, access: ValueAccess, address: number, serial = 0) {
    super(thread, access.name, address, serial);
    this.#access = access;
  }

  /** Throws E2BIG when full. */
  push(value: Value, options?: ReaderPushOptions): this {
    const result = this.#push('push', value, options?.overwrite === true ? BPF_EXIST : BPF_ANY);
    if (result < 0) throw writeFailed(result, 'push', this.name);
    return this;
  }

  /** False, and nothing changed, when full. */
  offer(value: Value): boolean {
    const result = this.#push('offer', value, BPF_ANY);
    if (result === -E2BIG) return false;
    if (result < 0) throw writeFailed(result, 'offer', this.name);
    return true;
  }

  /** Take the oldest (stack: newest) value; undefined when there is none. */
  pop(): Value | undefined {
    return this.#read('pop', (out) => this.thread.core.queuePop(this.address, out));
  }

  /** What `pop` would give, which stays. */
  peek(): Value | undefined {
    return this.#read('peek', (out) => this.thread.core.queuePeek(this.address, out));
  }

  #push(what: string, value: Value, flags: number): number {
    const { thread } = this;
    this.enter(what);
    try {
      const address = thread.encode(this.#access.value, value, this.#access.offset);
      return thread.write(() => thread.core.queuePush(this.address, address, flags));
    } finally {
      thread.leave();
    }
  }

  #read(what: string, call: (out: number) => number): Value | undefined {
    const { thread } = this;
    const { value, offset } = this.#access;
    this.enter(what);
    try {
      const result = thread.write(() => call(thread.scratchAddress + offset));
      if (result === -ENOENT) return undefined;
      if (result < 0) throw failed(result, what, `map ${this.name}`);
      return value.decode(thread.scratch, offset) as Value;
    } finally {
      thread.leave();
    }
  }
}

/** BLOOM_FILTER. */
export class ReaderBloomFilter<Value = unknown> extends ReaderMapBase {
  readonly #access: ValueAccess;

  /** @internal */
  constructor(thread: ReaderThread, access: ValueAccess, address: number, serial = 0) {
    super(thread, access.name, address, serial);
    this.#access = access;
  }

  add(value: Value): this {
    const result = this.#call('add', value, (at) => this.thread.core.bloomAdd(this.address, at, BPF_ANY));
    if (result < 0) throw writeFailed(result, 'add', this.name);
    return this;
  }

  /** False: certainly not added. True: added, or a false positive. */
  has(value: Value): boolean {
    const result = this.#call('has', value, (at) => this.thread.core.bloomTest(this.address, at));
    if (result === 0) return true;
    if (result === -ENOENT) return false;
    throw failed(result, 'has', `map ${this.name}`);
  }

  #call(what: string, value: Value, call: (at: number) => number): number {
    const { thread } = this;
    this.enter(what);
    try {
      const address = thread.encode(this.#access.value, value, this.#access.offset);
      return thread.write(() => call(address));
    } finally {
      thread.leave();
    }
  }
}
