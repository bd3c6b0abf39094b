import { UpdateFlags } from '../../shared/uapi.js';
import type { Codec, CodecMemory } from '../../shared/codecs.js';
import { fillArray, setMany } from './bulk.js';
import { Errno } from '../../shared/errno.js';
import type { MapHost } from './host.js';
import { arrayEntries, hashEntries } from './iteration.js';
import { MapObjectBase, type MapIdentity } from './base.js';
import type { ElementMap } from './types.js';

/** HASH and ARRAY over the core's element calls. */
export class ElementMapObject<K, V> extends MapObjectBase<K, V> implements ElementMap<K, V> {
  readonly #key: Codec<K>;
  readonly #value: Codec<V>;
  readonly #memory: CodecMemory;

  constructor(host: MapHost, identity: MapIdentity, key: Codec<K>, value: Codec<V>) {
    super(host, identity);
    this.#key = key;
    this.#value = value;
    this.#memory = this.workspace.memory;
  }

  get keyCodec(): Codec<K> {
    return this.#key;
  }

  get valueCodec(): Codec<V> {
    return this.#value;
  }

  get size(): number {
    const address = this.readable('size');
    return this.type === 'array' ? this.maxEntries : this.core.elementCount(address);
  }

  get(key: K): V | undefined {
    const address = this.readable('get');
    const { workspace } = this;
    this.#key.encode(key, this.#memory, workspace.keyOffset);
    const result = this.#lookup('get', address);
    if (result === 0) return this.#value.decode(this.#memory, workspace.valueOffset);
    if (result === -Errno.ENOENT) return undefined;
    throw this.failure('get', result);
  }

  has(key: K): boolean {
    const address = this.readable('has');
    this.#key.encode(key, this.#memory, this.workspace.keyOffset);
    const result = this.#lookup('has', address);
    if (result === 0) return true;
    if (result === -Errno.ENOENT) return false;
    throw this.failure('has', result);
  }

  set(key: K, value: V): this {
    const result = this.#update('set', key, value, UpdateFlags.ANY);
    if (result !== 0) throw this.failure('set', result, this.#whyRefused(result));
    return this;
  }

  insert(key: K, value: V): boolean {
    const result = this.#update('insert', key, value, UpdateFlags.NOEXIST);
    if (result === 0) return true;
    if (result === -Errno.EEXIST) return false;
    throw this.failure('insert', result, this.#whyRefused(result));
  }

  replace(key: K, value: V): boolean {
    const result = this.#update('replace', key, value, UpdateFlags.EXIST);
    if (result === 0) return true;
    if (result === -Errno.ENOENT) return false;
    throw this.failure('replace', result, this.#whyRefused(result));
  }

  delete(key: K): boolean {
    const address = this.writable('delete');
    const { workspace } = this;
    this.#key.encode(key, this.#memory, workspace.keyOffset);
    const result = this.guarded('delete', () => this.core.elementDelete(address, workspace.keyAddress));
    if (result === 0) return true;
    if (result === -Errno.ENOENT) return false;
    throw this.failure('delete', result, this.type === 'array' ? 'elements of an array cannot be deleted' : '');
  }

  setMany(entries: Iterable<readonly [K, V]>): number {
    this.writable('setMany');
    return setMany(this, entries);
  }

  fill(values: ArrayBufferView): number {
    this.writable('fill');
    return fillArray(this, values);
  }

  entries(): IterableIterator<[K, V]> {
    this.readable('entries');
    return this.type === 'array' ? arrayEntries(this) : hashEntries(this);
  }

  #lookup(operation: string, address: number): number {
    const { keyAddress, valueAddress } = this.workspace;
    try {
      return this.core.elementLookup(address, keyAddress, valueAddress);
    } catch (trap) {
      throw this.recovered(operation, trap);
    }
  }

  #update(operation: string, key: K, value: V, flags: number): number {
    const address = this.writable(operation);
    const { workspace } = this;
    this.#key.encode(key, this.#memory, workspace.keyOffset);
    this.#value.encode(value, this.#memory, workspace.valueOffset);
    try {
      return this.core.elementUpdate(address, workspace.keyAddress, workspace.valueAddress, flags);
    } catch (trap) {
      throw this.recovered(operation, trap);
    }
  }

  #whyRefused(result: number): string {
    if (result !== -Errno.E2BIG) return '';
    const { maxEntries } = this;
    return this.type === 'array' ? `the last index is ${maxEntries - 1}` : `the map is full (maxEntries ${maxEntries})`;
  }
}
