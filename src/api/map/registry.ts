import type { MapObject } from '../kernel.js';
import type { MapObjectBase } from './base.js';
import type { MapHost } from './host.js';
import type { MapShape } from './spec-check.js';
import { wrapElements } from './wrap.js';

/**
 * The open friendly objects of a runtime, one a map: whichever way a map is reached, its user meets the same
 * object, as long as that is open.
 */
export class MapRegistry {
  readonly #open = new Map<MapObject, MapObjectBase>();

  get(object: MapObject): MapObjectBase | undefined {
    return this.#open.get(object);
  }

  add(map: MapObjectBase): void {
    this.#open.set(map.object, map);
  }

  forget(map: MapObjectBase): void {
    if (this.#open.get(map.object) === map) this.#open.delete(map.object);
  }

  /** The open object of an inner map, or a new one with a descriptor of its own. */
  open(host: MapHost, object: MapObject, shape: MapShape): MapObjectBase {
    const open = this.#open.get(object);
    if (open) return open;
    const fd = host.kernel.openMap(object);
    const map = wrapElements(host, { object, fd, shape, flags: object.flags });
    this.add(map);
    return map;
  }

  /** Close all that are open. */
  closeAll(): void {
    for (const map of [...this.#open.values()]) map.close();
  }
}
