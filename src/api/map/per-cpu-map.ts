/**
 * Maps whose elements have a value on every CPU. A read or write here concerns the values of all CPUs, as it does
 * for a syscall; a program on a worker sees and changes the one of its own CPU.
 */
import type { Codec, PerCpuValues, SumOf } from '../../shared/codecs.js';
import { addUp, perCpu } from '../../shared/codecs/per-cpu.js';
import { IndexedMapObject } from './array-map.js';
import type { MapIdentity } from './base.js';
import type { ElementCodecs } from './element-map.js';
import { HashMapObject } from './hash-map.js';
import type { MapHost } from './host.js';

export class PerCpuArrayObject<V> extends IndexedMapObject<PerCpuValues<V>> {
  declare readonly type: 'percpu_array';
  readonly cpus: number;
  readonly cpuCodec: Codec<V>;

  constructor(host: MapHost, identity: MapIdentity, codecs: ElementCodecs<number, V>) {
    const cpus = host.kernel.possibleCpus;
    super(host, identity, { key: codecs.key, value: perCpu(codecs.value, cpus) });
    this.cpus = cpus;
    this.cpuCodec = codecs.value;
  }

  sum(key: number): SumOf<V> | undefined {
    return sumOf(this.get(key));
  }
}

export class PerCpuHashObject<K, V> extends HashMapObject<K, PerCpuValues<V>> {
  declare readonly type: 'percpu_hash' | 'lru_percpu_hash';
  readonly cpus: number;
  readonly cpuCodec: Codec<V>;

  constructor(host: MapHost, identity: MapIdentity, codecs: ElementCodecs<K, V>) {
    const cpus = host.kernel.possibleCpus;
    super(host, identity, { key: codecs.key, value: perCpu(codecs.value, cpus) });
    this.cpus = cpus;
    this.cpuCodec = codecs.value;
  }

  sum(key: K): SumOf<V> | undefined {
    return sumOf(this.get(key));
  }
}

function sumOf<V>(values: PerCpuValues<V> | undefined): SumOf<V> | undefined {
  return values === undefined ? undefined : (addUp(values, 'sum') as SumOf<V>);
}
