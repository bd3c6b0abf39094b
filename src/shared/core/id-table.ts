/** Live maps by id: chains through the headers. Writer: main. A reader inside a section may be on a map that was just unlinked; its chain word stays. */
import { MAP_ID, MAP_ID_NEXT, SUPER_ID_MASK, SUPER_IDS, superWord } from './layout';
import { step } from './step';

function chainOf(id: u32): usize {
  return superWord(SUPER_IDS) + (id & superWord(SUPER_ID_MASK)) * 4;
}

/** Address of the live map with this id, or 0. Good inside the caller's section only. */
export function findMap(id: u32): usize {
  let map = <usize>atomic.load<u32>(chainOf(id));
  while (map != 0 && load<u32>(map + MAP_ID) != id) map = atomic.load<u32>(map + MAP_ID_NEXT);
  return map;
}

export function linkId(map: usize): void {
  const chain = chainOf(load<u32>(map + MAP_ID));
  step();
  store<u32>(map + MAP_ID_NEXT, atomic.load<u32>(chain));
  step();
  atomic.store<u32>(chain, <u32>map);
}

/** Take the map out of the table, if it is in it. */
export function unlinkId(map: usize): void {
  const id = load<u32>(map + MAP_ID);
  if (id == 0) return;
  let word = chainOf(id);
  while (atomic.load<u32>(word) != 0 && atomic.load<u32>(word) != <u32>map) word = <usize>atomic.load<u32>(word) + MAP_ID_NEXT;
  if (atomic.load<u32>(word) == 0) return;
  step();
  atomic.store<u32>(word, atomic.load<u32>(map + MAP_ID_NEXT));
}

export function mapById(id: u32): f64 {
  return <f64>findMap(id);
}

/** The live map that comes behind `map` (0: the first), in no particular order, or 0. Main thread. */
export function eachMap(map: usize): usize {
  let chain: u32 = 0;
  if (map != 0) {
    const next = <usize>atomic.load<u32>(map + MAP_ID_NEXT);
    if (next != 0) return next;
    chain = (load<u32>(map + MAP_ID) & superWord(SUPER_ID_MASK)) + 1;
  }
  for (; chain <= superWord(SUPER_ID_MASK); chain++) {
    const head = <usize>atomic.load<u32>(superWord(SUPER_IDS) + chain * 4);
    if (head != 0) return head;
  }
  return 0;
}
