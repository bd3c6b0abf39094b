import { UpdateFlags } from '../../shared/uapi.js';
import { Errno } from '../../shared/errno.js';
import { BulkWriteError } from './errors.js';
import type { ElementMapObject } from './element-map.js';
import { withBlock } from './scratch.js';

/** Pack all elements, then write them in one call of the core. */
export function setMany<K, V>(map: ElementMapObject<K, V>, entries: Iterable<readonly [K, V]>): number {
  const list = Array.isArray(entries) ? (entries as readonly (readonly [K, V])[]) : [...entries];
  if (list.length === 0) return 0;
  const { keySize, valueSize, keyCodec, valueCodec } = map;
  const valuesAt = list.length * keySize;
  return withBlock(map.host.scratch.arena, 'setMany', valuesAt + list.length * valueSize, (block, memory) => {
    let index = 0;
    for (const [key, value] of list) {
      keyCodec.encode(key, memory, index * keySize);
      valueCodec.encode(value, memory, valuesAt + index * valueSize);
      index++;
    }
    const address = map.writable('setMany');
    const done = map.guarded('setMany', () => map.core.elementUpdateMany(address, block, block + valuesAt, list.length, UpdateFlags.ANY));
    if (done !== list.length) throw partial(map, done, list.length);
    return done;
  });
}

function partial<K, V>(map: ElementMapObject<K, V>, result: number, count: number): Error {
  const done = Math.max(result, 0);
  // The count and the cause come apart: the core keeps the cause until its next call.
  const errno = result < 0 ? -result : Math.abs(map.core.lastError());
  return new BulkWriteError(map, errno, done, count);
}

/** Copy packed values into elements 0, 1, 2, …. */
export function fillArray<K, V>(map: ElementMapObject<K, V>, values: ArrayBufferView): number {
  if (map.type !== 'array') throw map.failure('fill', -Errno.EINVAL, 'only arrays can be filled: use setMany()');
  if (!ArrayBuffer.isView(values)) throw new TypeError('fill: expected a typed array or DataView with the packed values');
  const { valueSize, maxEntries } = map;
  const count = values.byteLength / valueSize;
  if (!Number.isInteger(count) || count > maxEntries) {
    throw new RangeError(
      `fill: given ${values.byteLength} bytes, expected a multiple of the value size ${valueSize} and at most ` +
        `${maxEntries} values (${maxEntries * valueSize} bytes)`,
    );
  }
  if (count === 0) return 0;
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return withBlock(map.host.scratch.arena, 'fill', bytes.length, (block, memory) => {
    memory.u8.set(bytes);
    const address = map.writable('fill');
    const result = map.guarded('fill', () => map.core.arrayFill(address, block, count));
    if (result < 0) throw map.failure('fill', result);
    return count;
  });
}
