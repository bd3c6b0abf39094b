import { MapFlags } from '../../shared/uapi.js';

/** Map types of the friendly layer and their numbers in the kernel's `enum bpf_map_type`. */
export const MAP_TYPES = {
  hash: 1,
  array: 2,
  prog_array: 3,
  perf_event_array: 4,
  percpu_hash: 5,
  percpu_array: 6,
  lru_hash: 9,
  lru_percpu_hash: 10,
  lpm_trie: 11,
  array_of_maps: 12,
  hash_of_maps: 13,
  queue: 22,
  stack: 23,
  ringbuf: 27,
  bloom_filter: 30,
  user_ringbuf: 31,
} as const;

export type MapTypeName = keyof typeof MAP_TYPES;
export type OuterTypeName = 'array_of_maps' | 'hash_of_maps';
export type PerCpuTypeName = 'percpu_array' | 'percpu_hash' | 'lru_percpu_hash';

/** A type as a spec may write it: `hash`, or as the kernel does, `HASH` or `BPF_MAP_TYPE_HASH`. */
export type TypeSpelling<Name extends MapTypeName> = Name | Uppercase<Name> | `BPF_MAP_TYPE_${Uppercase<Name>}`;

/** What the spec of a map of some type has to say. */
export interface TypeTraits {
  /** `index`: u32, which may be left out. */
  readonly key: 'codec' | 'index' | 'none';
  /** `record`: bytes of any length unless a codec is given. */
  readonly value: 'codec' | 'record' | 'none';
  /** Size of a value in MAP_CREATE where no codec of the spec says it. */
  readonly valueSize: number;
  /** Flags that MAP_CREATE insists on. */
  readonly flags: number;
}

const element = (key: TypeTraits['key'], flags = 0): TypeTraits => ({ key, value: 'codec', valueSize: 0, flags });
const descriptors = (key: TypeTraits['key'], value: TypeTraits['value'] = 'none'): TypeTraits => ({
  key,
  value,
  valueSize: 4,
  flags: 0,
});
const ring: TypeTraits = { key: 'none', value: 'record', valueSize: 0, flags: 0 };

export const TRAITS: Readonly<Record<MapTypeName, TypeTraits>> = {
  hash: element('codec'),
  array: element('index'),
  prog_array: descriptors('index'),
  perf_event_array: descriptors('index', 'record'),
  percpu_hash: element('codec'),
  percpu_array: element('index'),
  lru_hash: element('codec'),
  lru_percpu_hash: element('codec'),
  lpm_trie: element('codec', MapFlags.NO_PREALLOC),
  array_of_maps: descriptors('index'),
  hash_of_maps: descriptors('codec'),
  queue: element('none'),
  stack: element('none'),
  ringbuf: ring,
  bloom_filter: element('none'),
  user_ringbuf: ring,
};

export function isOuterName(name: MapTypeName): name is OuterTypeName {
  return name === 'array_of_maps' || name === 'hash_of_maps';
}

export function isPerCpuName(name: MapTypeName): name is PerCpuTypeName {
  return name === 'percpu_array' || name === 'percpu_hash' || name === 'lru_percpu_hash';
}

const NAMES = new Map<number, MapTypeName>(
  (Object.entries(MAP_TYPES) as [MapTypeName, number][]).map(([name, number]) => [number, name]),
);

/** The friendly name of a kernel type number; undefined for types that hold no elements here. */
export function typeNameOf(type: number): MapTypeName | undefined {
  return NAMES.get(type);
}
