/**
 * PROG_ARRAY: a word for each slot, the id of a program or 0. Writer: main. Ids are never used again, so a thread that
 * loaded one just before it was taken out calls that program or, once it is uninstalled, none.
 */
import { E2BIG } from '../errno';
import { MAP_DATA, MAP_MAX_ENTRIES, MAP_STRIDE } from '../layout';
import { step } from '../step';

/** A chain may have so many tail calls (SPEC §6.8). */
const MAX_TAIL_CALLS: u32 = 33;

let tailCalls: u32 = 0;

export function progArrayBytes(maxEntries: u32): u64 {
  return <u64>maxEntries * 4;
}

export function progArrayInit(map: usize): void {
  store<u32>(map + MAP_STRIDE, 4);
}

/** Exchange slot `index` for a program's id (0 = empty). The old id, 0 = was empty, or -E2BIG. */
export function progArraySet(map: usize, index: u32, program: u32): f64 {
  if (index >= load<u32>(map + MAP_MAX_ENTRIES)) return -E2BIG;
  step();
  return <f64>atomic.xchg<u32>(map + MAP_DATA + (<usize>index << 2), program);
}

/** Id in slot `index`, 0 = empty, or -E2BIG. */
export function progArrayGet(map: usize, index: u32): f64 {
  if (index >= load<u32>(map + MAP_MAX_ENTRIES)) return -E2BIG;
  return <f64>atomic.load<u32>(map + MAP_DATA + (<usize>index << 2));
}

/** A run begins: it may make 33 tail calls. */
export function resetTailCalls(): void {
  tailCalls = 0;
}

/** For compiled programs: id of the program to go on in, or 0: there is none, or the chain is at its end. */
export function tail_call_target(map: usize, index: u32): u32 {
  if (index >= load<u32>(map + MAP_MAX_ENTRIES) || tailCalls >= MAX_TAIL_CALLS) return 0;
  const program = atomic.load<u32>(map + MAP_DATA + (<usize>index << 2));
  if (program != 0) tailCalls++;
  return program;
}
