/**
 * USER_RINGBUF: user space produces, programs drain (SPEC §6.7). The producer is one thread at a time (the map's lock);
 * a drain is one thread at a time too (RING_DRAINER, which names its slot, so that recovery opens it).
 *
 * The data that counts lies in the first half: a mapping may write there as it likes. Before a sample that crosses the
 * end is given to a program, its tail is copied behind the first half, so that the program finds it in one piece.
 */
import { DYNPTR_BYTES, initDynptr, READ_ONLY } from '../program/dynptr';
import { E2BIG, EAGAIN, EBUSY, EINVAL } from '../errno';
import { MAP_LOCK, MAP_TYPE, SLOT_RINGS, USER_RINGBUF } from '../layout';
import { beginOperation, endOperation } from '../operations';
import { ownerWord, self } from '../self';
import { runArea } from '../slots';
import { step } from '../step';
import { BUSY, consumerWord, dataOf, DISCARD, lengthOf, producerWord, RECORD_HEADER, recordAt, recordBytes, RING_DRAINER, RING_EVENT, sizeOf } from './ring-layout';

const NO_WAKEUP: u64 = 1;
const FORCE_WAKEUP: u64 = 2;
const MAX_SAMPLES: u32 = 128 * 1024;
const ENODATA: i32 = 61;
/** Largest dynptr. */
const LONGEST_SAMPLE: u32 = 0xffffff;

/** Append a sample. 0, -EAGAIN (no room), -E2BIG (never any room), -ETIMEDOUT. */
export function userRingbufOutput(map: usize, data: usize, size: u32): i32 {
  const bytes = <u64>recordBytes(size);
  if (size > LONGEST_SAMPLE || bytes > sizeOf(map)) return -E2BIG;
  const failed = beginOperation(map, map + MAP_LOCK);
  if (failed != 0) return failed;
  const result = append(map, data, size, bytes);
  endOperation(map + MAP_LOCK);
  return result;
}

function append(map: usize, data: usize, size: u32, bytes: u64): i32 {
  const producer = atomic.load<u64>(producerWord(map));
  if (producer + bytes - atomic.load<u64>(consumerWord(map)) > sizeOf(map)) return -EAGAIN;
  const record = recordAt(map, producer);
  const end = dataOf(map) + sizeOf(map);
  const payload = record + RECORD_HEADER;
  const first = min<usize>(size, payload < end ? end - payload : 0);
  step();
  store<u64>(record, size);
  step();
  memory.copy(payload, data, first);
  memory.copy(dataOf(map), data + first, size - first);
  step();
  atomic.store<u64>(producerWord(map), producer + bytes);
  return 0;
}

let sample: usize = 0;
let sampleSize: u32 = 0;

/** As bpf_user_ringbuf_drain: samples given to the callback, or -errno. */
export function drainUserRingbuf(map: usize, callback: u32, context: u64, flags: u64, stackTop: u32): i64 {
  if ((flags & ~(NO_WAKEUP | FORCE_WAKEUP)) != 0) return -EINVAL;
  countDrains(1);
  step();
  if (atomic.cmpxchg<u32>(map + RING_DRAINER, 0, ownerWord()) != 0) {
    countDrains(-1);
    return -EBUSY;
  }
  const result = drain(map, callback, context, stackTop);
  step();
  atomic.store<u32>(map + RING_DRAINER, 0);
  countDrains(-1);
  return result;
}

function drain(map: usize, callback: u32, context: u64, stackTop: u32): i64 {
  const dynptr = runArea(self()) + DYNPTR_SCRATCH;
  let given: i64 = 0;
  for (let round: u32 = 0; round < MAX_SAMPLES; round++) {
    const failed = peek(map);
    if (failed == -ENODATA) break;
    if (failed == -EAGAIN) continue;
    if (failed != 0) return failed;
    const size = sampleSize;
    initDynptr(dynptr, sample, size, READ_ONLY);
    given++;
    const stop = call_indirect<u64>(callback, <u64>dynptr, context, <u64>0, <u64>0, <u64>0, stackTop);
    consume(map, size);
    if (stop != 0) break;
  }
  return given;
}

/** Where in the run area the dynptr of a drain lies: above the stack, below the context's hidden fields. */
const DYNPTR_SCRATCH: usize = 11264;

/** The oldest sample, in one piece. 0, -ENODATA, -EAGAIN (a discarded one was consumed), -EINVAL, -E2BIG. */
function peek(map: usize): i32 {
  const producer = atomic.load<u64>(producerWord(map));
  if ((producer & 7) != 0) return -EINVAL;
  const consumer = atomic.load<u64>(consumerWord(map));
  if (consumer >= producer) return -ENODATA;
  const record = recordAt(map, consumer);
  const header = atomic.load<u32>(record);
  const length = lengthOf(header);
  const bytes = <u64>recordBytes(length);
  if (bytes > producer - consumer) return -EINVAL;
  if (bytes > sizeOf(map) || length > LONGEST_SAMPLE) return -E2BIG;
  if ((header & DISCARD) != 0) {
    consume(map, length);
    return -EAGAIN;
  }
  if ((header & BUSY) != 0) return -ENODATA;
  joinHalves(map, record, length);
  sample = record + RECORD_HEADER;
  sampleSize = length;
  return 0;
}

function joinHalves(map: usize, record: usize, length: u32): void {
  const data = dataOf(map);
  const end = data + sizeOf(map);
  const stop = record + RECORD_HEADER + length;
  if (stop <= end) return;
  step();
  memory.copy(end, data, stop - end);
}

function consume(map: usize, length: u32): void {
  step();
  atomic.store<u64>(consumerWord(map), atomic.load<u64>(consumerWord(map)) + recordBytes(length));
  atomic.add<u32>(map + RING_EVENT, 1);
  atomic.notify(map + RING_EVENT, -1);
}

function countDrains(change: i32): void {
  const word = self() + SLOT_RINGS;
  step();
  store<u32>(word, load<u32>(word) + change);
}

/** The dead thread of `slot` drains no more. */
export function endDrainOf(map: usize, slot: u32): void {
  if (load<u32>(map + MAP_TYPE) != USER_RINGBUF) return;
  if (atomic.load<u32>(map + RING_DRAINER) != slot + 1) return;
  step();
  atomic.store<u32>(map + RING_DRAINER, 0);
}

export { DYNPTR_BYTES };
