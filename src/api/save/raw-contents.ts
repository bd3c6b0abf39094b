/** Contents that no call of the core lists: the bits of a Bloom filter, and the records of a ring that nobody read yet. */
import { MAP_HEADER } from '../../shared/core-exports.js';
import { MapType } from '../../shared/uapi.js';
import { BpfError } from '../errors.js';
import type { Kernel } from '../kernel/kernel.js';
import type { MapObject } from '../kernel/objects.js';
import { ringAddresses, ringPositions } from '../kernel/ring-memory.js';
import { withPayload } from '../kernel/workspace.js';
import { damaged } from './format.js';

const HEADER_SIZE = 8;
const BUSY = 0x8000_0000;
const DISCARDED = 0x4000_0000;
const LENGTH = 0x3fff_ffff;
const NO_WAKEUP = 1;

/** SPEC §9.4: 7/5 bits for each element and hash function, rounded up to a power of two. */
function bloomBytes({ maxEntries, extra }: Pick<MapObject, 'maxEntries' | 'extra'>): number {
  const products = maxEntries * (extra === 0 ? 5 : extra);
  const wanted = Math.floor(products / 5) * 7;
  const bits =
    products > 0xffff_ffff || wanted > 0x8000_0000
      ? 2 ** 32
      : Math.max(64, 2 ** Math.ceil(Math.log2(Math.max(wanted, 1))));
  return bits / 8;
}

export function bloomBits({ arena }: Kernel, map: MapObject): Uint8Array {
  const start = map.address + MAP_HEADER.data;
  return arena.u8.slice(start, start + bloomBytes(map));
}

export function setBloomBits({ arena }: Kernel, map: MapObject, bits: Uint8Array): void {
  if (bits.length !== bloomBytes(map))
    throw damaged(`a Bloom filter of ${bits.length} bytes, expected ${bloomBytes(map)}`);
  arena.u8.set(bits, map.address + MAP_HEADER.data);
}

/** Committed records between the two positions, up to the first that is still being written. */
export function unreadRecords(kernel: Kernel, map: MapObject): Uint8Array[] {
  const { data } = ringAddresses(kernel, map);
  const { consumer, producer } = ringPositions(kernel, map);
  const size = map.maxEntries;
  const unread = Number(producer - consumer);
  const first = Number(consumer % BigInt(size));
  const records: Uint8Array[] = [];
  for (let at = 0; at < unread; ) {
    const header = data + ((first + at) % size);
    const word = Atomics.load(kernel.arena.u32, header >>> 2);
    if ((word & BUSY) !== 0) break;
    const length = word & LENGTH;
    if ((word & DISCARDED) === 0)
      records.push(kernel.arena.u8.slice(header + HEADER_SIZE, header + HEADER_SIZE + length));
    at += Math.ceil((length + HEADER_SIZE) / 8) * 8;
  }
  return records;
}

export function writeRecord(kernel: Kernel, map: MapObject, record: Uint8Array): void {
  const { arena, core } = kernel;
  withPayload(arena, 'load', record.length, (address) => {
    arena.u8.set(record, address);
    const result = kernel.call('load', () =>
      map.type === MapType.RINGBUF
        ? core.ringbufOutput(map.address, address, record.length, NO_WAKEUP)
        : core.userRingbufOutput(map.address, address, record.length),
    );
    if (result < 0) throw BpfError.of(-result, 'load', `a record of ${record.length} bytes does not fit into the ring`);
  });
}
