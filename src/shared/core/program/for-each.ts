/** bpf_for_each_map_elem (SPEC §6.3). The key that a callback over an array gets lies in the run area. */
import { EINVAL } from '../errno';
import {
  ARRAY, HASH, LRU_HASH, LRU_PERCPU_HASH, MAP_DATA, MAP_MAX_ENTRIES, MAP_STRIDE, MAP_TYPE, MAP_VALUE_SIZE, PERCPU_ARRAY, PERCPU_HASH, roundUp,
} from '../layout';
import { ELEMENT_KEY } from '../pool';
import { self } from '../self';
import { currentCpu, runArea } from '../slots';
import { valueOf } from '../types/hash';
import { elementAfter, firstFrom } from '../types/hash-walk';
import { percpuArrayFind } from '../types/percpu-array';

/** Where in the run area the index lies; nested walks use the next words. */
const INDEX_SCRATCH: usize = 11296;
const MAX_DEPTH: usize = 8;

let depth: usize = 0;

/** for_each_map_elem(map, callback, context, flags): how often the callback ran. */
export function helper_164(map: u64, callback: u64, context: u64, flags: u64, stackTop: u32): i64 {
  if (flags != 0) return -EINVAL;
  const type = load<u32>(<usize>map + MAP_TYPE);
  if (isHash(type)) return overHash(<usize>map, <u32>callback, context, stackTop);
  if (type != ARRAY && type != PERCPU_ARRAY) return -EINVAL;
  const key = runArea(self()) + INDEX_SCRATCH + (depth % MAX_DEPTH) * 8;
  depth++;
  const called = overArray(<usize>map, <u32>callback, context, stackTop, key);
  depth--;
  return called;
}

function overArray(map: usize, callback: u32, context: u64, stackTop: u32, key: usize): i64 {
  const entries = load<u32>(map + MAP_MAX_ENTRIES);
  const isArray = load<u32>(map + MAP_TYPE) == ARRAY;
  const stride = <usize>load<u32>(map + MAP_STRIDE);
  for (let index: u32 = 0; index < entries; index++) {
    store<u32>(key, index);
    const value = isArray ? map + MAP_DATA + index * stride : percpuArrayFind(map, key);
    const stop = call_indirect<u64>(callback, <u64>map, <u64>key, <u64>value, context, <u64>0, stackTop);
    if (stop != 0) return <i64>index + 1;
  }
  return entries;
}

/** An element that the callback deletes keeps its words to the end of the section, its place in the chain included. */
function overHash(map: usize, callback: u32, context: u64, stackTop: u32): i64 {
  let called: i64 = 0;
  const own = ownSlot(map);
  for (let element = firstFrom(map, 0); element != 0; element = elementAfter(map, element)) {
    called++;
    const value = valueOf(map, element) + own;
    const key = element + ELEMENT_KEY;
    if (call_indirect<u64>(callback, <u64>map, <u64>key, <u64>value, context, <u64>0, stackTop) != 0) break;
  }
  return called;
}

function isHash(type: u32): bool {
  return type == HASH || type == PERCPU_HASH || type == LRU_HASH || type == LRU_PERCPU_HASH;
}

/** From the start of a value to what this CPU sees of it. */
function ownSlot(map: usize): usize {
  const type = load<u32>(map + MAP_TYPE);
  if (type != PERCPU_HASH && type != LRU_PERCPU_HASH) return 0;
  return <usize>(currentCpu() * roundUp(load<u32>(map + MAP_VALUE_SIZE), 8));
}

/** A trap left walks unfinished. */
export function resetWalks(): void {
  depth = 0;
}
