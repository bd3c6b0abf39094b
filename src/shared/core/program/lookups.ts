/** Look-ups of compiled programs whose map type is known: 32-bit addresses in and out. */
import { arrayFind } from '../types/array';
import { lookup_hash_4 } from '../types/hash-lookup';
import { lpmFind } from '../types/lpm-trie';
import { lruFind } from '../types/lru-hash';
import { percpuArrayFind } from '../types/percpu-array';
import { percpuHashFind } from '../types/percpu-hash';

export function lookup_array(map: u32, key: u32): u32 {
  return <u32>arrayFind(map, key);
}

export function lookup_percpu_array(map: u32, key: u32): u32 {
  return <u32>percpuArrayFind(map, key);
}

export function lookup_lpm_trie(map: u32, key: u32): u32 {
  return <u32>lpmFind(map, key);
}

export function lookup_percpu_hash(map: u32, key: u32): u32 {
  return <u32>percpuHashFind(map, key);
}

/** LRU_HASH and LRU_PERCPU_HASH: marks the element as used. */
export function lookup_lru_hash(map: u32, key: u32): u32 {
  return <u32>lruFind(map, key);
}

/** Inner map address or 0. */
export function lookup_hash_of_maps_4(map: u32, key: u32): u32 {
  const value = lookup_hash_4(map, key);
  return value == 0 ? 0 : atomic.load<u32>(value);
}
