import type { Codec, CodecMemory } from '../../shared/codecs.js';
import { Errno } from '../../shared/errno.js';
import { UpdateFlags } from '../../shared/uapi.js';
import type { MapIdentity } from './base.js';
import { setMany } from './bulk.js';
import type { MapHost } from './host.js';
import { KeyedMapObject } from './keyed-map.js';
import type { AccessOptions, ElementMap } from './types.js';

/** Codecs of a map whose elements are plain values. The value codec's size is what a value takes in core calls. */
export interface ElementCodecs<K, V> {
  readonly key: Codec<K>;
  readonly value: Codec<V>;
}

/** Arrays, hashes and tries over the core's element calls. How they are walked and emptied is each type's own. */
export abstract class ElementMapObject<K, V> extends KeyedMapObject<K, V> implements ElementMap<K, V> {
  readonly keyCodec: Codec<K>;
  readonly valueCodec: Codec<V>;
  readonly #memory: CodecMemory;

  constructor(host: MapHost, identity: MapIdentity, codecs: ElementCodecs<K, V>) {
    super(host, identity, codecs.value.size);
    this.keyCodec = codecs.key;
    this.valueCodec = codecs.value;
    this.#memory = this.workspace.memory;
  }

  /** Bytes of a value in core calls: on per-CPU maps more than `valueSize`. */
  get valueBytes(): number {
    return this.valueCodec.size;
  }

  get(key: K, options?: AccessOptions): V | undefined {
    const address = this.readable('get');
    const { workspace } = this;
    this.encodeLookup(key);
    const result = options?.lock === true ? this.#lockedLookup(address) : this.#lookup('get', address);
    if (result === 0) return this.valueCodec.decode(this.#memory, workspace.valueOffset);
    if (result === -Errno.ENOENT) return undefined;
    throw this.failure('get', result);
  }

  has(key: K): boolean {
    const address = this.readable('has');
    this.encodeLookup(key);
    const result = this.#lookup('has', address);
    if (result === 0) return true;
    if (result === -Errno.ENOENT) return false;
    throw this.failure('has', result);
  }

  set(key: K, value: V, options?: AccessOptions): this {
    const result = this.#update('set', key, value, UpdateFlags.ANY, options);
    if (result !== 0) throw this.failure('set', result, this.whyRefused(result));
    return this;
  }

  insert(key: K, value: V, options?: AccessOptions): boolean {
    const result = this.#update('insert', key, value, UpdateFlags.NOEXIST, options);
    if (result === 0) return true;
    if (result === -Errno.EEXIST) return false;
    throw this.failure('insert', result, this.whyRefused(result));
  }

  replace(key: K, value: V, options?: AccessOptions): boolean {
    const result = this.#update('replace', key, value, UpdateFlags.EXIST, options);
    if (result === 0) return true;
    if (result === -Errno.ENOENT) return false;
    throw this.failure('replace', result, this.whyRefused(result));
  }

  delete(key: K): boolean {
    const address = this.writable('delete');
    const { keyAddress, keyOffset } = this.workspace;
    this.keyCodec.encode(key, this.#memory, keyOffset);
    let result: number;
    try {
      result = this.core.elementDelete(address, keyAddress);
    } catch (trap) {
      throw this.recovered('delete', trap);
    }
    if (result === 0) return true;
    if (result === -Errno.ENOENT) return false;
    throw this.failure('delete', result, this.whyRefused(result));
  }

  setMany(entries: Iterable<readonly [K, V]>): number {
    this.writable('setMany');
    return setMany(this, entries);
  }

  /** What an errno of a write means on a map of this type; empty = nothing in particular. */
  protected abstract whyRefused(result: number): string;

  /** Put what is looked up where core calls expect the key. */
  protected encodeLookup(key: K): void {
    this.keyCodec.encode(key, this.#memory, this.workspace.keyOffset);
  }

  /** The value that a core call has left in the workspace. */
  protected decodeValue(): V {
    return this.valueCodec.decode(this.#memory, this.workspace.valueOffset);
  }

  #lookup(operation: string, address: number): number {
    const { keyAddress, valueAddress } = this.workspace;
    try {
      return this.core.elementLookup(address, keyAddress, valueAddress);
    } catch (trap) {
      throw this.recovered(operation, trap);
    }
  }

  #lockedLookup(address: number): number {
    this.#checkLock('get');
    const { keyAddress, valueAddress } = this.workspace;
    return this.guarded('get', () => this.core.elementLookupLocked(address, keyAddress, valueAddress));
  }

  #checkLock(operation: string): void {
    if (this.valueCodec.spinLock !== undefined) return;
    throw this.failure(operation, -Errno.EINVAL, 'lock: true, but the value has no spinLock field');
  }

  #update(operation: string, key: K, value: V, mode: number, options: AccessOptions | undefined): number {
    const address = this.writable(operation);
    const flags = options?.lock === true ? mode | UpdateFlags.F_LOCK : mode;
    if (flags !== mode) this.#checkLock(operation);
    const { workspace } = this;
    this.keyCodec.encode(key, this.#memory, workspace.keyOffset);
    this.valueCodec.encode(value, this.#memory, workspace.valueOffset);
    try {
      return this.core.elementUpdate(address, workspace.keyAddress, workspace.valueAddress, flags);
    } catch (trap) {
      throw this.recovered(operation, trap);
    }
  }
}
