import type { Codec } from '../../shared/codecs.js';
import { Errno } from '../../shared/errno.js';
import { UpdateFlags } from '../../shared/uapi.js';
import { MapObjectBase, type MapIdentity } from './base.js';
import type { MapHost } from './host.js';
import type { BloomFilter } from './types.js';

/** BLOOM_FILTER. */
export class BloomFilterObject<V> extends MapObjectBase implements BloomFilter<V> {
  declare readonly type: 'bloom_filter';
  readonly valueCodec: Codec<V>;

  constructor(host: MapHost, identity: MapIdentity, value: Codec<V>) {
    super(host, identity);
    this.valueCodec = value;
  }

  add(value: V): this {
    const address = this.writable('add');
    const { workspace, core } = this;
    this.valueCodec.encode(value, workspace.memory, workspace.valueOffset);
    const result = this.guarded('add', () => core.bloomAdd(address, workspace.valueAddress, UpdateFlags.ANY));
    if (result !== 0) throw this.failure('add', result);
    return this;
  }

  has(value: V): boolean {
    const address = this.readable('has');
    const { workspace, core } = this;
    this.valueCodec.encode(value, workspace.memory, workspace.valueOffset);
    const result = this.guarded('has', () => core.bloomTest(address, workspace.valueAddress));
    if (result === 0) return true;
    if (result === -Errno.ENOENT) return false;
    throw this.failure('has', result);
  }
}
