/** What a thread leaves in ring buffers: records that it reserved and did not commit, drains that it did not end. */
import { enter, leave } from './epochs';
import { eachMap } from './id-table';
import { MAP_TYPE, RINGBUF, SLOT_RINGS, USER_RINGBUF } from './layout';
import { slotAt } from './self';
import { step } from './step';
import { discardOwned } from './types/ringbuf';
import { endDrainOf } from './types/user-ringbuf';

/** Look through all rings if the slot counts any work in one. Twice is once. */
export function endRingWork(slot: u32): void {
  const word = slotAt(slot) + SLOT_RINGS;
  if (load<u32>(word) == 0) return;
  enter(); // main may be freeing maps meanwhile
  for (let map = eachMap(0); map != 0; map = eachMap(map)) {
    const type = load<u32>(map + MAP_TYPE);
    if (type == RINGBUF) discardOwned(map, slot);
    else if (type == USER_RINGBUF) endDrainOf(map, slot);
  }
  step();
  store<u32>(word, 0);
  leave();
}
