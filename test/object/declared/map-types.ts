import type {
  ArrayMap,
  BloomFilter,
  HashMap,
  LpmTrieMap,
  LruHashMap,
  PerCpuArrayMap,
  PerCpuHashMap,
  PerfEventArray,
  Program,
  QueueMap,
  RingBuffer,
  UserRingBuffer,
} from 'innermap';

export interface flow {
  source: number;
  port: number;
  protocol: number;
  pad: number;
}

export interface counters {
  packets: bigint;
  bytes: bigint;
}

export interface prefix {
  length: number;
  address: Uint8Array;
}

export interface Maps {
  /** HASH, 128 entries */
  flows: HashMap<flow, counters>;
  /** ARRAY, 4 entries */
  totals: ArrayMap<bigint>;
  /** PERCPU_ARRAY, 2 entries */
  percpu_totals: PerCpuArrayMap<counters>;
  /** QUEUE, 8 entries */
  waiting: QueueMap<number>;
  /** BLOOM_FILTER, 100 entries */
  seen: BloomFilter<number>;
  /** LRU_HASH, 64 entries */
  recent: LruHashMap<number, number>;
  /** RINGBUF, 4096 entries */
  events: RingBuffer<Uint8Array>;
  /** LPM_TRIE, 256 entries */
  routes: LpmTrieMap<prefix, number>;
  /** PERCPU_HASH, 16 entries */
  percpu_flows: PerCpuHashMap<number, bigint>;
  /** LRU_PERCPU_HASH, 64 entries */
  recent_percpu: PerCpuHashMap<number, number>;
  /** STACK, 8 entries */
  undo: QueueMap<number>;
  /** USER_RINGBUF, 8192 entries */
  commands: UserRingBuffer<Uint8Array>;
  /** PERF_EVENT_ARRAY, 0 entries */
  samples: PerfEventArray<Uint8Array>;
  /** HASH, 3 entries */
  raw: HashMap<Uint8Array /* 6 bytes */, Uint8Array /* 10 bytes */>;
}

export interface Programs {
  count: Program;
  route: Program;
}

export type ProgramName = keyof Programs;

export type Variables = Record<never, never>;

export interface Types {
  maps: Maps;
  programs: Programs;
  variables: Variables;
}
