/** HASH, its per-CPU and LRU kinds, and HASH_OF_MAPS. */
import { MapFlags, MapType } from '../../../shared/uapi.js';
import { BpfError } from '../../errors.js';
import {
  type CreateRequest,
  type MapFamily,
  MAX_ALLOCATION,
  MAX_PERCPU_ALLOCATION,
  NO_NODE,
  padded,
  PROGRAM_ACCESS_FLAGS,
} from './request.js';

const FLAGS =
  MapFlags.NO_PREALLOC |
  MapFlags.NO_COMMON_LRU |
  MapFlags.NUMA_NODE |
  MapFlags.RDONLY |
  MapFlags.WRONLY |
  MapFlags.ZERO_SEED |
  PROGRAM_ACCESS_FLAGS;

/** What the kernel's element needs beside key and value. */
const ELEMENT_OVERHEAD = 48;
const MAX_BUCKETS = 2 ** 27;

const LRU: ReadonlySet<number> = new Set([MapType.LRU_HASH, MapType.LRU_PERCPU_HASH]);
const PER_CPU: ReadonlySet<number> = new Set([MapType.PERCPU_HASH, MapType.LRU_PERCPU_HASH]);

export const hash: MapFamily = {
  early(request, permissions) {
    if (request.flags & MapFlags.ZERO_SEED && !permissions.may('CAP_SYS_ADMIN')) {
      throw new BpfError('EPERM', 'MAP_CREATE', 'map_flags: ZERO_SEED needs CAP_SYS_ADMIN');
    }
    checkHashFlags(request);
    request.checkMaxEntries();
    if (request.keySize === 0) throw request.invalid('key_size', 'at least 1');
    if (request.valueSize === 0) throw request.invalid('value_size', 'at least 1');
    checkElementSize(request);
  },
  late: checkBuckets,
};

export const hashOfMaps: MapFamily = {
  early(request, permissions) {
    if (request.valueSize !== 4) throw request.invalid('value_size', `4 for ${request.typeName} maps`);
    hash.early?.(request, permissions);
  },
  late: checkBuckets,
};

function checkHashFlags(request: CreateRequest): void {
  const { flags, type } = request;
  request.checkFlags(FLAGS);
  if (flags & MapFlags.NO_COMMON_LRU && !LRU.has(type))
    throw request.invalid('map_flags', 'NO_COMMON_LRU on LRU maps only');
  if (flags & MapFlags.NO_PREALLOC && LRU.has(type)) {
    throw new BpfError('ENOTSUPP', 'MAP_CREATE', 'map_flags: NO_PREALLOC, which LRU maps do not support');
  }
  if (request.numaNode !== NO_NODE && (PER_CPU.has(type) || flags & MapFlags.NO_COMMON_LRU)) {
    throw request.invalid('numa_node', '-1 where memory is per CPU');
  }
}

function checkElementSize(request: CreateRequest): void {
  const limit = MAX_ALLOCATION - ELEMENT_OVERHEAD;
  const sum = request.keySize + request.valueSize;
  if (sum >= limit)
    throw request.tooBig('value_size', `key_size + value_size, which is ${sum}, to be less than ${limit}`);
  if (PER_CPU.has(request.type) && padded(request.valueSize) > MAX_PERCPU_ALLOCATION) {
    throw request.tooBig('value_size', `at most ${MAX_PERCPU_ALLOCATION} for ${request.typeName} maps`);
  }
}

/** The bucket count is max_entries rounded up to a power of two. */
function checkBuckets(request: CreateRequest): void {
  if (request.maxEntries > MAX_BUCKETS) throw request.tooBig('max_entries', `at most ${MAX_BUCKETS}`);
}
