/** Helpers of compiled programs that need no map. */
import { E2BIG, EINVAL } from '../errno';
import { currentCpu } from '../slots';

let state: u64 = 0;

/** Start value of this thread's random numbers; not 0. */
export function seedRandom(low: u32, high: u32): void {
  state = (<u64>high << 32) | <u64>low | 1;
}

/** bpf_get_prandom_u32(): xorshift64* (Vigna 2016); not for secrets. */
export function helper_7(): u64 {
  let x = state == 0 ? <u64>0x9e3779b97f4a7c15 : state;
  x ^= x >> 12;
  x ^= x << 25;
  x ^= x >> 27;
  state = x;
  return (x * <u64>0x2545f4914f6cdd1d) >> 32;
}

export function prandom(): u32 {
  return <u32>helper_7();
}

/** bpf_get_smp_processor_id() */
export function helper_8(): u64 {
  return currentCpu();
}

/** bpf_get_numa_node_id(): there is one node. */
export function helper_42(): u64 {
  return 0;
}

/** bpf_strncmp(s1, s1_size, s2): s2 is NUL-terminated. */
export function helper_182(a: u64, size: u64, b: u64): i64 {
  const length = <u32>size;
  for (let index: u32 = 0; index < length; index++) {
    const left = <i32>load<u8>(<usize>a + index);
    const right = <i32>load<u8>(<usize>b + index);
    if (left != right) return left < right ? -1 : 1;
    if (left == 0) return 0;
  }
  return 0;
}

const MAX_LOOPS: u64 = 8388608;

/** bpf_loop(count, callback, context, flags): how often the callback ran. */
export function helper_181(count: u64, callback: u64, context: u64, flags: u64, stackTop: u32): i64 {
  const rounds = count & 0xffffffff;
  if (flags != 0) return -EINVAL;
  if (rounds > MAX_LOOPS) return -E2BIG;
  for (let index: u64 = 0; index < rounds; index++) {
    if (call_indirect<u64>(<u32>callback, index, context, <u64>0, <u64>0, <u64>0, stackTop) != 0) return <i64>(index + 1);
  }
  return <i64>rounds;
}
