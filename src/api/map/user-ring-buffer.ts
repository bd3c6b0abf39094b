import type { Codec } from '../../shared/codecs.js';
import { Errno } from '../../shared/errno.js';
import { recordBytes } from '../../workers/reader/ring/record.js';
import { MapObjectBase, type MapIdentity } from './base.js';
import type { MapHost } from './host.js';
import { withPayload } from './scratch.js';
import type { UserRingBuffer } from './types.js';

const AVAILABLE_DATA = 0;

/** USER_RINGBUF: this side produces, programs consume. */
export class UserRingBufferObject<V> extends MapObjectBase implements UserRingBuffer<V> {
  declare readonly type: 'user_ringbuf';
  readonly #codec: Codec<V> | undefined;

  constructor(host: MapHost, identity: MapIdentity, record: Codec<V> | undefined) {
    super(host, identity);
    this.#codec = record;
  }

  get pending(): number {
    return this.core.ringbufQuery(this.readable('pending'), AVAILABLE_DATA);
  }

  output(value: V): boolean {
    const address = this.writable('output');
    const bytes = recordBytes(this.#codec, value);
    const result = withPayload(this.host.scratch, 'output', bytes, (at) =>
      this.guarded('output', () => this.core.userRingbufOutput(address, at, bytes.length)),
    );
    if (result === 0) return true;
    if (result === -Errno.EAGAIN) return false;
    throw this.failure('output', result);
  }
}
