/** Tail calls: at most 33 in a run; past that, or where there is no program, execution goes on behind the call. */
import { MAP_DATA, MAP_MAX_ENTRIES } from '../layout';

const MOST: u32 = 33;

let made: u32 = 0;

/** A run of a main function begins. */
export function beginRun(): void {
  made = 0;
}

/** Id of the program at `index` of a PROG_ARRAY, 0 = execution goes on in the caller. */
export function tail_call_target(map: usize, index: u32): u32 {
  if (index >= load<u32>(map + MAP_MAX_ENTRIES) || made >= MOST) return 0;
  const id = atomic.load<u32>(map + MAP_DATA + (<usize>index << 2));
  if (id != 0) made++;
  return id;
}
