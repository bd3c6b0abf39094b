/** What `createMap` takes, and the map object that it makes of it, as types. */
import type { Codec } from '../../shared/codecs.js';
import type { MapTypeName, OuterTypeName, TypeSpelling } from './type-names.js';
import type {
  ArrayMap,
  BloomFilter,
  BpfMap,
  HashMap,
  LpmTrieMap,
  LruHashMap,
  OuterMap,
  PerCpuArrayMap,
  PerCpuHashMap,
  PerfEventArray,
  ProgramArray,
  QueueMap,
  RingBuffer,
  UserRingBuffer,
} from './types.js';

export type { MapTypeName, OuterTypeName, PerCpuTypeName, TypeSpelling } from './type-names.js';

interface CommonSpec {
  /** Most elements (hash, trie, queue), or exactly how many (array); bytes of a ring: a power of two from 4096. */
  readonly maxEntries: number;
  /** `map_flags` bits (`MapFlags`). Default 0; those that the type cannot do without are added. */
  readonly flags?: number;
  /** Up to 15 characters of A–Z a–z 0–9 `_` `.`; default empty. */
  readonly name?: string;
}

interface Keyed<K> {
  readonly key: Codec<K>;
}

interface Indexed {
  /** Keys of arrays are u32 indices; may be left out. */
  readonly key?: Codec<number>;
}

interface Valued<V> {
  readonly value: Codec<V>;
}

interface Recorded<V> {
  /** Codec of a record. Left out, records are `Uint8Array`s of any length. */
  readonly value?: Codec<V>;
}

/** Options that other types have: said here, since the compiler finds no superfluous ones in an inferred spec. */
interface Plain {
  readonly inner?: never;
  readonly hashes?: never;
}

interface Keyless {
  readonly key?: never;
}

interface Valueless {
  readonly value?: never;
  readonly hashes?: never;
}

export interface HashSpec<K, V> extends CommonSpec, Plain, Keyed<K>, Valued<V> {
  readonly type: TypeSpelling<'hash' | 'lru_hash' | 'percpu_hash' | 'lru_percpu_hash'>;
}

export interface ArraySpec<V> extends CommonSpec, Plain, Indexed, Valued<V> {
  readonly type: TypeSpelling<'array' | 'percpu_array'>;
}

export interface LpmTrieSpec<K, V> extends CommonSpec, Plain, Keyed<K>, Valued<V> {
  readonly type: TypeSpelling<'lpm_trie'>;
}

export interface QueueSpec<V> extends CommonSpec, Plain, Keyless, Valued<V> {
  readonly type: TypeSpelling<'queue' | 'stack'>;
}

export interface BloomFilterSpec<V> extends CommonSpec, Keyless, Valued<V> {
  readonly type: TypeSpelling<'bloom_filter'>;
  /** Hash functions, 1 to 15. Default 5. */
  readonly hashes?: number;
  readonly inner?: never;
}

export interface RingBufferSpec<V> extends CommonSpec, Plain, Keyless, Recorded<V> {
  readonly type: TypeSpelling<'ringbuf' | 'user_ringbuf'>;
}

export interface ProgramArraySpec extends CommonSpec, Indexed, Valueless {
  readonly type: TypeSpelling<'prog_array'>;
  readonly inner?: never;
}

export interface PerfEventArraySpec<V> extends CommonSpec, Plain, Indexed, Recorded<V> {
  readonly type: TypeSpelling<'perf_event_array'>;
}

/** What an inner map may be made from: any type but program arrays and outer maps. */
export type InnerSpec =
  | HashSpec<unknown, unknown>
  | ArraySpec<unknown>
  | LpmTrieSpec<unknown, unknown>
  | QueueSpec<unknown>
  | BloomFilterSpec<unknown>
  | RingBufferSpec<unknown>
  | PerfEventArraySpec<unknown>;

/** What an outer map's inner maps are like: a spec, or an existing map whose properties are copied. */
export type Template = InnerSpec | BpfMap;

export interface ArrayOfMapsSpec<I extends Template> extends CommonSpec, Indexed, Valueless {
  readonly type: TypeSpelling<'array_of_maps'>;
  readonly inner: I;
}

export interface HashOfMapsSpec<K, I extends Template> extends CommonSpec, Keyed<K>, Valueless {
  readonly type: TypeSpelling<'hash_of_maps'>;
  readonly inner: I;
}

/** What `createMap` takes. */
export type MapSpec = InnerSpec | ProgramArraySpec | ArrayOfMapsSpec<Template> | HashOfMapsSpec<unknown, Template>;

/** The map object that `createMap` makes of a spec: keys, values and inner maps exactly typed. */
export type MapOf<S> =
  TypeOf<S> extends OuterTypeName
    ? S extends { readonly inner: infer I }
      ? OuterMap<KeyOf<S>, InnerOf<I>>
      : never
    : TypeOf<S> extends 'prog_array'
      ? ProgramArray
      : ElementMapOf<S>;

type InnerOf<I> = I extends BpfMap ? I : ElementMapOf<I>;

type ElementMapOf<S> = {
  hash: HashMap<KeyOf<S>, ValueOfSpec<S>>;
  lru_hash: LruHashMap<KeyOf<S>, ValueOfSpec<S>>;
  percpu_hash: PerCpuHashMap<KeyOf<S>, ValueOfSpec<S>>;
  lru_percpu_hash: PerCpuHashMap<KeyOf<S>, ValueOfSpec<S>>;
  array: ArrayMap<ValueOfSpec<S>>;
  percpu_array: PerCpuArrayMap<ValueOfSpec<S>>;
  lpm_trie: LpmTrieMap<KeyOf<S>, ValueOfSpec<S>>;
  queue: QueueMap<ValueOfSpec<S>>;
  stack: QueueMap<ValueOfSpec<S>>;
  bloom_filter: BloomFilter<ValueOfSpec<S>>;
  ringbuf: RingBuffer<RecordOf<S>>;
  user_ringbuf: UserRingBuffer<RecordOf<S>>;
  perf_event_array: PerfEventArray<RecordOf<S>>;
}[TypeOf<S> & ElementName];

type ElementName = Exclude<MapTypeName, OuterTypeName | 'prog_array'>;

/** The short spelling of a spec's type. */
type TypeOf<S> = S extends { readonly type: infer Spelling } ? PlainName<Spelling> : never;
type PlainName<Spelling> = Spelling extends `BPF_MAP_TYPE_${infer Name}`
  ? Lowercase<Name>
  : Lowercase<Spelling & string>;

type KeyOf<S> = S extends { readonly key: Codec<infer K> } ? K : number;
type ValueOfSpec<S> = S extends { readonly value: Codec<infer V> } ? V : never;
type RecordOf<S> = S extends { readonly value: Codec<infer V> } ? V : Uint8Array;
