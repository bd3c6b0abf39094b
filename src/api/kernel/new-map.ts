import { Errno } from '../../shared/errno.js';
import { mapTypeName } from '../../shared/uapi.js';
import { BpfError } from '../errors.js';
import type { MapBtf, MapProperties } from './objects.js';

/** A map to be created; its properties have been checked. */
export interface NewMap extends MapProperties {
  readonly name?: string;
  /** Start value of the hash function. Default 0. */
  readonly seed?: number;
  readonly extra?: number;
  /** The map takes a reference of its own. */
  readonly btf?: MapBtf | undefined;
}

/** The error for a map that the core refused to make, with what the caller can do about it. */
export function createFailure(errno: number, map: NewMap): BpfError {
  const size = `${mapTypeName(map.type)} with key_size ${map.keySize}, value_size ${map.valueSize}, max_entries ${map.maxEntries}`;
  if (errno === Errno.ENOMEM) {
    return new BpfError(
      'ENOMEM',
      'MAP_CREATE',
      `no room in the arena for a map of type ${size}: free maps or create the runtime with more memory`,
    );
  }
  if (errno === Errno.EINVAL) {
    // The core's word for a type that it does not hold: attributes were checked before.
    const missing = `${mapTypeName(map.type)} maps`;
    return new BpfError('ENOTSUPP', 'MAP_CREATE', `map_type: ${missing} are valid but not there yet in this version`, {
      missing,
    });
  }
  return BpfError.of(errno, 'MAP_CREATE', `the core refused a map of type ${size}`);
}
