/** Ring-buffer helpers of compiled programs (SPEC §6.7). */
import { commitRecord, reserveRecord, ringbufOutput, ringbufQuery } from '../types/ringbuf';
import { DISCARD } from '../types/ring-layout';
import { drainUserRingbuf } from '../types/user-ringbuf';

/** bpf_ringbuf_output(map, data, size, flags) */
export function helper_130(map: u64, data: u64, size: u64, flags: u64): i64 {
  return ringbufOutput(<usize>map, <usize>data, size, flags);
}

/** bpf_ringbuf_reserve(map, size, flags): payload address, or 0. */
export function helper_131(map: u64, size: u64, flags: u64): u64 {
  return flags != 0 ? 0 : reserveRecord(<usize>map, size);
}

/** bpf_ringbuf_submit(record, flags) */
export function helper_132(record: u64, flags: u64): i64 {
  commitRecord(<usize>record, 0, flags);
  return 0;
}

/** bpf_ringbuf_discard(record, flags) */
export function helper_133(record: u64, flags: u64): i64 {
  commitRecord(<usize>record, DISCARD, flags);
  return 0;
}

/** bpf_ringbuf_query(map, what) */
export function helper_134(map: u64, what: u64): u64 {
  return ringbufQuery(<usize>map, what);
}

/** bpf_user_ringbuf_drain(map, callback, context, flags) */
export function helper_209(map: u64, callback: u64, context: u64, flags: u64, stackTop: u32): i64 {
  return drainUserRingbuf(<usize>map, <u32>callback, context, flags, stackTop);
}
