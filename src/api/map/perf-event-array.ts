import { type Codec, codecMemory } from '../../shared/codecs.js';
import { Errno } from '../../shared/errno.js';
import { MapType } from '../../shared/uapi.js';
import { type RecordDecoder, RingConsumer, recordDecoder } from '../../workers/reader/ring/consumer.js';
import { abortErrorOf } from '../grace-periods/errors.js';
import type { MapObject } from '../kernel.js';
import { MapObjectBase, type MapIdentity } from './base.js';
import type { MapHost } from './host.js';
import type { OpenOptions, PerfEventArray, PerfRecord, ReadOptions } from './types.js';

/** Bytes of a CPU's ring where the caller does not say: the kernel's tools take as many pages. */
const DEFAULT_BYTES = 65_536;

interface CpuRing<V> {
  readonly cpu: number;
  readonly map: MapObject;
  readonly consumer: RingConsumer<V>;
}

/**
 * PERF_EVENT_ARRAY. In the kernel a slot holds the descriptor of a perf event, whose buffer user space maps; here
 * it holds a ring buffer that this object made, one for each CPU.
 */
export class PerfEventArrayObject<V> extends MapObjectBase implements PerfEventArray<V> {
  declare readonly type: 'perf_event_array';
  readonly recordCodec: Codec<V> | undefined;
  #rings: CpuRing<V>[] = [];
  #consuming = false;

  constructor(host: MapHost, identity: MapIdentity, record: Codec<V> | undefined) {
    super(host, identity);
    this.recordCodec = record;
  }

  get isOpen(): boolean {
    return this.#rings.length > 0;
  }

  open(options: OpenOptions = {}): this {
    const { bytes = DEFAULT_BYTES } = options;
    const address = this.writable('open');
    if (this.isOpen) throw this.failure('open', -Errno.EBUSY, 'it is open already: close() ends it');
    const cpus = Math.min(this.maxEntries, this.host.kernel.possibleCpus);
    try {
      for (let cpu = 0; cpu < cpus; cpu++) this.#openCpu(address, cpu, bytes);
    } catch (error) {
      this.#closeRings();
      throw error;
    }
    return this;
  }

  read(): PerfRecord<V> | undefined {
    this.#opened('read');
    for (const { cpu, consumer } of this.#rings) {
      const data = consumer.read();
      if (data !== undefined) return { cpu, data };
    }
    return undefined;
  }

  records(options: ReadOptions = {}): AsyncIterableIterator<PerfRecord<V>> {
    this.#opened('records');
    return this.#records(options.signal);
  }

  [Symbol.asyncIterator](): AsyncIterator<PerfRecord<V>> {
    return this.records();
  }

  override close(): void {
    if (this.closed) return;
    this.#closeRings();
    super.close();
  }

  async *#records(signal: AbortSignal | undefined): AsyncGenerator<PerfRecord<V>, void, undefined> {
    if (this.#consuming) {
      throw this.failure('records', -Errno.EBUSY, 'another iteration consumes these records: end it first');
    }
    this.#consuming = true;
    try {
      yield* this.#merged(signal);
    } finally {
      this.#consuming = false;
    }
  }

  /** Round after round over the CPUs; when all are empty, sleep until one is not. */
  async *#merged(signal: AbortSignal | undefined): AsyncGenerator<PerfRecord<V>, void, undefined> {
    while (this.isOpen) {
      if (signal?.aborted) throw abortErrorOf(signal, 'records');
      const asleep = this.#rings.map(({ consumer }) => consumer.watch());
      let found = 0;
      for (const { cpu, consumer } of this.#rings) {
        const data = consumer.read();
        if (data === undefined) continue;
        found++;
        yield { cpu, data };
        if (!this.isOpen) return;
      }
      if (found > 0) await new Promise((resolve) => setImmediate(resolve));
      else await firstOf(asleep, signal);
    }
  }

  #openCpu(address: number, cpu: number, bytes: number): void {
    const { kernel, scratch } = this.host;
    const { arena } = scratch;
    const properties = { type: MapType.RINGBUF, keySize: 0, valueSize: 0, maxEntries: bytes, flags: 0 };
    const map = kernel.createMap({ ...properties, name: 'perf_ring' });
    const place = {
      core: this.core,
      memory: codecMemory(arena.memory.buffer),
      i32: arena.i32,
      address: () => (this.isOpen ? map.address : 0),
    };
    this.#rings.push({ cpu, map, consumer: new RingConsumer(place, sampleDecoder(this.recordCodec)) });
    const result = this.guarded('open', () => this.core.perfEventSet(address, cpu, map.address));
    if (result < 0) throw this.failure('open', result);
  }

  /** The slots are emptied before the rings are let go: a program finds them no more, or within its grace period. */
  #closeRings(): void {
    const rings = this.#rings;
    const { address } = this.object;
    for (const { cpu } of rings) this.guarded('close', () => this.core.perfEventSet(address, cpu, 0));
    for (const { map, consumer } of rings) consumer.wake(map.address);
    this.#rings = [];
    for (const { map } of rings) this.host.kernel.putMap(map);
  }

  #opened(operation: string): void {
    this.readable(operation);
    if (!this.isOpen) throw this.failure(operation, -Errno.ENOENT, 'no ring takes its records: call open() first');
  }
}

/** A raw sample is a u32 with the length of its data, then the data, as perf gives it. */
function sampleDecoder<V>(codec: Codec<V> | undefined): RecordDecoder<V> {
  const decode = recordDecoder(codec);
  return (memory, at) => decode(memory, at + 4, memory.view.getUint32(at, true));
}

/** Resolves when the first of the watched rings has something, or when the signal fires. */
async function firstOf(watched: readonly (() => Promise<unknown>)[], signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      signal?.removeEventListener('abort', done);
      resolve();
    };
    signal?.addEventListener('abort', done, { once: true });
    for (const wait of watched) void wait().then(done);
  });
}
