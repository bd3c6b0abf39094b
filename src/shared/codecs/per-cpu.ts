import { type Codec, CodecError } from './codec.js';

/** The values of one element of a per-CPU map: index = CPU. */
export class PerCpuValues<V> extends Array<V> {
  /** `map` and `filter` give plain arrays. */
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  /** All CPUs together. Only of numbers (may round above 2^53) and bigints. */
  sum(this: PerCpuValues<number>): number;
  sum(this: PerCpuValues<bigint>): bigint;
  sum(): number | bigint {
    return addUp(this as readonly unknown[], 'sum');
  }
}

/** What a sum of `V` is; `never` when `V` cannot be added up. */
export type SumOf<V> = V extends number ? number : V extends bigint ? bigint : never;

/** The sum of values that are all numbers or all bigints. Throws TypeError for others. */
export function addUp(values: readonly unknown[], what: string): number | bigint {
  const [first] = values;
  if (typeof first === 'bigint') {
    let total = 0n;
    for (const value of values) total += value as bigint;
    return total;
  }
  let total = 0;
  for (const value of values) {
    if (typeof value !== 'number') throw new TypeError(`${what}: the values are neither numbers nor bigints`);
    total += value;
  }
  return total;
}

/** A value of each CPU, in slots of whole 8 bytes, CPU 0 first, as the kernel passes them. */
export function perCpu<V>(value: Codec<V>, cpus: number): Codec<PerCpuValues<V>> {
  const slot = Math.ceil(value.size / 8) * 8;
  const name = `${value.name} per CPU`;
  return {
    name,
    size: slot * cpus,
    alignment: 8,
    encode(values, memory, offset) {
      if (!Array.isArray(values) || values.length !== cpus) {
        throw new CodecError(name, values, `an array of ${cpus}, one value for each CPU`);
      }
      for (let cpu = 0; cpu < cpus; cpu++) {
        const at = offset + cpu * slot;
        value.encode(values[cpu] as V, memory, at);
        if (slot !== value.size) memory.u8.fill(0, at + value.size, at + slot);
      }
    },
    decode(memory, offset) {
      const values = new PerCpuValues<V>();
      for (let cpu = 0; cpu < cpus; cpu++) values.push(value.decode(memory, offset + cpu * slot));
      return values;
    },
  };
}
