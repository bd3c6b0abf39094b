/** From the description of a map in a handle to the object that reads it: which class, and which codecs. */
import type { Codec } from '../../shared/codecs.js';
import { type ElementAccess, elementAccess } from './access.js';
import { codecOfPortable, type PortableCodec } from './codec-names.js';
import { PerCpuReaderMap, ReaderMap } from './element-map.js';
import { refused } from './errors.js';
import { aligned, type ElementLayout, type MapDescriptor } from './handle.js';
import { ReaderBloomFilter, ReaderQueue } from './keyless.js';
import { type InnerAccess, OuterReaderMap } from './outer-map.js';
import { ReaderRing, ReaderUserRing } from './ring/buffer.js';
import type { ReaderThread } from './thread.js';
import { readerKind } from './types.js';

/** Codecs that cannot cross threads by name, for one map. Those of an outer map's elements go under `inner`. */
export interface ReaderCodecs {
  readonly key?: Codec<unknown>;
  readonly value?: Codec<unknown>;
  readonly inner?: { readonly key?: Codec<unknown>; readonly value?: Codec<unknown> };
}

type Given = Pick<ReaderCodecs, 'key' | 'value'>;
type Open = (thread: ReaderThread) => unknown;

/** Find all codecs of a map first, so that a missing one leaves no slot claimed. */
export function bindMap(name: string, map: MapDescriptor, given: ReaderCodecs): Open {
  if (map.inner === null) {
    const access = bindElements(name, map, given, 0, '');
    return (thread) => access.open(thread, map.address, 0);
  }
  const key = codecFor(`${name}: key`, map.key, map.keySize, given.key);
  const inner = bindElements(name, map.inner, given.inner ?? {}, aligned(map.keySize), 'inner ');
  return (thread) => new OuterReaderMap(thread, key, inner, map.address);
}

/** A map without maps in it; what it encodes goes behind `start` bytes of the scratch buffer. */
function bindElements(
  name: string,
  map: ElementLayout,
  given: Given,
  start: number,
  which: string,
): InnerAccess<unknown> {
  const kind = readerKind(map.type);
  if (kind === 'elements' || kind === 'per-cpu') {
    return keyed(elementsOf(name, map, given, start, which), kind);
  }
  const value = map.typed ? codecFor(`${name}: ${which}value`, map.value, map.valueSize, given.value) : undefined;
  const open = openKeyless(name, kind, value, start);
  return { name, elements: undefined, open };
}

function elementsOf(name: string, map: ElementLayout, given: Given, start: number, which: string): ElementAccess {
  const key = codecFor(`${name}: ${which}key`, map.key, map.keySize, given.key);
  const value = codecFor(`${name}: ${which}value`, map.value, map.valueSize, given.value);
  return elementAccess(name, { key, value }, readerKind(map.type) === 'per-cpu' ? map.cpus : undefined, start);
}

function keyed(elements: ElementAccess, kind: 'elements' | 'per-cpu'): InnerAccess<unknown> {
  const Class = kind === 'per-cpu' ? PerCpuReaderMap : ReaderMap;
  return {
    name: elements.name,
    elements,
    open: (thread, address, serial) => new Class(thread, elements, address, serial),
  };
}

type OpenInner = InnerAccess<unknown>['open'];

function openKeyless(
  name: string,
  kind: string | undefined,
  value: Codec<unknown> | undefined,
  offset: number,
): OpenInner {
  if (kind === 'ring')
    return (thread, address, serial) => new ReaderRing(thread, { name, record: value }, address, serial);
  if (kind === 'user-ring') {
    return (thread, address, serial) => new ReaderUserRing(thread, { name, record: value }, address, serial);
  }
  if (value === undefined || (kind !== 'queue' && kind !== 'bloom')) {
    throw refused('EINVAL', 'attach', `attach(): ${name}: a map of a type that this version does not read`);
  }
  const Class = kind === 'queue' ? ReaderQueue : ReaderBloomFilter;
  return (thread, address, serial) => new Class(thread, { name, value, offset }, address, serial);
}

function codecFor(
  what: string,
  portable: PortableCodec | null,
  size: number,
  given: Codec<unknown> | undefined,
): Codec<unknown> {
  const codec = given ?? (portable === null ? null : codecOfPortable(portable));
  if (codec === null) {
    const why = 'its codec is one of your own and cannot be posted';
    throw refused('EINVAL', 'attach', `attach(): ${what}: ${why}: pass it as attach(handle, { codecs: { … } })`);
  }
  // Records of rings have no size of their own: 0.
  if (size !== 0 && codec.size !== size) {
    const sizes = `given ${codec.name} of ${codec.size} bytes, expected ${size} bytes`;
    throw refused('EINVAL', 'attach', `attach(): ${what}: ${sizes}`);
  }
  return codec;
}
