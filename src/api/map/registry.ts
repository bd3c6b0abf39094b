import { BpfError } from '../errors.js';
import type { MapObject } from '../kernel.js';
import { MapObjectBase } from './base.js';
import { ElementMapObject } from './element-map.js';
import type { MapHost } from './host.js';
import type { InnerCodecs } from './outer-map.js';
import { MAP_TYPES, type MapTypeName } from './spec.js';

type AnyMapObject = MapObjectBase<unknown, unknown>;

/**
 * The open friendly objects of a runtime, one a map: whichever way a map is reached, its user meets the same
 * object, as long as that is open.
 */
export class MapRegistry {
  readonly #open = new Map<MapObject, AnyMapObject>();

  get(object: MapObject): AnyMapObject | undefined {
    return this.#open.get(object);
  }

  add(map: AnyMapObject): void {
    this.#open.set(map.object, map);
  }

  forget(map: AnyMapObject): void {
    if (this.#open.get(map.object) === map) this.#open.delete(map.object);
  }

  /** The open object of an inner map, or a new one with a descriptor of its own. */
  open(host: MapHost, object: MapObject, codecs: InnerCodecs): AnyMapObject {
    const open = this.#open.get(object);
    if (open) return open;
    const fd = host.kernel.openMap(object);
    const identity = { object, fd, type: typeNameOf(object), flags: object.flags };
    const map = new ElementMapObject(host, identity, codecs.key, codecs.value);
    this.add(map);
    return map;
  }

  /** Close all that are open. */
  closeAll(): void {
    for (const map of [...this.#open.values()]) map.close();
  }
}

/** The kernel-side object of what the caller gave as an inner map. */
export function innerMapOf(outer: AnyMapObject, operation: string, given: object): MapObjectBase<unknown, unknown> {
  if (!(given instanceof MapObjectBase)) {
    throw new BpfError('EINVAL', operation, 'map: given no map object, expected a map of runtime.createMap()');
  }
  if (given.host !== outer.host) {
    throw new BpfError('EINVAL', operation, `map: map ${given.id} belongs to another runtime, expected one of this runtime`);
  }
  if (given.closed) throw new BpfError('EBADF', operation, `map: map ${given.id} is closed, expected an open map`);
  return given;
}

export function typeNameOf(object: MapObject): MapTypeName {
  for (const [name, number] of Object.entries(MAP_TYPES)) {
    if (number === object.type) return name as MapTypeName;
  }
  throw new RangeError(`map ${object.id} has type ${object.type}, which the friendly layer does not know`);
}
