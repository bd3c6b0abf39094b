import type { Arena } from '../../shared/arena.js';
import { PACKET_RECORD } from '../../shared/core-exports.js';
import { PoolError } from './errors.js';

/** A packet that comes back may be longer than it went in. */
const GROWTH = 256;
const ALIGNMENT = 8;

export interface BatchOptions {
  /** Give each packet room to come back in. */
  copyBack: boolean;
  arg0?: number;
}

export interface PacketRecord {
  data: number;
  length: number;
  capacity: number;
  arg0: number;
  arg1: number;
}

/** Packets in shared memory, laid out as the core's `runBatch` takes them: records, then the bytes. */
export class Batch {
  readonly address: number;
  readonly count: number;
  readonly #arena: Arena;
  #freed = false;

  constructor(arena: Arena, packets: readonly Uint8Array[], options: BatchOptions) {
    const rooms = packets.map((packet) => align(packet.length + (options.copyBack ? GROWTH : 0)));
    const records = packets.length * PACKET_RECORD.size;
    const bytes = rooms.reduce((sum, room) => sum + room, records);
    const address = allocate(arena, bytes, `a batch of ${packets.length} packets`);
    this.#arena = arena;
    this.address = address;
    this.count = packets.length;
    this.#layOut(packets, rooms, address + records, options);
  }

  /** Verdict of packet `index`: the low 32 bits of r0. */
  verdict(index: number): number {
    return this.#word(index, PACKET_RECORD.verdict);
  }

  /** A copy of packet `index` as the program left it. */
  packet(index: number): Uint8Array {
    const data = this.#word(index, PACKET_RECORD.data);
    const length = Math.min(this.#word(index, PACKET_RECORD.length), this.#word(index, PACKET_RECORD.capacity));
    return this.#arena.u8.slice(data, data + length);
  }

  /** The caller knows that no thread reads or writes the batch any more. */
  free(): void {
    if (this.#freed) throw new Error(`batch at ${this.address} is freed twice`);
    this.#freed = true;
    this.#arena.core.memoryFree(this.address);
  }

  #word(index: number, field: number): number {
    return this.#arena.u32[(this.address + index * PACKET_RECORD.size + field) >>> 2] ?? 0;
  }

  #layOut(packets: readonly Uint8Array[], rooms: readonly number[], firstByte: number, options: BatchOptions): void {
    let start = firstByte;
    packets.forEach((packet, index) => {
      const room = rooms[index] ?? 0;
      this.#arena.u8.set(packet, start);
      writeRecord(this.#arena, this.address + index * PACKET_RECORD.size, {
        data: start,
        length: packet.length,
        capacity: options.copyBack ? room : 0,
        arg0: options.arg0 ?? 0,
        arg1: 0,
      });
      start += room;
    });
  }
}

export function writeRecord(arena: Arena, address: number, record: PacketRecord): void {
  const word = address >>> 2;
  for (const name of ['data', 'length', 'capacity', 'arg0', 'arg1'] as const) {
    arena.u32[word + PACKET_RECORD[name] / 4] = record[name];
  }
}

/** Payload memory of the arena, zeroed. Throws with code ERR_INNERMAP_OUT_OF_MEMORY. */
export function allocate(arena: Arena, bytes: number, purpose: string): number {
  const address = arena.core.memoryAllocate(bytes);
  if (address >= 0) return address;
  throw new PoolError(
    'ERR_INNERMAP_OUT_OF_MEMORY',
    `the arena has no ${bytes} bytes left for ${purpose}: use less at a time, or create the runtime with more memory`,
  );
}

function align(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
