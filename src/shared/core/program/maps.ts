/** Map helpers of compiled programs (SPEC §6): the helper's number names the export, arguments and results are 64 bits. */
import { typeFindOnCpu, typeProgramFind, typeProgramUpdate, typeRemove } from '../dispatch';
import { EINVAL, ENOENT } from '../errno';
import { BLOOM_FILTER, MAP_TYPE, MAP_VALUE_SIZE } from '../layout';
import { bloomAdd, bloomTest } from '../types/bloom-filter';
import { perfOutput } from '../types/perf-event-array';
import { queuePeek, queuePop, queuePush } from '../types/queue-stack';

/** Value address (inner map of an outer map) or 0: any map type. */
export function lookup_any(map: u32, key: u32): u32 {
  return <u32>typeProgramFind(map, key);
}

/** bpf_map_lookup_elem(map, key) */
export function helper_1(map: u64, key: u64): u64 {
  return typeProgramFind(<usize>map, <usize>key);
}

/** bpf_map_update_elem(map, key, value, flags) */
export function helper_2(map: u64, key: u64, value: u64, flags: u64): i64 {
  if (flags > <u64>u32.MAX_VALUE) return -EINVAL;
  return typeProgramUpdate(<usize>map, <usize>key, <usize>value, <u32>flags);
}

/** bpf_map_delete_elem(map, key) */
export function helper_3(map: u64, key: u64): i64 {
  return typeRemove(<usize>map, <usize>key);
}

/** bpf_map_push_elem(map, value, flags) */
export function helper_87(map: u64, value: u64, flags: u64): i64 {
  if (flags > <u64>u32.MAX_VALUE) return -EINVAL;
  if (load<u32>(<usize>map + MAP_TYPE) == BLOOM_FILTER) return bloomAdd(<usize>map, <usize>value, <u32>flags);
  return queuePush(<usize>map, <usize>value, <u32>flags);
}

/** bpf_map_pop_elem(map, value): a value that is not there reads as zeros. */
export function helper_88(map: u64, value: u64): i64 {
  return orZeros(<usize>map, <usize>value, queuePop(<usize>map, <usize>value));
}

/** bpf_map_peek_elem(map, value) */
export function helper_89(map: u64, value: u64): i64 {
  if (load<u32>(<usize>map + MAP_TYPE) == BLOOM_FILTER) return bloomTest(<usize>map, <usize>value);
  return orZeros(<usize>map, <usize>value, queuePeek(<usize>map, <usize>value));
}

function orZeros(map: usize, value: usize, result: i32): i64 {
  if (result == -ENOENT) memory.fill(value, 0, load<u32>(map + MAP_VALUE_SIZE));
  return result;
}

/** bpf_map_lookup_percpu_elem(map, key, cpu) */
export function helper_195(map: u64, key: u64, cpu: u64): u64 {
  return typeFindOnCpu(<usize>map, <usize>key, <u32>cpu);
}

/** bpf_perf_event_output(ctx, map, flags, data, size) */
export function helper_25(context: u64, map: u64, flags: u64, data: u64, size: u64): i64 {
  return perfOutput(<usize>map, flags, <usize>data, <u32>size);
}
