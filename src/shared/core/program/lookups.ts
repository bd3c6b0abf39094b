/** Look-ups of compiled programs whose map type is known: 32-bit addresses in and out. */
import { arrayFind } from '../types/array';
import { percpuArrayFind } from '../types/percpu-array';

export function lookup_array(map: u32, key: u32): u32 {
  return <u32>arrayFind(map, key);
}

export function lookup_percpu_array(map: u32, key: u32): u32 {
  return <u32>percpuArrayFind(map, key);
}
