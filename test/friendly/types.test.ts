/** The exact types of map objects and readers: what is checked here is checked by the compiler. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import {
  type ArrayMap,
  type BloomFilter,
  type BpfMap,
  bytes,
  cidr4,
  type HashMap,
  type LpmTrieMap,
  type LruHashMap,
  type OuterMap,
  type PerCpuArrayMap,
  type PerCpuHashMap,
  type PerCpuValues,
  type PerfEventArray,
  type Program,
  type ProgramArray,
  type QueueMap,
  type RingBuffer,
  type Runtime,
  spinLock,
  struct,
  u8,
  u32,
  u64,
  type UserRingBuffer,
  type ValueOf,
} from 'innermap';
import type {
  OuterReaderMap,
  PerCpuReaderMap,
  ReaderBloomFilter,
  ReaderHandle,
  ReaderMap,
  ReaderQueue,
  ReaderRing,
} from 'innermap/reader';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const exact = <_Is extends true>(): void => {};

/** Never called: only its types are of interest. */
function shapes(runtime: Runtime, program: Program) {
  const hash = runtime.createMap({ type: 'hash', key: u32, value: u64, maxEntries: 1 });
  exact<Equal<typeof hash, HashMap<number, bigint>>>();
  const upper = runtime.createMap({ type: 'BPF_MAP_TYPE_LRU_HASH', key: bytes(4), value: u8, maxEntries: 1 });
  exact<Equal<typeof upper, LruHashMap<Uint8Array, number>>>();
  const array = runtime.createMap({ type: 'ARRAY', value: u64, maxEntries: 1 });
  exact<Equal<typeof array, ArrayMap<bigint>>>();
  const perCpu = runtime.createMap({ type: 'percpu_hash', key: u32, value: u64, maxEntries: 1 });
  exact<Equal<typeof perCpu, PerCpuHashMap<number, bigint>>>();
  exact<Equal<ReturnType<typeof perCpu.get>, PerCpuValues<bigint> | undefined>>();
  exact<Equal<ReturnType<typeof perCpu.sum>, bigint | undefined>>();
  const perCpuArray = runtime.createMap({ type: 'percpu_array', value: bytes(2), maxEntries: 1 });
  exact<Equal<typeof perCpuArray, PerCpuArrayMap<Uint8Array>>>();
  const trie = runtime.createMap({ type: 'lpm_trie', key: cidr4, value: u32, maxEntries: 1 });
  exact<Equal<typeof trie, LpmTrieMap<string, number>>>();
  const queue = runtime.createMap({ type: 'queue', value: u64, maxEntries: 1 });
  exact<Equal<typeof queue, QueueMap<bigint>>>();
  const bloom = runtime.createMap({ type: 'bloom_filter', value: u32, maxEntries: 1, hashes: 3 });
  exact<Equal<typeof bloom, BloomFilter<number>>>();
  const ring = runtime.createMap({ type: 'ringbuf', maxEntries: 4096 });
  exact<Equal<typeof ring, RingBuffer<Uint8Array>>>();
  const typedRing = runtime.createMap({ type: 'ringbuf', value: struct({ pid: u32 }), maxEntries: 4096 });
  exact<Equal<typeof typedRing, RingBuffer<{ pid: number }>>>();
  const userRing = runtime.createMap({ type: 'user_ringbuf', value: u64, maxEntries: 4096 });
  exact<Equal<typeof userRing, UserRingBuffer<bigint>>>();
  const programs = runtime.createMap({ type: 'prog_array', maxEntries: 1 });
  exact<Equal<typeof programs, ProgramArray>>();
  const perf = runtime.createMap({ type: 'perf_event_array', maxEntries: 1 });
  exact<Equal<typeof perf, PerfEventArray<Uint8Array>>>();

  const outer = runtime.createMap({ type: 'array_of_maps', maxEntries: 1, inner: hash });
  exact<Equal<typeof outer, OuterMap<number, HashMap<number, bigint>>>>();
  const queues = runtime.createMap({
    type: 'hash_of_maps',
    key: u64,
    maxEntries: 1,
    inner: { type: 'queue', value: u8, maxEntries: 2 },
  });
  exact<Equal<typeof queues, OuterMap<bigint, QueueMap<number>>>>();

  const handle = runtime.handle({ maps: { hash, perCpu, trie, queue, bloom, typedRing, outer, queues } });
  type Maps = typeof handle extends ReaderHandle<infer M> ? M : never;
  exact<Equal<Maps['hash'], ReaderMap<number, bigint>>>();
  exact<Equal<Maps['perCpu'], PerCpuReaderMap<number, bigint>>>();
  exact<Equal<Maps['trie'], ReaderMap<string, number>>>();
  exact<Equal<Maps['queue'], ReaderQueue<bigint>>>();
  exact<Equal<Maps['bloom'], ReaderBloomFilter<number>>>();
  exact<Equal<Maps['typedRing'], ReaderRing<{ pid: number }>>>();
  exact<Equal<Maps['outer'], OuterReaderMap<number, number, bigint, ReaderMap<number, bigint>>>>();
  exact<Equal<Maps['queues'], OuterReaderMap<bigint, never, never, ReaderQueue<number>>>>();

  const locked = struct({ lock: spinLock, hits: u64 });
  exact<Equal<ValueOf<typeof locked>, { hits: bigint }>>();

  // @ts-expect-error: a queue has no keys
  runtime.createMap({ type: 'queue', key: u32, value: u64, maxEntries: 1 });
  // @ts-expect-error: a hash needs a value codec
  runtime.createMap({ type: 'hash', key: u32, maxEntries: 1 });
  // @ts-expect-error: only Bloom filters have hash functions
  runtime.createMap({ type: 'hash', key: u32, value: u64, maxEntries: 1, hashes: 3 });
  // @ts-expect-error: program arrays cannot be inner maps
  runtime.createMap({ type: 'array_of_maps', maxEntries: 1, inner: { type: 'prog_array', maxEntries: 1 } });
  // @ts-expect-error: no such type
  runtime.createMap({ type: 'hsah', key: u32, value: u64, maxEntries: 1 });
  // @ts-expect-error: bytes cannot be added up
  perCpuArray.sum(0);
  // @ts-expect-error: values of a per-CPU map are arrays
  perCpu.set(1, 1n);
  // @ts-expect-error: bigints
  queue.push(1);
  // @ts-expect-error: a Bloom filter has no get
  bloom.get(1);
  // @ts-expect-error: elements are programs
  programs.set(0, 1);
  programs.set(0, program);
  // @ts-expect-error: the inner maps are queues
  queues.set(1n, hash);
  const any: readonly BpfMap[] = [hash, perCpu, trie, queue, bloom, ring, userRing, programs, perf, outer];
  return any;
}

it('map objects have exactly the types of their specs', () => {
  assert.equal(typeof shapes, 'function');
});
