/** The load balancer's maps, laid out as `examples/load-balancer/load-balancer.h` declares them. */
import {
  type ArrayMap,
  array,
  bytes,
  type HashMap,
  number53,
  type OuterMap,
  type PerCpuArrayMap,
  type Runtime,
  struct,
  u8,
  u32,
  type ValueOf,
} from '../../index.js';
import { DENY_LIST_ENTRIES, MAX_SERVICES, MAX_TENANTS } from './world.js';

const MAX_BACKENDS = 4096;

/** `struct address`: network order. */
const address = bytes(16);
/** `struct denied`. */
const denied = struct({ generation: u32, reason: u32 });
/** `struct backend`. */
export const backend = struct({ state: u32, mac: array(u8, 6), zero: array(u8, 2) });
/** `struct pick { u32 backend; u32 generation; }`: tables are filled as a whole. */
const pick = bytes(8);
/** `struct traffic`. */
const traffic = struct({ packets: number53, bytes: number53 });
/** `struct statistics`; the five behind `lookups` are its array `parsed`. */
const statistics = struct({
  packets: number53,
  lookups: number53,
  parsed: number53,
  notOurs: number53,
  fragmented: number53,
  malformed: number53,
  truncated: number53,
  noTenant: number53,
  denied: number53,
  noService: number53,
  noBackend: number53,
  balanced: number53,
  audits: number53,
  mixedGenerations: number53,
  goneBackends: number53,
  poisoned: number53,
});

export type Counters = ValueOf<typeof statistics>;
export type Table = ArrayMap<Uint8Array>;
export type DenyList = HashMap<Uint8Array, ValueOf<typeof denied>>;

export interface BalancerMaps {
  readonly tenants: OuterMap<number, DenyList>;
  readonly services: OuterMap<Uint8Array, Table>;
  readonly backends: ArrayMap<ValueOf<typeof backend>>;
  readonly shares: PerCpuArrayMap<ValueOf<typeof traffic>>;
  readonly counters: PerCpuArrayMap<Counters>;
}

export const denyListSpec = { type: 'hash', key: address, value: denied, maxEntries: DENY_LIST_ENTRIES } as const;

export function tableSpec(size: number) {
  return { type: 'array', value: pick, maxEntries: size } as const;
}

export function createMaps(runtime: Runtime, tableSize: number): BalancerMaps {
  return {
    tenants: runtime.createMap({
      type: 'array_of_maps',
      maxEntries: MAX_TENANTS,
      inner: denyListSpec,
      name: 'tenants',
    }),
    services: runtime.createMap({
      type: 'hash_of_maps',
      key: bytes(20),
      maxEntries: MAX_SERVICES,
      inner: tableSpec(tableSize),
      name: 'services',
    }),
    backends: runtime.createMap({ type: 'array', value: backend, maxEntries: MAX_BACKENDS, name: 'backends' }),
    shares: runtime.createMap({ type: 'percpu_array', value: traffic, maxEntries: MAX_BACKENDS, name: 'shares' }),
    counters: runtime.createMap({ type: 'percpu_array', value: statistics, maxEntries: 1, name: 'counters' }),
  };
}
