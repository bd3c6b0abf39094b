/**
 * Running a program over a batch of packets: an XDP run copies its packet into the thread's run area, behind 256 bytes
 * of headroom, and back.
 */
import { enter, leave } from '../epochs';
import { self } from '../self';
import { runArea } from '../slots';

const STACK_TOP: usize = 8192;
const CONTEXT: usize = 8448;
const PACKET: usize = 12288;
const HEADROOM: usize = 256;
const ROOM: u32 = 65536 - 12288 - 256;
const RECORD_BYTES: usize = 32;
const EMSGSIZE: i32 = 90;

let position: u32 = 0;

/** Packets done, or -EMSGSIZE when the first one does not fit. A trap propagates; `batchPosition` then names the packet. */
export function runBatch(entry: u32, batch: usize, first: u32, count: u32, programType: u32, perSection: u32): i32 {
  position = first;
  const end = first + count;
  const area = runArea(self());
  while (position < end) {
    const stop = min(end, position + max(perSection, 1));
    enter();
    while (position < stop) {
      if (!runOne(entry, area, batch + position * RECORD_BYTES)) break;
      position++;
    }
    leave();
    if (position < stop) break;
  }
  return position == first && count > 0 ? -EMSGSIZE : <i32>(position - first);
}

export function batchPosition(): u32 {
  return position;
}

function runOne(entry: u32, area: usize, record: usize): bool {
  const length = load<u32>(record, 4);
  if (length > ROOM) return false;
  const packet = area + PACKET + HEADROOM;
  memory.copy(packet, load<u32>(record), length);
  const context = area + CONTEXT;
  memory.fill(context, 0, 64);
  store<u32>(context, <u32>packet);
  store<u32>(context, <u32>(packet + length), 4);
  store<u32>(context, <u32>packet, 8);
  store<u32>(context, load<u32>(record, 16), 12);
  store<u32>(context, load<u32>(record, 20), 16);
  const verdict = call_indirect<u64>(entry, <u64>context, <u32>(area + STACK_TOP));
  copyBack(context, record);
  store<u32>(record, <u32>verdict, 12);
  return true;
}

function copyBack(context: usize, record: usize): void {
  const data = load<u32>(context);
  const length = load<u32>(context, 4) - data;
  const capacity = load<u32>(record, 8);
  if (capacity == 0) return;
  memory.copy(load<u32>(record), data, min(length, capacity));
  store<u32>(record, length, 4);
}
