/** Where the positions and the data of ring buffers lie (SPEC §9.5). */
import type { MappingSegment } from '../../shared/mapping.js';
import type { Kernel } from './kernel.js';
import type { MapObject } from './objects.js';
import { typeCalls } from './type-calls.js';

export const PAGE_SIZE = 4096;

export interface RingAddresses {
  /** u64, written by the consumer, at the start of a page. */
  readonly consumer: number;
  /** u64, written by the producer, at the start of the next page. */
  readonly producer: number;
  /** Twice `max_entries` bytes: a record that crosses the end of the first half goes on in the second. */
  readonly data: number;
}

export function ringAddresses(kernel: Kernel, map: MapObject): RingAddresses {
  const consumer = typeCalls(kernel.core, map, 'mmap', 'ringData').ringData(map.address);
  return { consumer, producer: consumer + PAGE_SIZE, data: consumer + 2 * PAGE_SIZE };
}

export function ringPositions(kernel: Kernel, map: MapObject): { consumer: bigint; producer: bigint } {
  const { consumer, producer } = ringAddresses(kernel, map);
  const words = new BigUint64Array(kernel.arena.memory.buffer as unknown as SharedArrayBuffer);
  return { consumer: Atomics.load(words, consumer / 8), producer: Atomics.load(words, producer / 8) };
}

/** The whole of what can be mapped, in its order. */
export function ringMemory(kernel: Kernel, map: MapObject): MappingSegment[] {
  const { consumer, data } = ringAddresses(kernel, map);
  const size = map.maxEntries;
  const buffer = kernel.arena.memory.buffer as unknown as SharedArrayBuffer;
  const start = 2 * PAGE_SIZE;
  return [
    { start: 0, length: start, buffer, byteOffset: consumer },
    { start, length: size, buffer, byteOffset: data, mirror: data + size },
    { start: start + size, length: size, buffer, byteOffset: data + size, mirror: data },
  ];
}
