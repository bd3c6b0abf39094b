import { UpdateFlags } from '../../shared/uapi.js';
import { isInSection } from '../../shared/sections.js';
import { type Codec, type CodecMemory, codecMemory } from '../../shared/codecs.js';
import type { WaitOptions } from '../grace-periods.js';
import { abortErrorOf } from '../grace-periods/errors.js';
import type { MapObject } from '../kernel.js';
import { type MapIdentity, MapObjectBase } from './base.js';
import { Errno } from '../../shared/errno.js';
import type { MapHost } from './host.js';
import { innerMapOf } from './inner.js';
import { KeyedMapObject } from './keyed-map.js';
import type { MapShape } from './spec-check.js';
import type { OuterTypeName } from './type-names.js';
import type { OuterMap } from './types.js';

/**
 * ARRAY_OF_MAPS and HASH_OF_MAPS. The main thread is the only writer of outer maps and each method runs
 * without a break up to its publication, so that comparing and publishing are one step.
 */
export class OuterMapObject<K, M extends object> extends KeyedMapObject<K, M> implements OuterMap<K, M> {
  declare readonly type: OuterTypeName;
  readonly keyCodec: Codec<K>;
  /** How an inner map is typed that is met and has no open object. */
  readonly inner: MapShape;
  /** The key of the call under way, as the kernel side takes it. */
  readonly #keyMemory: CodecMemory;

  constructor(host: MapHost, identity: MapIdentity, key: Codec<K>, inner: MapShape) {
    super(host, identity);
    this.keyCodec = key;
    this.inner = inner;
    this.#keyMemory = codecMemory(new ArrayBuffer(identity.object.keySize));
  }

  get size(): number {
    if (this.type === 'hash_of_maps') return this.core.elementCount(this.readable('size'));
    let count = 0;
    for (const _ of this.keys()) count++;
    return count;
  }

  get(key: K): M | undefined {
    const object = this.#find('get', key);
    return object && (this.host.registry.open(this.host, object, this.inner) as object as M);
  }

  has(key: K): boolean {
    return this.#find('has', key) !== undefined;
  }

  set(key: K, map: M): this {
    this.#exchange('set', key, map);
    return this;
  }

  delete(key: K): boolean {
    this.writable('delete');
    if (this.#find('delete', key) === undefined) return false;
    this.#exchange('delete', key, undefined);
    return true;
  }

  replaceIf(key: K, expected: M | undefined, map: M | undefined): boolean {
    this.writable('replaceIf');
    const current = this.#find('replaceIf', key);
    // An object that is closed still says which map it was.
    const wanted = expected instanceof MapObjectBase ? expected.object : undefined;
    if (expected !== undefined && wanted === undefined) return false;
    if (current !== wanted) return false;
    if (current !== undefined || map !== undefined) this.#exchange('replaceIf', key, map);
    return true;
  }

  swap(key: K, map: M, options: WaitOptions = {}): Promise<M | undefined> {
    if (this.core.sectionDepth() > 0 || isInSection(this.host.scratch.arena.u8.buffer)) {
      throw this.failure('swap', -Errno.EDEADLK, 'a wait inside a read-side section would wait for itself');
    }
    return this.#swap(key, map, options);
  }

  clear(): void {
    this.writable('clear');
    for (const key of this.#allKeys()) this.delete(key);
  }

  *entries(): IterableIterator<[K, M]> {
    for (const key of this.keys()) {
      const map = this.get(key);
      if (map !== undefined) yield [key, map];
    }
  }

  override *keys(): IterableIterator<K> {
    for (const key of this.#allKeys()) if (this.has(key)) yield key;
  }

  async #swap(key: K, map: M, options: WaitOptions): Promise<M | undefined> {
    const { kernel, gracePeriods, registry } = this.host;
    if (options.signal?.aborted) throw abortErrorOf(options.signal, 'swap');
    this.writable('swap');
    const old = this.#find('swap', key);
    // Our own reference: the slot's goes away with the exchange.
    if (old) kernel.holdMap(old);
    try {
      this.#exchange('swap', key, map);
      if (!old) {
        await gracePeriods.turn();
        return undefined;
      }
      // [P2] unlink before stamp
      await gracePeriods.waitFor(this.core.readEpoch(), options, 'swap');
      return registry.open(this.host, old, this.inner) as object as M;
    } finally {
      if (old) kernel.putMap(old);
    }
  }

  /** The inner map under `key`, as the kernel side knows it. */
  #find(operation: string, key: K): MapObject | undefined {
    const address = this.readable(operation);
    const { workspace } = this;
    this.keyCodec.encode(key, workspace.memory, workspace.keyOffset);
    const inner = this.guarded(operation, () => this.core.outerFind(address, workspace.keyAddress));
    if (inner === 0 || inner === -Errno.ENOENT || inner === -Errno.E2BIG) return undefined;
    if (inner < 0) throw this.failure(operation, inner);
    return this.host.kernel.mapAt(inner);
  }

  /** Publish `map` under `key`, or empty the slot; the slot's reference moves with it. */
  #exchange(operation: string, key: K, map: M | undefined): void {
    this.writable(operation);
    const inner = map === undefined ? null : innerMapOf(this, operation, map).object;
    this.keyCodec.encode(key, this.#keyMemory, 0);
    const previous = this.host.kernel.outerSet(this.object, this.#keyMemory.u8, inner, UpdateFlags.ANY);
    if (this.host.events.heard('map-swap')) {
      this.host.events.emit('map-swap', { outer: this.id, previous: previous?.id, current: inner?.id });
    }
  }

  #allKeys(): Iterable<K> {
    const address = this.readable('keys');
    const { workspace, core } = this;
    const keys: K[] = [];
    let result = this.guarded('keys', () => core.elementNextKey(address, 0, workspace.keyAddress));
    while (result === 0) {
      keys.push(this.keyCodec.decode(workspace.memory, workspace.keyOffset));
      result = this.guarded('keys', () => core.elementNextKey(address, workspace.keyAddress, workspace.nextAddress));
      workspace.memory.u8.copyWithin(workspace.keyOffset, workspace.nextOffset, workspace.nextOffset + this.keySize);
    }
    if (result !== -Errno.ENOENT) throw this.failure('keys', result);
    return keys;
  }
}
