/** Which class serves which type of map. */
import type { Codec } from '../../shared/codecs.js';
import { ArrayMapObject } from './array-map.js';
import type { MapIdentity, MapObjectBase } from './base.js';
import { BloomFilterObject } from './bloom-filter.js';
import type { ElementCodecs } from './element-map.js';
import { HashMapObject } from './hash-map.js';
import type { MapHost } from './host.js';
import { LpmTrieMapObject } from './lpm-trie-map.js';
import { PerCpuArrayObject, PerCpuHashObject } from './per-cpu-map.js';
import { PerfEventArrayObject } from './perf-event-array.js';
import { ProgramArrayObject } from './program-array.js';
import { QueueMapObject } from './queue-map.js';
import { RingBufferObject } from './ring-buffer.js';
import { UserRingBufferObject } from './user-ring-buffer.js';

type AnyCodecs = ElementCodecs<unknown, unknown>;

/** The friendly object of a map that holds no maps. */
export function wrapElements(host: MapHost, identity: MapIdentity): MapObjectBase {
  const { key, value, type } = identity.shape;
  const codecs = { key, value } as AnyCodecs;
  switch (type) {
    case 'hash':
    case 'lru_hash':
      return new HashMapObject(host, identity, codecs);
    case 'array':
      return new ArrayMapObject(host, identity, codecs as ElementCodecs<number, unknown>);
    case 'percpu_hash':
    case 'lru_percpu_hash':
      return new PerCpuHashObject(host, identity, codecs);
    case 'percpu_array':
      return new PerCpuArrayObject(host, identity, codecs as ElementCodecs<number, unknown>);
    case 'lpm_trie':
      return new LpmTrieMapObject(host, identity, codecs);
    case 'queue':
    case 'stack':
      return new QueueMapObject(host, identity, value as Codec<unknown>);
    case 'bloom_filter':
      return new BloomFilterObject(host, identity, value as Codec<unknown>);
    case 'ringbuf':
      return new RingBufferObject(host, identity, value);
    case 'user_ringbuf':
      return new UserRingBufferObject(host, identity, value);
    case 'perf_event_array':
      return new PerfEventArrayObject(host, identity, value);
    case 'prog_array':
      return new ProgramArrayObject(host, identity);
    case 'array_of_maps':
    case 'hash_of_maps':
      throw new TypeError(`map ${identity.object.id} holds maps: it is wrapped with its template`);
  }
}
