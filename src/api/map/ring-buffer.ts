import type { Codec } from '../../shared/codecs.js';
import { codecMemory } from '../../shared/codecs.js';
import { Errno } from '../../shared/errno.js';
import { RingConsumer, recordDecoder } from '../../workers/reader/ring/consumer.js';
import { recordBytes, wakeupFlags } from '../../workers/reader/ring/record.js';
import { abortErrorOf } from '../grace-periods/errors.js';
import { MapObjectBase, type MapIdentity } from './base.js';
import type { MapHost } from './host.js';
import { withPayload } from './scratch.js';
import type { OutputOptions, ReadOptions, RingBuffer } from './types.js';

/** What of `bpf_ringbuf_query` is asked: unread bytes. */
const AVAILABLE_DATA = 0;

/** RINGBUF. */
export class RingBufferObject<V> extends MapObjectBase implements RingBuffer<V> {
  declare readonly type: 'ringbuf';
  readonly #codec: Codec<V> | undefined;
  readonly #consumer: RingConsumer<V>;
  #consuming = false;

  constructor(host: MapHost, identity: MapIdentity, record: Codec<V> | undefined) {
    super(host, identity);
    this.#codec = record;
    const { arena } = host.scratch;
    this.#consumer = new RingConsumer(
      {
        core: this.core,
        memory: codecMemory(arena.memory.buffer),
        i32: arena.i32,
        address: () => (this.closed ? 0 : this.object.address),
      },
      recordDecoder(record),
    );
  }

  get pending(): number {
    return this.core.ringbufQuery(this.readable('pending'), AVAILABLE_DATA);
  }

  read(): V | undefined {
    this.readable('read');
    return this.#consumer.read();
  }

  records(options: ReadOptions = {}): AsyncIterableIterator<V> {
    this.readable('records');
    return this.#records(options.signal);
  }

  [Symbol.asyncIterator](): AsyncIterator<V> {
    return this.records();
  }

  output(value: V, options?: OutputOptions): boolean {
    const address = this.writable('output');
    const bytes = recordBytes(this.#codec, value);
    const flags = wakeupFlags(options?.wakeup);
    const result = withPayload(this.host.scratch, 'output', bytes, (at) =>
      this.guarded('output', () => this.core.ringbufOutput(address, at, bytes.length, flags)),
    );
    if (result === 0) return true;
    if (result === -Errno.EAGAIN) return false;
    throw this.failure('output', result);
  }

  override close(): void {
    if (this.closed) return;
    const { address } = this.object;
    // Before the descriptor goes: the ring's memory may be given to others a grace period later.
    this.#consumer.wake(address);
    super.close();
  }

  async *#records(signal: AbortSignal | undefined): AsyncGenerator<V, void, undefined> {
    if (this.#consuming)
      throw this.failure('records', -Errno.EBUSY, 'another iteration consumes this ring: end it first');
    this.#consuming = true;
    try {
      yield* this.#consumer.records(signal, () => abortErrorOf(signal as AbortSignal, 'records'));
    } finally {
      this.#consuming = false;
    }
  }
}
