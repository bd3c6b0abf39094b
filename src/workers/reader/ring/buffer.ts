/** Ring buffers, as a reader thread sees them. */
import type { Codec } from '../../../shared/codecs.js';
import { refused, writeFailed } from '../errors.js';
import { ReaderMapBase } from '../map-base.js';
import type { ReaderThread } from '../thread.js';
import { RingConsumer, recordDecoder } from './consumer.js';
import { recordBytes, type Wakeup, wakeupFlags } from './record.js';

const EAGAIN = 11;

/** How a ring's records are typed; undefined: bytes of any length. */
export interface RingAccess {
  readonly name: string;
  readonly record: Codec<unknown> | undefined;
}

export interface ReaderOutputOptions {
  /** 'auto' (default): wake the consumer if it waits for this record. */
  readonly wakeup?: Wakeup;
}

/** What both kinds of rings share: appending a record. */
abstract class ReaderRingProducer<V> extends ReaderMapBase {
  /** @internal */
  protected readonly access: RingAccess;

  /** @internal */
  constructor(thread: ReaderThread, access: RingAccess, address: number, serial = 0) {
    super(thread, access.name, address, serial);
    this.access = access;
  }

  /** Hand the record's bytes to `call`: false when there is no room. @internal */
  protected append(value: V, call: (at: number, length: number) => number): boolean {
    const { thread, name } = this;
    const bytes = recordBytes(this.access.record as Codec<V> | undefined, value);
    const room = thread.scratch.u8.length;
    if (bytes.length > room) {
      throw refused('E2BIG', 'output', `map ${name}: a record of ${bytes.length} bytes, expected at most ${room}`);
    }
    this.enter('output');
    try {
      thread.scratch.u8.set(bytes);
      const result = thread.write(() => call(thread.scratchAddress, bytes.length));
      if (result === 0) return true;
      if (result === -EAGAIN) return false;
      throw writeFailed(result, 'output', name);
    } finally {
      thread.leave();
    }
  }
}

/** USER_RINGBUF: records for programs. */
export class ReaderUserRing<V = unknown> extends ReaderRingProducer<V> {
  /** Append a record. False when there is no room. */
  output(value: V): boolean {
    return this.append(value, (at, length) => this.thread.core.userRingbufOutput(this.address, at, length));
  }
}

/** RINGBUF: records from programs and readers to one consumer. */
export class ReaderRing<V = unknown> extends ReaderRingProducer<V> implements AsyncIterable<V> {
  /** Append a record. False when there is no room. */
  output(value: V, options?: ReaderOutputOptions): boolean {
    const flags = wakeupFlags(options?.wakeup);
    return this.append(value, (at, length) => this.thread.core.ringbufOutput(this.address, at, length, flags));
  }

  /** The next record if one is there. A ring has one consumer at a time, in whichever thread. */
  read(): V | undefined {
    this.enter('read');
    try {
      return this.#consumer().read();
    } finally {
      this.thread.leave();
    }
  }

  /** Records as they come, until the reader closes. Not for inner maps, which are good for one section only. */
  records(options: { readonly signal?: AbortSignal } = {}): AsyncIterableIterator<V> {
    if (this.thread.core.sectionDepth() > 0) {
      throw refused('EINVAL', 'records', 'records() inside a read-side section, which cannot span an await');
    }
    this.check('records');
    const { signal } = options;
    return this.#consumer().records(signal, () => abortError(signal));
  }

  [Symbol.asyncIterator](): AsyncIterator<V> {
    return this.records();
  }

  #consumer(): RingConsumer<V> {
    const { thread, address } = this;
    const { core, memory } = thread;
    const i32 = new Int32Array(memory.u8.buffer);
    const place = { core, memory, i32, address: () => (thread.closed ? 0 : address) };
    return new RingConsumer<V>(place, recordDecoder(this.access.record as Codec<V> | undefined));
  }
}

/** As the main side's AbortError: the signal's reason as its cause. */
function abortError(signal: AbortSignal | undefined): Error {
  const error = new Error('records: the iteration was aborted', { cause: signal?.reason });
  error.name = 'AbortError';
  return Object.assign(error, { code: 'ABORT_ERR' });
}
