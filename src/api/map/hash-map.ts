import { Errno } from '../../shared/errno.js';
import { ElementMapObject } from './element-map.js';
import { fillHash } from './bulk.js';
import { deleteAll, hashEntries } from './iteration.js';
import type { HashLike } from './types.js';

/** HASH and its LRU and per-CPU kinds. */
export class HashMapObject<K, V> extends ElementMapObject<K, V> implements HashLike<K, V> {
  get size(): number {
    return this.core.elementCount(this.readable('size'));
  }

  entries(): IterableIterator<[K, V]> {
    this.readable('entries');
    return hashEntries(this);
  }

  clear(): void {
    this.writable('clear');
    deleteAll(this);
  }

  take(key: K): V | undefined {
    this.readable('take');
    const address = this.writable('take');
    const { keyAddress, valueAddress } = this.workspace;
    this.encodeLookup(key);
    const result = this.guarded('take', () => this.core.elementTake(address, keyAddress, valueAddress));
    if (result === 0) return this.decodeValue();
    if (result === -Errno.ENOENT) return undefined;
    throw this.failure('take', result);
  }

  fill(keys: ArrayBufferView, values: ArrayBufferView): number {
    this.writable('fill');
    return fillHash(this, keys, values);
  }

  protected whyRefused(result: number): string {
    return result === -Errno.E2BIG ? `the map is full (maxEntries ${this.maxEntries})` : '';
  }
}
