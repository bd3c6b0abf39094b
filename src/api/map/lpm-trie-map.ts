import type { Codec, PrefixCodec } from '../../shared/codecs.js';
import { Errno } from '../../shared/errno.js';
import type { MapIdentity } from './base.js';
import type { ElementCodecs } from './element-map.js';
import { ElementMapObject } from './element-map.js';
import type { MapHost } from './host.js';
import { trieEntries } from './trie-walk.js';
import type { LpmTrieMap } from './types.js';

/** LPM_TRIE. Look-ups go through the key codec's `lookup`, which takes addresses too, if it has one. */
export class LpmTrieMapObject<K, V> extends ElementMapObject<K, V> implements LpmTrieMap<K, V> {
  declare readonly type: 'lpm_trie';
  readonly #lookupCodec: Codec<K>;

  constructor(host: MapHost, identity: MapIdentity, codecs: ElementCodecs<K, V>) {
    super(host, identity, codecs);
    this.#lookupCodec = lookupCodec(codecs.key);
  }

  get size(): number {
    return this.core.elementCount(this.readable('size'));
  }

  entries(): IterableIterator<[K, V]> {
    this.readable('entries');
    return this.#walk();
  }

  clear(): void {
    const address = this.writable('clear');
    const { workspace, core } = this;
    for (const { key } of trieEntries(this)) {
      workspace.memory.u8.set(key, workspace.keyOffset);
      const result = this.guarded('clear', () => core.elementDelete(address, workspace.keyAddress));
      if (result !== 0 && result !== -Errno.ENOENT) throw this.failure('clear', result);
    }
  }

  protected whyRefused(result: number): string {
    if (result === -Errno.ENOSPC) return `the trie is full (maxEntries ${this.maxEntries})`;
    return result === -Errno.EINVAL ? `the prefix is longer than the key's ${8 * (this.keySize - 4)} bits` : '';
  }

  protected override encodeLookup(key: K): void {
    this.#lookupCodec.encode(key, this.workspace.memory, this.workspace.keyOffset);
  }

  *#walk(): IterableIterator<[K, V]> {
    for (const { key, value } of trieEntries(this)) {
      yield [this.keyCodec.decode({ u8: key, view: new DataView(key.buffer) }, 0), value];
    }
  }
}

function lookupCodec<K>(codec: Codec<K>): Codec<K> {
  return (codec as Partial<PrefixCodec<K>>).lookup ?? codec;
}
