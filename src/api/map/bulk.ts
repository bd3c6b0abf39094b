import { UpdateFlags } from '../../shared/uapi.js';
import type { ArrayMapObject } from './array-map.js';
import type { ElementMapObject } from './element-map.js';
import { BulkWriteError } from './errors.js';
import { withBlock } from './scratch.js';

/** Pack all elements, then write them in one call of the core. */
export function setMany<K, V>(map: ElementMapObject<K, V>, entries: Iterable<readonly [K, V]>): number {
  const list = Array.isArray(entries) ? (entries as readonly (readonly [K, V])[]) : [...entries];
  if (list.length === 0) return 0;
  const { keySize, valueBytes, keyCodec, valueCodec } = map;
  const valuesAt = align(list.length * keySize);
  return withBlock(map.host.scratch.arena, 'setMany', valuesAt + list.length * valueBytes, (block, memory) => {
    let index = 0;
    for (const [key, value] of list) {
      keyCodec.encode(key, memory, index * keySize);
      valueCodec.encode(value, memory, valuesAt + index * valueBytes);
      index++;
    }
    return updateMany(map, 'setMany', block, block + valuesAt, list.length);
  });
}

/** Write elements whose packed keys and values are given as bytes. */
export function fillHash<K, V>(map: ElementMapObject<K, V>, keys: ArrayBufferView, values: ArrayBufferView): number {
  const keyBytes = bytesOf(keys, 'keys');
  const valueBytes = bytesOf(values, 'values');
  const count = keyBytes.length / map.keySize;
  if (!Number.isInteger(count) || valueBytes.length !== count * map.valueBytes) {
    throw new RangeError(
      `fill: given ${keyBytes.length} bytes of keys and ${valueBytes.length} of values, expected as many keys ` +
        `(${map.keySize} bytes each) as values (${map.valueBytes} bytes each)`,
    );
  }
  if (count === 0) return 0;
  const valuesAt = align(keyBytes.length);
  return withBlock(map.host.scratch.arena, 'fill', valuesAt + valueBytes.length, (block, memory) => {
    memory.u8.set(keyBytes);
    memory.u8.set(valueBytes, valuesAt);
    return updateMany(map, 'fill', block, block + valuesAt, count);
  });
}

/** Copy packed values into elements 0, 1, 2, …. */
export function fillArray<V>(map: ArrayMapObject<V>, values: ArrayBufferView): number {
  const bytes = bytesOf(values, 'values');
  const { valueSize, maxEntries } = map;
  const count = bytes.length / valueSize;
  if (!Number.isInteger(count) || count > maxEntries) {
    throw new RangeError(
      `fill: given ${bytes.length} bytes, expected a multiple of the value size ${valueSize} and at most ` +
        `${maxEntries} values (${maxEntries * valueSize} bytes)`,
    );
  }
  if (count === 0) return 0;
  return withBlock(map.host.scratch.arena, 'fill', bytes.length, (block, memory) => {
    memory.u8.set(bytes);
    const address = map.writable('fill');
    const result = map.guarded('fill', () => map.core.arrayFill(address, block, count));
    if (result < 0) throw map.failure('fill', result);
    return count;
  });
}

function updateMany<K, V>(
  map: ElementMapObject<K, V>,
  operation: string,
  keys: number,
  values: number,
  count: number,
): number {
  const address = map.writable(operation);
  const { core } = map;
  const done = map.guarded(operation, () => core.elementUpdateMany(address, keys, values, count, UpdateFlags.ANY));
  if (done === count) return done;
  // The count and the cause come apart: the core keeps the cause until its next call.
  const errno = done < 0 ? -done : Math.abs(core.lastError());
  throw new BulkWriteError(map, operation, errno, Math.max(done, 0), count);
}

function bytesOf(given: ArrayBufferView, what: string): Uint8Array {
  if (!ArrayBuffer.isView(given))
    throw new TypeError(`fill: expected a typed array or DataView with the packed ${what}`);
  return new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
}

function align(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}
