import { MapObjectBase } from './base.js';
import type { KeyedMap } from './types.js';

/** The walking half of maps with keys, over what each type says of its elements. */
export abstract class KeyedMapObject<K, V> extends MapObjectBase implements KeyedMap<K, V> {
  abstract readonly size: number;
  abstract get(key: K): V | undefined;
  abstract has(key: K): boolean;
  abstract set(key: K, value: V): this;
  abstract delete(key: K): boolean;
  abstract clear(): void;
  abstract entries(): IterableIterator<[K, V]>;

  *keys(): IterableIterator<K> {
    for (const [key] of this.entries()) yield key;
  }

  *values(): IterableIterator<V> {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator](): IterableIterator<[K, V]> {
    return this.entries();
  }

  forEach(callback: (value: V, key: K, map: this) => void): void {
    for (const [key, value] of this.entries()) callback(value, key, this);
  }

  protected override shown(): object {
    return { size: this.size };
  }
}
