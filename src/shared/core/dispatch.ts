/** What depends on a map's type: one switch for each thing that a type does. See maps.ts for what each has to do. */
import { EINVAL, ENOTSUPP } from './errno';
import { ARRAY, ARRAY_OF_MAPS, MAP_TYPE, MAP_VALUE_SIZE } from './layout';
import { arrayBytes, arrayFind, arrayInit, arrayRead, arrayUpdate, indexNextKey } from './types/array';
import { arrayOfMapsBytes, arrayOfMapsFind, arrayOfMapsInit } from './types/array-of-maps';

/** Bytes behind the header; 0: the core holds no such type. */
export function typeBytes(type: u32, keySize: u32, valueSize: u32, maxEntries: u32, flags: u32, extra: u32): u64 {
  switch (type) {
    case ARRAY: return arrayBytes(valueSize, maxEntries);
    case ARRAY_OF_MAPS: return arrayOfMapsBytes(maxEntries);
    default: return 0;
  }
}

export function typeInit(map: usize): void {
  switch (load<u32>(map + MAP_TYPE)) {
    case ARRAY: arrayInit(map); break;
    case ARRAY_OF_MAPS: arrayOfMapsInit(map); break;
    default: break;
  }
}

export function typeFind(map: usize, key: usize): usize {
  switch (load<u32>(map + MAP_TYPE)) {
    case ARRAY: return arrayFind(map, key);
    case ARRAY_OF_MAPS: return arrayOfMapsFind(map, key);
    default: return 0;
  }
}

/** Copy the value at `value` (from `typeFind`) out, as the syscall side gets it. */
export function typeRead(map: usize, out: usize, value: usize): void {
  switch (load<u32>(map + MAP_TYPE)) {
    case ARRAY: arrayRead(map, out, value); break;
    default: memory.copy(out, value, load<u32>(map + MAP_VALUE_SIZE));
  }
}

export function typeUpdate(map: usize, key: usize, value: usize, flags: u32): i32 {
  switch (load<u32>(map + MAP_TYPE)) {
    case ARRAY: return arrayUpdate(map, key, value, flags);
    default: return -ENOTSUPP;
  }
}

export function typeRemove(map: usize, key: usize): i32 {
  switch (load<u32>(map + MAP_TYPE)) {
    case ARRAY: return -EINVAL;
    default: return -ENOTSUPP;
  }
}

export function typeNextKey(map: usize, key: usize, out: usize): i32 {
  switch (load<u32>(map + MAP_TYPE)) {
    case ARRAY:
    case ARRAY_OF_MAPS: return indexNextKey(map, key, out);
    default: return -ENOTSUPP;
  }
}

/** Live elements, where the type counts them. */
export function typeCount(map: usize): u32 {
  return 0;
}

/** Make whole what a thread left that stopped in this map. Its writers are held off; the caller opens the locks. */
export function typeRecover(map: usize, lock: usize, slot: u32): void {
}

/** Free what lies outside the map's block. */
export function typeDestroy(map: usize): void {
}
