/** The friendly map objects of a runtime: made from specs, over the syscall layer. */
import { BpfError } from './errors.js';
import { type MapIdentity, MapObjectBase } from './map/base.js';
import type { MapHost } from './map/host.js';
import { OuterMapObject } from './map/outer-map.js';
import type { MapOf, MapSpec } from './map/spec.js';
import { type CheckedSpec, checkSpec, type MapShape } from './map/spec-check.js';
import { isPerCpuName, MAP_TYPES, TRAITS } from './map/type-names.js';
import { loadValueBtf } from './map/value-btf.js';
import { wrapElements } from './map/wrap.js';

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
  return createChecked(host, checkSpec(spec, isMapObject, SUBJECT), create) as object as MapOf<S>;
}

/** As createMap, from a spec that is known to be right. */
export function createChecked(host: MapHost, checked: CheckedSpec, create: CreateCommand): MapObjectBase {
  const fd = checked.inner === undefined ? mapCreate(host, checked, create) : outerCreate(host, checked, create);
  try {
    return wrap(host, checked, fd);
  } catch (error) {
    host.kernel.close(fd);
    throw error;
  }
}

export function isMapObject(value: unknown): value is MapObjectBase {
  return value instanceof MapObjectBase;
}

function wrap(host: MapHost, spec: CheckedSpec, fd: number): MapObjectBase {
  const { map: object } = host.kernel.mapFile(fd, 'MAP_CREATE');
  const { type, key, value, flags, inner } = spec;
  const identity: MapIdentity = { object, fd, shape: { type, key, value }, flags };
  const map =
    inner === undefined || key === undefined
      ? wrapElements(host, identity)
      : new OuterMapObject<unknown, object>(host, identity, key, shapeOf(inner as CheckedSpec | MapObjectBase));
  host.registry.add(map);
  if (host.events.heard('map-create')) host.events.emit('map-create', { id: object.id, name: object.name, type });
  return map;
}

function mapCreate(host: MapHost, spec: CheckedSpec, create: CreateCommand, innerFd = 0): number {
  const { type, key, value, maxEntries, flags, name, extra } = spec;
  const fromCodec = TRAITS[type].value === 'codec';
  const attributes = {
    map_type: MAP_TYPES[type],
    key_size: key?.size ?? 0,
    value_size: fromCodec ? (value?.size ?? 0) : TRAITS[type].valueSize,
    max_entries: maxEntries,
    map_flags: flags,
    map_name: name,
    inner_map_fd: innerFd,
    map_extra: extra,
  };
  if (value?.spinLock === undefined || isPerCpuName(type)) return create(attributes);
  const btf = loadValueBtf(host, spec);
  try {
    return create({ ...attributes, ...btf.attributes });
  } finally {
    host.kernel.close(btf.fd);
  }
}

/** The template is copied at creation: one made only for that is closed again. */
function outerCreate(host: MapHost, spec: CheckedSpec, create: CreateCommand): number {
  const { inner } = spec;
  if (isMapObject(inner)) {
    if (inner.host !== host) throw new BpfError('EINVAL', 'MAP_CREATE', 'inner: the map belongs to another runtime');
    if (inner.closed) throw new BpfError('EBADF', 'MAP_CREATE', `inner: map ${inner.id} is closed`);
    return mapCreate(host, spec, create, inner.fd);
  }
  const template = inner as CheckedSpec;
  // Outer maps do not nest: that refusal is MAP_CREATE's.
  const templateFd =
    template.inner === undefined ? mapCreate(host, template, create) : outerCreate(host, template, create);
  try {
    return mapCreate(host, spec, create, templateFd);
  } finally {
    host.kernel.close(templateFd);
  }
}

function shapeOf(inner: CheckedSpec | MapObjectBase): MapShape {
  if (isMapObject(inner)) return inner.shape;
  const { type, key, value } = inner;
  return { type, key, value };
}
