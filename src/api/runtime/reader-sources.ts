import type {
  OuterReaderMap,
  PerCpuReaderMap,
  ReaderBloomFilter,
  ReaderMap,
  ReaderQueue,
  ReaderRing,
  ReaderUserRing,
} from '../../workers/reader.js';
import { BpfError } from '../errors.js';
import { isMapObject, type MapHost } from '../map.js';
import { OuterMapObject } from '../map/outer-map.js';
import type { MapShape } from '../map/spec-check.js';
import type {
  BloomFilter,
  BpfMap,
  ElementMap,
  OuterMap,
  PerCpuMap,
  QueueMap,
  RingBuffer,
  UserRingBuffer,
} from '../map/types.js';
import { checkOptions, matching } from '../options.js';
import type { ReaderMapSource, ReaderShape } from '../readers.js';

/** Maps of a reader's handle, by the names under which the reader finds them. */
export type HandleMaps = { readonly [name: string]: BpfMap };

/** What the reader gets under each name. */
export type MapsOfHandle<Maps> = { readonly [Name in keyof Maps]: ReaderMapOf<Maps[Name]> };

type ReaderMapOf<M> = M extends OuterMap<infer K, infer I> ? OuterReaderMapOf<K, I> : ReaderElementsOf<M>;

type OuterReaderMapOf<K, I> =
  I extends PerCpuMap<infer IK, infer IV>
    ? OuterReaderMap<K, IK, readonly IV[], ReaderElementsOf<I>>
    : I extends ElementMap<infer IK, infer IV>
      ? OuterReaderMap<K, IK, IV, ReaderElementsOf<I>>
      : OuterReaderMap<K, never, never, ReaderElementsOf<I>>;

type ReaderElementsOf<M> =
  M extends PerCpuMap<infer K, infer V>
    ? PerCpuReaderMap<K, V>
    : M extends ElementMap<infer K, infer V>
      ? ReaderMap<K, V>
      : M extends QueueMap<infer V>
        ? ReaderQueue<V>
        : M extends BloomFilter<infer V>
          ? ReaderBloomFilter<V>
          : M extends RingBuffer<infer V>
            ? ReaderRing<V>
            : M extends UserRingBuffer<infer V>
              ? ReaderUserRing<V>
              : never;

const TABLE = {
  maps: matching<Readonly<Record<string, unknown>>>(
    'an object of maps by name',
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  ),
} as const;

/** A source for each map of a handle. */
export type HandleSources<Maps> = { readonly [Name in keyof Maps]: ReaderMapSource };

/** The kernel-side maps and codecs behind the maps of `options`. */
export function readerSources<Maps>(host: MapHost, options: unknown): HandleSources<Maps> {
  const { maps = {} } = checkOptions(TABLE, options, 'runtime.handle()');
  const sources: { [name: string]: ReaderMapSource } = {};
  for (const [name, map] of Object.entries(maps)) sources[name] = sourceOf(host, name, map);
  return sources as HandleSources<Maps>;
}

function sourceOf(host: MapHost, name: string, map: unknown): ReaderMapSource {
  if (!isMapObject(map) || map.host !== host) {
    throw new BpfError('EINVAL', 'handle', `maps.${name}: expected a map of this runtime`);
  }
  if (map.closed) throw new BpfError('EBADF', 'handle', `maps.${name}: the map is closed`);
  const inner = map instanceof OuterMapObject ? readerShape(map.inner) : undefined;
  return { map: map.object, ...readerShape(map.shape), inner };
}

function readerShape({ key, value }: MapShape): ReaderShape {
  return { key: key ?? null, value: value ?? null };
}
