/** The friendly map objects of a runtime: made from specs, over the syscall layer. */
import type { Codec } from '../shared/codecs.js';
import { BpfError } from './errors.js';
import { type MapIdentity, MapObjectBase } from './map/base.js';
import { ElementMapObject } from './map/element-map.js';
import type { MapHost } from './map/host.js';
import { type InnerCodecs, OuterMapObject } from './map/outer-map.js';
import { checkSpec, type CheckedSpec, MAP_TYPES, type MapOf, type MapSpec } from './map/spec.js';
import type { BpfMap } from './map/types.js';

export { MapRegistry } from './map/registry.js';
export { BulkWriteError } from './map/errors.js';
export { Scratch } from './map/scratch.js';
export type { MapHost } from './map/host.js';
export type { MapOf, MapSpec } from './map/spec.js';
export type * from './map/types.js';

const SUBJECT = 'createMap()';

/** MAP_CREATE, as the syscall layer offers it: a descriptor. */
export type CreateCommand = (attributes: Readonly<Record<string, number | string>>) => number;

/** Create a map from a spec. Throws OptionError for a wrong spec, BpfError as MAP_CREATE does. */
export function createMap<const S extends MapSpec>(host: MapHost, spec: S, create: CreateCommand): MapOf<S> {
  const checked = checkSpec(spec, isMapObject, SUBJECT);
  const fd = checked.inner === undefined ? mapCreate(checked, create) : outerCreate(host, checked, create);
  try {
    return wrap(host, checked, fd) as object as MapOf<S>;
  } catch (error) {
    host.kernel.close(fd);
    throw error;
  }
}

export function isMapObject(value: unknown): value is MapObjectBase<unknown, unknown> {
  return value instanceof MapObjectBase;
}

function wrap(host: MapHost, spec: CheckedSpec, fd: number): BpfMap<unknown, unknown> {
  const { map: object } = host.kernel.mapFile(fd, 'MAP_CREATE');
  const identity: MapIdentity = { object, fd, type: spec.type, flags: spec.flags };
  const map =
    spec.inner === undefined
      ? new ElementMapObject(host, identity, spec.key, spec.value as Codec<unknown>)
      : new OuterMapObject<unknown, object>(host, identity, spec.key, codecsOf(spec.inner));
  host.registry.add(map as MapObjectBase<unknown, unknown>);
  if (host.events.heard('map-create')) {
    host.events.emit('map-create', { id: object.id, name: object.name, type: spec.type });
  }
  return map as BpfMap<unknown, unknown>;
}

function mapCreate(spec: CheckedSpec, create: CreateCommand, innerFd = 0): number {
  return create({
    map_type: MAP_TYPES[spec.type],
    key_size: spec.key.size,
    value_size: spec.value?.size ?? 4,
    max_entries: spec.maxEntries,
    map_flags: spec.flags,
    map_name: spec.name,
    inner_map_fd: innerFd,
  });
}

/** The template is copied at creation: one made only for that is closed again. */
function outerCreate(host: MapHost, spec: CheckedSpec, create: CreateCommand): number {
  const { inner } = spec;
  if (isMapObject(inner)) {
    if (inner.host !== host) throw new BpfError('EINVAL', 'MAP_CREATE', 'inner: the map belongs to another runtime');
    if (inner.closed) throw new BpfError('EBADF', 'MAP_CREATE', `inner: map ${inner.id} is closed`);
    return mapCreate(spec, create, inner.fd);
  }
  const template = inner as CheckedSpec;
  // Outer maps do not nest: that refusal is MAP_CREATE's.
  const templateFd = template.inner === undefined ? mapCreate(template, create) : outerCreate(host, template, create);
  try {
    return mapCreate(spec, create, templateFd);
  } finally {
    host.kernel.close(templateFd);
  }
}

function codecsOf(inner: NonNullable<CheckedSpec['inner']>): InnerCodecs {
  if (inner instanceof ElementMapObject) return { key: inner.keyCodec, value: inner.valueCodec };
  const { key, value } = inner as CheckedSpec;
  return { key, value: value as Codec<unknown> };
}
