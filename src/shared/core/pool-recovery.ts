/**
 * Repairing a map's element pool while its writers are held off (operations.ts), and counting it.
 *
 * The type marks every element it can reach (`markLive`); the rest is done here: walk the pool and the limbo lists,
 * mark what they hold, and have every unmarked element arrive. A mark is a number that no repair used before, so that
 * old marks mean nothing, and a repair that is itself stopped begins anew.
 */
import { MUTANT, MUTANT_LOST_ON_DEATH } from './build';
import { chunkAddress, chunkOwner, RUN, setChunkOwner } from './chunks';
import {
  MAP_ARRIVALS, MAP_COUNT, MAP_ELEMENT_SIZE, MAP_FIXED_COUNT, MAP_GROWN, MAP_POOL, MAP_REAP_LOCK, MAP_RUN_CHUNKS, MAP_RUN_ELEMENTS,
  MAP_RUNS, MAP_VIRGIN, MAP_WAITING, SUPER, SUPER_END_CHUNK, SUPER_FIRST_CHUNK, SUPER_MARK, superWord,
} from './layout';
import { release } from './locks';
import { ELEMENT_LINK, ELEMENT_MARK, fixedElement, linkRun, retireElement, RUN_HEADER, RUN_MARK, RUN_NEXT } from './pool';
import { step } from './step';

/** A mark for one walk. */
export function newMark(): u32 {
  return atomic.add<u32>(SUPER + SUPER_MARK, 1) + 1;
}

/** Mark an element as reached. False if it was reached before: a list that runs into another. */
export function mark(element: usize, value: u32): bool {
  if (load<u32>(element + ELEMENT_MARK) == value) return false;
  store<u32>(element + ELEMENT_MARK, value);
  return true;
}

function markList(head: u32, value: u32): u32 {
  let length: u32 = 0;
  for (let element = <usize>head; element != 0; element = load<u32>(element + ELEMENT_LINK)) {
    if (!mark(element, value)) unreachable(); // an element in two places
    length++;
  }
  return length;
}

/** `live` elements were marked with `value`: set the count, and find what is in no list. */
export function recoverPool(map: usize, live: u32, value: u32): void {
  step();
  atomic.store<u32>(map + MAP_COUNT, live);
  adoptRuns(map, value);
  markList(<u32>atomic.load<u64>(map + MAP_POOL), value);
  markList(atomic.load<u32>(map + MAP_ARRIVALS), value);
  markList(atomic.load<u32>(map + MAP_WAITING), value);
  const virgin = atomic.load<u32>(map + MAP_VIRGIN);
  for (let index: u32 = 0; index < virgin; index++) findLost(map, fixedElement(map, index), value);
  for (let run = <usize>load<u32>(map + MAP_RUNS); run != 0; run = load<u32>(run + RUN_NEXT)) {
    const size = load<u32>(map + MAP_ELEMENT_SIZE);
    const count = load<u32>(map + MAP_RUN_ELEMENTS);
    for (let index: u32 = 0; index < count; index++) findLost(map, run + RUN_HEADER + index * size, value);
  }
  if (atomic.load<u32>(map + MAP_REAP_LOCK) != 0) release(map + MAP_REAP_LOCK);
}

function findLost(map: usize, element: usize, value: u32): void {
  if (MUTANT == MUTANT_LOST_ON_DEATH) return;
  if (!mark(element, value)) return;
  retireElement(map, element);
}

/** Link runs that were taken but not linked, free chunks that were taken but not made a run, count the rest. */
function adoptRuns(map: usize, value: u32): void {
  let runs: u32 = 0;
  for (let run = <usize>load<u32>(map + MAP_RUNS); run != 0; run = load<u32>(run + RUN_NEXT)) {
    store<u32>(run + RUN_MARK, value);
    runs++;
  }
  const chunks = load<u32>(map + MAP_RUN_CHUNKS);
  const end = superWord(SUPER_END_CHUNK);
  let chunk = superWord(SUPER_FIRST_CHUNK);
  while (chunk < end) {
    const owner = chunkOwner(chunk);
    let length: u32 = 1;
    if (owner == <u32>map) {
      length = chunks;
      if (load<u32>(chunkAddress(chunk) + RUN_MARK) != value) {
        linkRun(map, chunkAddress(chunk));
        runs++;
      }
    } else if (owner == (<u32>map | RUN)) {
      setChunkOwner(chunk, 0);
    }
    chunk += length;
  }
  step();
  atomic.store<u32>(map + MAP_GROWN, runs * load<u32>(map + MAP_RUN_ELEMENTS));
}

/**
 * How many elements are where. For tests, on a map that nobody is changing: `what` 0 free, 1 arrived, 2 waiting,
 * 3 all that were ever handed out.
 */
export function poolCensus(map: usize, what: i32): u32 {
  if (what == 3) {
    return min(atomic.load<u32>(map + MAP_VIRGIN), load<u32>(map + MAP_FIXED_COUNT)) + atomic.load<u32>(map + MAP_GROWN);
  }
  const value = newMark();
  if (what == 0) return markList(<u32>atomic.load<u64>(map + MAP_POOL), value);
  return markList(atomic.load<u32>(map + (what == 1 ? MAP_ARRIVALS : MAP_WAITING)), value);
}
