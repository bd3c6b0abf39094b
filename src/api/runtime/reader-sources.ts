import type { OuterReaderMap, ReaderMap } from '../../workers/reader.js';
import { BpfError } from '../errors.js';
import { isMapObject, type MapHost } from '../map.js';
import { ElementMapObject } from '../map/element-map.js';
import { OuterMapObject } from '../map/outer-map.js';
import type { ElementMap, OuterMap } from '../map/types.js';
import { checkOptions, matching } from '../options.js';
import type { ReaderMapSource } from '../readers.js';

/** Maps of a reader's handle, by the names under which the reader finds them. */
export type HandleMaps = { readonly [name: string]: ElementMap<never, unknown> | OuterMap<never, unknown> };

/** What the reader gets under each name. */
export type MapsOfHandle<Maps> = { readonly [Name in keyof Maps]: ReaderMapOf<Maps[Name]> };

type ReaderMapOf<M> =
  M extends OuterMap<infer K, infer I>
    ? I extends ElementMap<infer IK, infer IV>
      ? OuterReaderMap<K, IK, IV>
      : never
    : M extends ElementMap<infer K, infer V>
      ? ReaderMap<K, V>
      : never;

const TABLE = {
  maps: matching<Readonly<Record<string, unknown>>>(
    'an object of maps by name',
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  ),
} as const;

/** The kernel-side maps and codecs behind the maps of `options`. */
export function readerSources(host: MapHost, options: unknown): { [name: string]: ReaderMapSource } {
  const { maps = {} } = checkOptions(TABLE, options, 'runtime.handle()');
  const sources: { [name: string]: ReaderMapSource } = {};
  for (const [name, map] of Object.entries(maps)) sources[name] = sourceOf(host, name, map);
  return sources;
}

function sourceOf(host: MapHost, name: string, map: unknown): ReaderMapSource {
  if (!isMapObject(map) || map.host !== host) {
    throw new BpfError('EINVAL', 'handle', `maps.${name}: expected a map of this runtime`);
  }
  if (map.closed) throw new BpfError('EBADF', 'handle', `maps.${name}: the map is closed`);
  if (map instanceof ElementMapObject) return { map: map.object, key: map.keyCodec, value: map.valueCodec };
  if (map instanceof OuterMapObject) return { map: map.object, key: map.keyCodec, value: null, inner: map.innerCodecs };
  throw new TypeError(`handle: maps.${name} is a map of an unknown class`);
}
