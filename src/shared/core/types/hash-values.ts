/** Values of the hash family as the syscall side reads them: of a per-CPU type, the slots of all CPUs. */
import { MAP_TYPE, MAP_VALUE_BYTES, MAP_VALUE_SIZE, LRU_PERCPU_HASH, PERCPU_HASH } from '../layout';
import { readValue } from '../values';

function isPerCpu(map: usize): bool {
  const type = load<u32>(map + MAP_TYPE);
  return type == PERCPU_HASH || type == LRU_PERCPU_HASH;
}

/** Bytes that one value takes when it is copied out. */
export function readFamilyBytes(map: usize): u32 {
  return isPerCpu(map) ? load<u32>(map + MAP_VALUE_BYTES) : load<u32>(map + MAP_VALUE_SIZE);
}

export function readFamilyValue(map: usize, out: usize, value: usize): void {
  if (isPerCpu(map)) memory.copy(out, value, load<u32>(map + MAP_VALUE_BYTES));
  else readValue(map, out, value);
}
