/**
 * Dynptrs: 16 bytes on a program's stack (or in its run area), which the verifier keeps programs from touching:
 *   u32 address of the data (0 = null), u32 kind and READ_ONLY, u32 bytes, u32 offset of the first byte.
 */
import { E2BIG, EINVAL } from '../errno';
import { commitRecord, reserveRecord } from '../types/ringbuf';
import { DISCARD } from '../types/ring-layout';

export const DYNPTR_BYTES: u32 = 16;
const KIND: usize = 4;
const SIZE: usize = 8;
const OFFSET: usize = 12;
export const READ_ONLY: u32 = 0x80000000;
const LONGEST: u64 = 0xffffff;

export function initDynptr(dynptr: usize, data: usize, size: u32, kind: u32): void {
  store<u32>(dynptr, <u32>data);
  store<u32>(dynptr, kind, KIND);
  store<u32>(dynptr, size, SIZE);
  store<u32>(dynptr, 0, OFFSET);
}

function dataOf(dynptr: usize): usize {
  return <usize>load<u32>(dynptr);
}

/** bpf_dynptr_from_mem(data, size, flags, ptr) */
export function helper_197(data: u64, size: u64, flags: u64, dynptr: u64): i64 {
  const refused = flags != 0 ? -EINVAL : (size & 0xffffffff) > LONGEST ? -E2BIG : 0;
  if (refused != 0) initDynptr(<usize>dynptr, 0, 0, 0);
  else initDynptr(<usize>dynptr, <usize>data, <u32>size, 0);
  return refused;
}

/** bpf_ringbuf_reserve_dynptr(map, size, flags, ptr): the dynptr must be submitted or discarded even after an error. */
export function helper_198(map: u64, size: u64, flags: u64, dynptr: u64): i64 {
  const length = size & 0xffffffff;
  const refused = flags != 0 ? -EINVAL : length > LONGEST ? -E2BIG : 0;
  const payload = refused != 0 ? 0 : reserveRecord(<usize>map, length);
  initDynptr(<usize>dynptr, payload, payload == 0 ? 0 : <u32>length, 0);
  return refused != 0 ? refused : payload == 0 ? -EINVAL : 0;
}

/** bpf_ringbuf_submit_dynptr(ptr, flags) */
export function helper_199(dynptr: u64, flags: u64): i64 {
  return finish(<usize>dynptr, 0, flags);
}

/** bpf_ringbuf_discard_dynptr(ptr, flags) */
export function helper_200(dynptr: u64, flags: u64): i64 {
  return finish(<usize>dynptr, DISCARD, flags);
}

function finish(dynptr: usize, discard: u32, flags: u64): i64 {
  const data = dataOf(dynptr);
  if (data != 0) commitRecord(data, discard, flags);
  initDynptr(dynptr, 0, 0, 0);
  return 0;
}

/** bpf_dynptr_read(dst, len, src, offset, flags) */
export function helper_201(to: u64, length: u64, dynptr: u64, offset: u64, flags: u64): i64 {
  const from = <usize>dynptr;
  if (dataOf(from) == 0 || flags != 0) return -EINVAL;
  if (!isInside(from, <u32>offset, <u32>length)) return -E2BIG;
  memory.copy(<usize>to, byteAt(from, <u32>offset), <usize>(<u32>length));
  return 0;
}

/** bpf_dynptr_write(dst, offset, src, len, flags) */
export function helper_202(dynptr: u64, offset: u64, from: u64, length: u64, flags: u64): i64 {
  const to = <usize>dynptr;
  if (dataOf(to) == 0 || flags != 0 || (load<u32>(to, KIND) & READ_ONLY) != 0) return -EINVAL;
  if (!isInside(to, <u32>offset, <u32>length)) return -E2BIG;
  memory.copy(byteAt(to, <u32>offset), <usize>from, <usize>(<u32>length));
  return 0;
}

/** bpf_dynptr_data(ptr, offset, len): address, or 0. */
export function helper_203(dynptr: u64, offset: u64, length: u64): i64 {
  const from = <usize>dynptr;
  if (dataOf(from) == 0 || (load<u32>(from, KIND) & READ_ONLY) != 0) return 0;
  return isInside(from, <u32>offset, <u32>length) ? <i64>byteAt(from, <u32>offset) : 0;
}

function isInside(dynptr: usize, offset: u32, length: u32): bool {
  return <u64>offset + length <= load<u32>(dynptr, SIZE);
}

function byteAt(dynptr: usize, offset: u32): usize {
  return dataOf(dynptr) + load<u32>(dynptr, OFFSET) + offset;
}
