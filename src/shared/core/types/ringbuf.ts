/**
 * RINGBUF: many producers, one consumer (SPEC §6.7, §9.5).
 *
 * Fact 1. A reservation is made under the map's lock: the header is written busy, then the producer position is moved
 *   behind it by one store [R1]. A thread that stops before that store has reserved nothing. So a ring is whole before
 *   and after every store, nobody needs to be held off while it is recovered, and no operation record is kept: the lock
 *   names its owner, and SLOT_RINGS (fact 3) says that the slot is at work on some ring.
 * Fact 2. A record is committed by one exchange of its header, so that it is busy as long as it says whose it is, after its payload and, where it crosses the end,
 *   the copy of its tail to the start of the data [R2]. The consumer stops at a busy record.
 * Fact 3. A record that is busy belongs to the slot in its second word. The slot counts its reservations (SLOT_RINGS,
 *   changed before the lock is tried and after the commit, so that it is never too small). Recovery of a slot whose
 *   count is not 0 looks through all rings, discards what is still the slot's, and opens the locks that it held.
 * Fact 4. The consumer position is moved by the consumer alone; producers reserve no byte that it has not given back.
 *   The distance to the oldest busy record is bounded as well, as in the kernel.
 */
import { MUTANT, MUTANT_OWNER_FORGOTTEN } from '../build';
import { EAGAIN, EINVAL, ENOENT } from '../errno';
import { MAP_LOCK, MAP_TYPE, RINGBUF, SLOT_RINGS } from '../layout';
import { acquire, isOwnedBy, release, startBudget } from '../locks';
import { currentSlot, self } from '../self';
import { step } from '../step';
import {
  BUSY, busyTag, consumerWord, dataOf, DISCARD, doneTag, lengthOf, mapOfRecord, ownerOf, producerWord, RECORD_HEADER, recordAt,
  recordBytes, RING_EVENT, RING_PENDING, sizeOf,
} from './ring-layout';

const NO_WAKEUP: u64 = 1;
const FORCE_WAKEUP: u64 = 2;
const LONGEST: u64 = 0x3fffffff;

/** Address of the payload, or 0: no room. */
export function reserveRecord(map: usize, size: u64): usize {
  if (size > LONGEST) return 0;
  const bytes = recordBytes(<u32>size);
  if (bytes > sizeOf(map)) return 0;
  countRings(1);
  startBudget();
  const record = acquire(map + MAP_LOCK, 0) == 0 ? reserveLocked(map, <u32>size, bytes) : 0;
  if (record != 0) return record + RECORD_HEADER;
  countRings(-1);
  return 0;
}

function reserveLocked(map: usize, size: u32, bytes: u32): usize {
  const record = reserve(map, size, bytes);
  release(map + MAP_LOCK);
  return record;
}

function reserve(map: usize, size: u32, bytes: u32): usize {
  const producer = atomic.load<u64>(producerWord(map));
  const end = producer + bytes;
  const room = <u64>sizeOf(map) - 1;
  const pending = advancePending(map, producer);
  if (end - atomic.load<u64>(consumerWord(map)) > room || end - pending > room) return 0;
  const record = recordAt(map, producer);
  step();
  store<u32>(record, size | BUSY);
  step();
  store<u32>(record, busyTag(map, record, <u32>currentSlot() + 1), 4);
  step();
  atomic.store<u64>(producerWord(map), end); // [R1] busy before visible
  return record;
}

/** Position of the oldest busy record, or the producer's. */
function advancePending(map: usize, producer: u64): u64 {
  const from = load<u64>(map + RING_PENDING);
  let position = from;
  while (position < producer) {
    const header = atomic.load<u32>(recordAt(map, position));
    if ((header & BUSY) != 0) break;
    position += recordBytes(lengthOf(header));
  }
  if (position != from) {
    step();
    store<u64>(map + RING_PENDING, position);
  }
  return position;
}

function countRings(change: i32): void {
  const word = self() + SLOT_RINGS;
  step();
  store<u32>(word, load<u32>(word) + change);
}

/** Commit or discard what `reserveRecord` gave. Unknown flags are ignored. */
export function commitRecord(payload: usize, discard: u32, flags: u64): void {
  complete(payload - RECORD_HEADER, discard, flags);
  countRings(-1);
}

