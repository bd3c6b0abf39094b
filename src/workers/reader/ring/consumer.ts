/**
 * The consuming end of a ring buffer, for the main thread and for readers.
 *
 * Sleeping without losing a wake-up. Words: `C`, the consumer position (written by the consumer alone); `H`, the
 * header of the record at C (its busy bit is cleared by the commit); `E`, the ring's event word. All accesses are
 * sequentially consistent.
 *
 *     consumer                                  producer, at its commit of the record at P
 *     K1  C <- P, the end of what was read      P1  H <- length, not busy
 *     K2  e <- E                                P2  c <- C
 *     K3  read H; done if a record is there     P3  if c = P (and wake-up is wanted):  E <- E + 1, notify(E)
 *     K4  waitAsync(E, e)
 *
 * If K3 finds no committed record, it precedes P1, so K1 < K3 < P1 < P2: the producer finds c = P and executes P3
 * after K2. Then E differs from e when K4 compares, or the waiter is in the queue when P3 notifies. A record whose
 * producer asked for no wake-up is read with the next one, as in the kernel.
 */
import type { Codec, CodecMemory } from '../../../shared/codecs.js';
import type { CoreExports } from '../../../shared/core-exports.js';

export type RingCore = Pick<CoreExports, 'ringbufNext' | 'ringbufConsume' | 'ringbufEvent'>;

/** Where the memory of a ring is seen, and by whom. */
export interface RingPlace {
  readonly core: RingCore;
  /** The whole arena. */
  readonly memory: CodecMemory;
  readonly i32: Int32Array;
  /** Arena address of the ring; 0 once its object is closed. */
  address(): number;
}

type Wait = { readonly async: false } | { readonly async: true; readonly value: Promise<'ok' | 'timed-out'> };
/** The lib types of this TypeScript version know `waitAsync` only from es2024 on. */
const atomics = Atomics as unknown as { waitAsync(words: Int32Array, index: number, value: number): Wait };

const HEADER_BYTES = 8;
/** Bits of a record's first word that are its length. */
const LENGTH_MASK = 0x3fff_ffff;
/** Records given in a row before the event loop has its turn: timers and signals must not starve. */
const BURST = 256;

/** What a record's payload at `at` says. */
export type RecordDecoder<V> = (memory: CodecMemory, at: number, length: number) => V;

/** Records through a codec; without one, copies of their bytes. */
export function recordDecoder<V>(codec: Codec<V> | undefined): RecordDecoder<V> {
  if (codec === undefined) return (memory, at, length) => memory.u8.slice(at, at + length) as V;
  return (memory, at, length) => {
    if (length >= codec.size) return codec.decode(memory, at);
    throw new RangeError(`a record of ${length} bytes, expected ${codec.size} bytes of ${codec.name}`);
  };
}

export class RingConsumer<V> {
  readonly #place: RingPlace;
  readonly #decode: RecordDecoder<V>;
  /** The one waiter of `watch` in the queue. It may be older than the last look: E changes only with a notify, which ends it. */
  #pending: Promise<unknown> | undefined;

  constructor(place: RingPlace, decode: RecordDecoder<V>) {
    this.#place = place;
    this.#decode = decode;
  }

  /** The next committed record, which is consumed; undefined when there is none. The ring must be open. */
  read(): V | undefined {
    const { core, memory } = this.#place;
    const address = this.#place.address();
    const record = core.ringbufNext(address);
    if (record <= 0) return undefined;
    const length = memory.view.getUint32(record, true) & LENGTH_MASK;
    try {
      return this.#decode(memory, record + HEADER_BYTES, length);
    } finally {
      core.ringbufConsume(address);
    }
  }

  /** Records as they come, until the ring is closed or `signal` fires: then it throws what `aborted` gives. */
  async *records(signal: AbortSignal | undefined, aborted: () => Error): AsyncGenerator<V, void, undefined> {
    const { core, i32 } = this.#place;
    let burst = 0;
    while (this.#place.address() !== 0) {
      if (signal?.aborted) throw aborted();
      const event = core.ringbufEvent(this.#place.address()) >>> 2;
      const seen = Atomics.load(i32, event);
      const record = this.read();
      if (record !== undefined) {
        yield record;
        if (++burst % BURST === 0) await new Promise((resolve) => setImmediate(resolve));
        continue;
      }
      await changed(i32, event, seen, signal);
    }
  }

  /**
   * For consumers of several rings: to be called before reading; what it gives, called when nothing was read,
   * resolves when there may be something.
   */
  watch(): () => Promise<unknown> {
    const { core, i32 } = this.#place;
    const event = core.ringbufEvent(this.#place.address()) >>> 2;
    const seen = Atomics.load(i32, event);
    return () => {
      this.#pending ??= changed(i32, event, seen, undefined).finally(() => {
        this.#pending = undefined;
      });
      return this.#pending;
    };
  }

  /** Let a consumer that sleeps look again: the ring was closed. */
  wake(address: number): void {
    const { core, i32 } = this.#place;
    const event = core.ringbufEvent(address) >>> 2;
    Atomics.add(i32, event, 1);
    Atomics.notify(i32, event);
  }
}

/** Resolves when the word is not `seen` any more, or when the signal fires. */
function changed(i32: Int32Array, index: number, seen: number, signal: AbortSignal | undefined): Promise<unknown> {
  const wait = atomics.waitAsync(i32, index, seen);
  if (!wait.async) return Promise.resolve();
  if (signal === undefined) return wait.value;
  return new Promise((resolve) => {
    // The waiter would stay in the word's queue: waking it is harmless to others, who look again.
    const onAbort = (): void => void Atomics.notify(i32, index);
    signal.addEventListener('abort', onAbort, { once: true });
    wait.value.then((result) => {
      signal.removeEventListener('abort', onAbort);
      resolve(result);
    });
  });
}
