/**
 * PERF_EVENT_ARRAY: a word for each slot, the address of a ring (ringbuf.ts) that stands for a perf event, or 0.
 * Writer: main. A record is what perf gives for a raw sample: u32 size, then the data.
 */
import { E2BIG, EINVAL, ENOENT, ENOSPC } from '../errno';
import { MAP_DATA, MAP_MAX_ENTRIES, MAP_STRIDE } from '../layout';
import { currentCpu } from '../slots';
import { step } from '../step';
import { commitRecord, reserveRecord } from './ringbuf';

const CURRENT_CPU: u64 = 0xffffffff;
const INDEX_MASK: u64 = 0xffffffff;
/** Bits 32 to 51: bytes of the context to append; there is none to copy here. */
const CONTEXT_MASK: u64 = 0xfffff00000000;
const SAMPLE_HEADER: u32 = 4;

export function perfArrayBytes(maxEntries: u32): u64 {
  return <u64>maxEntries * 4;
}

export function perfArrayInit(map: usize): void {
  store<u32>(map + MAP_STRIDE, 4);
}

/** Exchange slot `index` for a ring (0 = empty). The old ring, 0 = was empty, or -E2BIG. */
export function perfEventSet(map: usize, index: u32, ring: usize): f64 {
  if (index >= load<u32>(map + MAP_MAX_ENTRIES)) return -E2BIG;
  step();
  return <f64>atomic.xchg<u32>(map + MAP_DATA + (<usize>index << 2), <u32>ring); // [P2] unlink before stamp
}

/** As bpf_perf_event_output without a context: 0, -EINVAL (flags), -E2BIG, -ENOENT (no event there), -ENOSPC. */
export function perfOutput(map: usize, flags: u64, data: usize, size: u32): i32 {
  if ((flags & ~(INDEX_MASK | CONTEXT_MASK)) != 0) return -EINVAL;
  const index = (flags & INDEX_MASK) == CURRENT_CPU ? currentCpu() : <u32>(flags & INDEX_MASK);
  if (index >= load<u32>(map + MAP_MAX_ENTRIES)) return -E2BIG;
  const ring = <usize>atomic.load<u32>(map + MAP_DATA + (<usize>index << 2));
  if (ring == 0) return -ENOENT;
  const record = reserveRecord(ring, <u64>size + SAMPLE_HEADER);
  if (record == 0) return -ENOSPC;
  store<u32>(record, size);
  memory.copy(record + SAMPLE_HEADER, data, size);
  commitRecord(record, 0, 0);
  return 0;
}
