/** ARRAY_OF_MAPS: a word for each slot, the address of the inner map or 0. A swap is one exchange. Writer: main. */
import { MUTANT, MUTANT_STAMP_BEFORE_UNLINK } from '../build';
import { E2BIG } from '../errno';
import { stampNow } from '../epochs';
import { MAP_DATA, MAP_MAX_ENTRIES, MAP_STAMP, MAP_STRIDE } from '../layout';
import { step } from '../step';

export function arrayOfMapsBytes(maxEntries: u32): u64 {
  return <u64>maxEntries * 4;
}

export function arrayOfMapsInit(map: usize): void {
  store<u32>(map + MAP_STRIDE, 4);
}

/** Address of the inner map; 0 = empty or out of range. */
export function arrayOfMapsFind(map: usize, key: usize): usize {
  const index = load<u32>(key);
  return index < load<u32>(map + MAP_MAX_ENTRIES) ? <usize>atomic.load<u32>(map + MAP_DATA + (<usize>index << 2)) : 0;
}

/** Exchange slot `index` for `inner` (0 = empty). The old inner map, 0 = was empty, or -E2BIG. */
export function arrayOfMapsExchange(map: usize, index: u32, inner: usize): f64 {
  if (index >= load<u32>(map + MAP_MAX_ENTRIES)) return -E2BIG;
  notePublished(inner);
  step();
  return <f64>atomic.xchg<u32>(map + MAP_DATA + (<usize>index << 2), <u32>inner); // [P2] unlink before stamp
}

/** The mutant that stamps before it unlinks. */
export function notePublished(inner: usize): void {
  if (MUTANT == MUTANT_STAMP_BEFORE_UNLINK && inner != 0) store<u64>(inner + MAP_STAMP, stampNow());
}
