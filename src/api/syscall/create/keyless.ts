/** Maps without keys: QUEUE, STACK, BLOOM_FILTER, RINGBUF, USER_RINGBUF. */
import { MapFlags } from '../../../shared/uapi.js';
import { type CreateRequest, type MapFamily, MAX_ALLOCATION, PROGRAM_ACCESS_FLAGS } from './request.js';

const COMMON = MapFlags.NUMA_NODE | MapFlags.RDONLY | MapFlags.WRONLY | PROGRAM_ACCESS_FLAGS;
const PAGE_SIZE = 4096;
const MAX_BLOOM_HASHES = 15;

export const queueOrStack: MapFamily = {
  early(request) {
    request.checkFlags(COMMON);
    request.checkMaxEntries();
    checkKeyless(request);
    if (request.valueSize > MAX_ALLOCATION) throw request.tooBig('value_size', `at most ${MAX_ALLOCATION}`);
  },
};

/** The value size comes first, and alone is checked before the capabilities. */
export const bloomFilter: MapFamily = {
  early(request) {
    if (request.valueSize > MAX_ALLOCATION) throw request.tooBig('value_size', `at most ${MAX_ALLOCATION}`);
  },
  late(request) {
    request.checkFlags(COMMON | MapFlags.ZERO_SEED);
    request.checkMaxEntries();
    checkKeyless(request);
    if (request.attributes.number('map_extra') > MAX_BLOOM_HASHES) {
      throw request.invalid('map_extra', `0 to ${MAX_BLOOM_HASHES} hash functions`);
    }
  },
};

export const ringBuffer: MapFamily = {
  late(request) {
    request.checkFlags(MapFlags.NUMA_NODE);
    request.checkKeySize(0);
    if (request.valueSize !== 0) throw request.invalid('value_size', `0 for ${request.typeName} maps`);
    const size = request.maxEntries;
    if (size === 0 || size % PAGE_SIZE !== 0 || !Number.isInteger(Math.log2(size))) {
      throw request.invalid('max_entries', `a power of two and a multiple of ${PAGE_SIZE}`);
    }
  },
};

function checkKeyless(request: CreateRequest): void {
  request.checkKeySize(0);
  if (request.valueSize === 0) throw request.invalid('value_size', 'at least 1');
}