function complete(record: usize, discard: u32, flags: u64): void {
  const map = mapOfRecord(record);
  const length = lengthOf(load<u32>(record));
  copyTail(map, record, length);
  const done = <u64>doneTag(load<u32>(record, 4));
  if (MUTANT == MUTANT_OWNER_FORGOTTEN) store<u32>(record, <u32>done, 4);
  step();
  atomic.xchg<u64>(record, (done << 32) | <u64>(length | discard)); // [R2] payload before commit
  const consumer = atomic.load<u64>(consumerWord(map));
  if ((flags & FORCE_WAKEUP) != 0) wake(map);
  else if ((flags & NO_WAKEUP) == 0 && recordAt(map, consumer) == record) wake(map);
}

/** What was written behind the end lies at the start as well. */
function copyTail(map: usize, record: usize, length: u32): void {
  const data = dataOf(map);
  const end = data + sizeOf(map);
  const stop = record + RECORD_HEADER + length;
  if (stop <= end) return;
  step();
  memory.copy(data, end, stop - end);
}

function wake(map: usize): void {
  atomic.add<u32>(map + RING_EVENT, 1);
  atomic.notify(map + RING_EVENT, -1);
}

/** As bpf_ringbuf_output: 0, -EAGAIN (no room), -EINVAL (flags). */
export function ringbufOutput(map: usize, data: usize, size: u64, flags: u64): i32 {
  if ((flags & ~(NO_WAKEUP | FORCE_WAKEUP)) != 0) return -EINVAL;
  const payload = reserveRecord(map, size);
  if (payload == 0) return -EAGAIN;
  memory.copy(payload, data, <usize>size);
  commitRecord(payload, 0, flags);
  return 0;
}

/** As bpf_ringbuf_query. */
export function ringbufQuery(map: usize, what: u64): u64 {
  const consumer = atomic.load<u64>(consumerWord(map));
  const producer = atomic.load<u64>(producerWord(map));
  if (what == 0) return producer - consumer;
  if (what == 1) return sizeOf(map);
  if (what == 2) return consumer;
  return what == 3 ? producer : 0;
}

// ---- the consumer ----

/** Header of the oldest committed record, 0: none, or it is busy. Discarded ones before it are consumed on the way. */
export function nextRecord(map: usize): usize {
  while (true) {
    const consumer = atomic.load<u64>(consumerWord(map));
    if (consumer >= atomic.load<u64>(producerWord(map))) return 0; // [R1] busy before visible
    const record = recordAt(map, consumer);
    const header = atomic.load<u32>(record); // [R2] payload before commit
    if ((header & BUSY) != 0) return 0;
    if ((header & DISCARD) == 0) return record;
    consume(map, consumer, header);
  }
}

/** Give back the record that `nextRecord` gave. 0, or -ENOENT if there is none. */
export function consumeRecord(map: usize): i32 {
  const record = nextRecord(map);
  if (record == 0) return -ENOENT;
  consume(map, atomic.load<u64>(consumerWord(map)), atomic.load<u32>(record));
  return 0;
}

function consume(map: usize, consumer: u64, header: u32): void {
  step();
  atomic.store<u64>(consumerWord(map), consumer + recordBytes(lengthOf(header)));
}

// ---- recovery ----

/** Discard what the dead thread of `slot` had reserved here, and open the lock if it held it. */
export function discardOwned(map: usize, slot: u32): void {
  if (load<u32>(map + MAP_TYPE) != RINGBUF) return;
  if (isOwnedBy(map + MAP_LOCK, slot)) release(map + MAP_LOCK);
  const producer = atomic.load<u64>(producerWord(map));
  let position = atomic.load<u64>(consumerWord(map));
  while (position < producer) {
    const record = recordAt(map, position);
    const header = atomic.load<u32>(record);
    const tag = atomic.load<u32>(record, 4);
    // What the consumer has given back meanwhile may be written anew; it never passes a record that is looked for here.
    const consumer = atomic.load<u64>(consumerWord(map));
    if (consumer > position) {
      position = consumer;
      continue;
    }
    if ((header & BUSY) != 0 && ownerOf(tag) == slot + 1) complete(record, DISCARD, 0);
    position += recordBytes(lengthOf(header));
  }
}
