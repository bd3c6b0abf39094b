import { MapFlags } from '../../../shared/uapi.js';
import { type MapFamily, MAX_ALLOCATION, PROGRAM_ACCESS_FLAGS } from './request.js';

/** 4 bytes of prefix length, then 1 to 256 bytes of data. */
const MIN_KEY_SIZE = 5;
const MAX_KEY_SIZE = 260;
/** A node holds the largest key beside the value. */
const MAX_VALUE_SIZE = MAX_ALLOCATION - 280;

export const lpmTrie: MapFamily = {
  late(request) {
    request.checkMaxEntries();
    request.checkFlags(
      MapFlags.NO_PREALLOC | MapFlags.NUMA_NODE | MapFlags.RDONLY | MapFlags.WRONLY | PROGRAM_ACCESS_FLAGS,
    );
    if ((request.flags & MapFlags.NO_PREALLOC) === 0) throw request.invalid('map_flags', 'NO_PREALLOC (1) to be set');
    if (request.keySize < MIN_KEY_SIZE || request.keySize > MAX_KEY_SIZE) {
      throw request.invalid('key_size', `${MIN_KEY_SIZE} to ${MAX_KEY_SIZE}`);
    }
    if (request.valueSize < 1 || request.valueSize > MAX_VALUE_SIZE) {
      throw request.invalid('value_size', `1 to ${MAX_VALUE_SIZE}`);
    }
  },
};
