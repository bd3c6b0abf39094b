/** ARRAY, PERCPU_ARRAY, and arrays of descriptors: ARRAY_OF_MAPS, PROG_ARRAY and their like. */
import { MapFlags, MapType } from '../../../shared/uapi.js';
import {
  type CreateRequest,
  type MapFamily,
  MAX_PERCPU_ALLOCATION,
  padded,
  type Permissions,
  PROGRAM_ACCESS_FLAGS,
} from './request.js';

const COMMON = MapFlags.NUMA_NODE | MapFlags.RDONLY | MapFlags.WRONLY;

/** Flags that some arrays take beyond the common ones. */
const EXTRA_FLAGS: Readonly<Record<number, number>> = {
  [MapType.ARRAY]: PROGRAM_ACCESS_FLAGS | MapFlags.MMAPABLE | MapFlags.INNER_MAP,
  [MapType.PERCPU_ARRAY]: PROGRAM_ACCESS_FLAGS,
  [MapType.PERF_EVENT_ARRAY]: MapFlags.PRESERVE_ELEMS,
};

const MAX_VALUE_SIZE = 0x7fff_ffff;
/** Without CAP_PERFMON an array is padded to a power of two, against speculative out-of-bounds loads. */
const MAX_PADDED_ENTRIES = 2 ** 31;

export const array: MapFamily = {
  early(request) {
    checkArray(request);
    if (request.type !== MapType.PERCPU_ARRAY) return;
    request.checkNoNode();
    checkPerCpuValue(request);
  },
  late: checkPadding,
};

/** Elements are set by descriptor and read as ids: 4 bytes. */
export const descriptorArray: MapFamily = {
  early(request) {
    if (request.valueSize !== 4) throw request.invalid('value_size', `4 for ${request.typeName} maps`);
    checkArray(request);
  },
  late: checkPadding,
};

function checkArray(request: CreateRequest): void {
  request.checkFlags(COMMON | (EXTRA_FLAGS[request.type] ?? 0));
  request.checkMaxEntries();
  request.checkKeySize(4);
  if (request.valueSize === 0) throw request.invalid('value_size', 'at least 1');
  if (request.valueSize > MAX_VALUE_SIZE) throw request.tooBig('value_size', `at most ${MAX_VALUE_SIZE}`);
}

function checkPerCpuValue(request: CreateRequest): void {
  if (padded(request.valueSize) <= MAX_PERCPU_ALLOCATION) return;
  throw request.tooBig('value_size', `at most ${MAX_PERCPU_ALLOCATION} for ${request.typeName} maps`);
}

function checkPadding(request: CreateRequest, permissions: Permissions): void {
  if (request.maxEntries <= MAX_PADDED_ENTRIES || permissions.may('CAP_PERFMON')) return;
  throw request.tooBig('max_entries', `at most ${MAX_PADDED_ENTRIES} without CAP_PERFMON`);
}
