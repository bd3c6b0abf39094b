/** Ring buffers, as JavaScript calls for them: positions and addresses as f64. */
import { consumeRecord, nextRecord, ringbufOutput, ringbufQuery } from './types/ringbuf';
import { baseOf, RING_EVENT } from './types/ring-layout';

export function ringbufOutputF64(map: usize, data: usize, size: u32, flags: u32): i32 {
  return ringbufOutput(map, data, size, flags);
}

export function ringbufQueryF64(map: usize, what: u32): f64 {
  return <f64>ringbufQuery(map, what);
}

/** Header address of the oldest committed record, 0 = none. */
export function ringbufNext(map: usize): f64 {
  return <f64>nextRecord(map);
}

export function ringbufConsume(map: usize): i32 {
  return consumeRecord(map);
}

export function ringbufEvent(map: usize): f64 {
  return <f64>(map + RING_EVENT);
}

/** Where a mapping of the ring begins: the consumer's page, the producer's page, the data twice. */
export function ringData(map: usize): f64 {
  return <f64>baseOf(map);
}
