/** What the behaviour suite knows of each map type, as data. */
import { bytes, cidr4, type MapSpec, struct, u8, u16, u32, u64 } from 'innermap';

/** CPUs of the suite's runtime. */
export const CPUS = 3;

const address = struct({ address: u32, port: u16, protocol: u8 });

/** A map with keys. Keys and values are what its codecs take; the values differ from each other and from zero. */
export interface KeyedCase {
  readonly title: string;
  readonly spec: MapSpec;
  readonly keys: readonly [unknown, unknown, unknown, unknown];
  readonly values: readonly [unknown, unknown, unknown, unknown];
  /** Value of every key from the start on; undefined where elements come and go. */
  readonly initial?: unknown;
  /** A key that cannot be there. */
  readonly beyond?: unknown;
  /** What a fourth key meets in a map of three; absent: evictions, or no such limit. */
  readonly full?: 'E2BIG' | 'ENOSPC';
  /** Whether `take` exists. */
  readonly takes: boolean;
}

const perCpu = (value: number) => [value, value + 1, value + 2];

export const KEYED: readonly KeyedCase[] = [
  {
    title: 'hash',
    spec: { type: 'hash', key: u32, value: u64, maxEntries: 3 },
    keys: [1, 2, 3, 0xffffffff],
    values: [10n, 20n, 30n, 2n ** 64n - 1n],
    full: 'E2BIG',
    takes: true,
  },
  {
    title: 'hash with long keys, not preallocated',
    spec: { type: 'hash', key: address, value: bytes(13), maxEntries: 3, flags: 1 },
    keys: [1, 2, 3, 4].map((port) => ({ address: 0x0a000001, port, protocol: 6 })) as unknown as KeyedCase['keys'],
    values: [1, 2, 3, 4].map((fill) => new Uint8Array(13).fill(fill)) as unknown as KeyedCase['values'],
    full: 'E2BIG',
    takes: true,
  },
  {
    title: 'array',
    spec: { type: 'array', value: u32, maxEntries: 4 },
    keys: [0, 1, 2, 3],
    values: [5, 6, 7, 8],
    initial: 0,
    beyond: 4,
    takes: false,
  },
  {
    title: 'lru_hash',
    spec: { type: 'lru_hash', key: u32, value: u32, maxEntries: 1024 },
    keys: [1, 2, 3, 4],
    values: [10, 20, 30, 40],
    takes: true,
  },
  {
    title: 'percpu_hash',
    spec: { type: 'percpu_hash', key: u32, value: u32, maxEntries: 3 },
    keys: [1, 2, 3, 4],
    values: [perCpu(10), perCpu(20), perCpu(30), perCpu(40)],
    full: 'E2BIG',
    takes: true,
  },
  {
    title: 'lru_percpu_hash',
    spec: { type: 'lru_percpu_hash', key: u32, value: u16, maxEntries: 1024 },
    keys: [1, 2, 3, 4],
    values: [perCpu(10), perCpu(20), perCpu(30), perCpu(40)],
    takes: true,
  },
  {
    title: 'percpu_array',
    spec: { type: 'percpu_array', value: u32, maxEntries: 4 },
    keys: [0, 1, 2, 3],
    values: [perCpu(10), perCpu(20), perCpu(30), perCpu(40)],
    initial: [0, 0, 0],
    beyond: 4,
    takes: false,
  },
  {
    title: 'lpm_trie',
    spec: { type: 'lpm_trie', key: cidr4, value: u32, maxEntries: 3 },
    keys: ['10.0.0.0/8', '172.16.0.0/12', '192.168.7.0/24', '203.0.113.9/32'],
    values: [8, 12, 24, 32],
    full: 'ENOSPC',
    takes: false,
  },
];

/** A map without keys: a queue or a stack. */
export interface QueueCase {
  readonly title: 'queue' | 'stack';
  readonly spec: MapSpec;
  /** Values in the order of three pushes, and in the order in which they come out. */
  readonly pushed: readonly [bigint, bigint, bigint];
  readonly popped: readonly [bigint, bigint, bigint];
  /** What comes out after a fourth push that drops the oldest. */
  readonly overwritten: readonly bigint[];
}

export const QUEUES: readonly QueueCase[] = [
  {
    title: 'queue',
    spec: { type: 'queue', value: u64, maxEntries: 3 },
    pushed: [1n, 2n, 3n],
    popped: [1n, 2n, 3n],
    overwritten: [2n, 3n, 4n],
  },
  {
    title: 'stack',
    spec: { type: 'stack', value: u64, maxEntries: 3 },
    pushed: [1n, 2n, 3n],
    popped: [3n, 2n, 1n],
    overwritten: [4n, 3n, 2n],
  },
];
