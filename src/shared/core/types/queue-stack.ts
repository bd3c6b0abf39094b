/**
 * QUEUE and STACK: a ring of max_entries + 1 places under one lock.
 *
 *   state    u64: count << 32 | first place in use. Changed by one atomic store, under the lock.
 *   version  u32: counted up, under the lock, before a place is written and before the state changes
 *   places   values, stride bytes apart
 *
 * Fact 1. A push writes the place behind the last one, which is outside the state, and then stores the state: a thread
 *   that stops in between has pushed nothing. A push that drops the oldest moves both ends in the same store; the
 *   place more than max_entries is what makes that possible.
 * Fact 2. A peek takes no lock. It loads version, state, value, version again. A place that the loaded state has in use
 *   is written only by a push that comes after the removal of its value; that push counts the version up before it
 *   writes [Q1]. So equal versions mean that the value is whole.
 * Fact 3. Recovery has nothing to rebuild: state and places agree before and after every store.
 */
import { MUTANT, MUTANT_TORN_PEEK } from '../build';
import { E2BIG, EINVAL, ENOENT } from '../errno';
import { EXIST, MAP_DATA, MAP_LOCK, MAP_MAX_ENTRIES, MAP_STRIDE, MAP_TYPE, MAP_TYPE_WORDS, MAP_VALUE_SIZE, roundUp, STACK } from '../layout';
import { beginOperation, endOperation } from '../operations';
import { step } from '../step';
import { copyBytes } from '../values';

const STATE: usize = MAP_TYPE_WORDS;
const VERSION: usize = MAP_TYPE_WORDS + 8;
/** Peeks that found the queue changing, before the lock is taken. */
const PEEKS: i32 = 64;

export function queueBytes(valueSize: u32, maxEntries: u32): u64 {
  return roundUp(valueSize, 8) * (<u64>maxEntries + 1);
}

export function queueInit(map: usize): void {
  store<u32>(map + MAP_STRIDE, <u32>roundUp(load<u32>(map + MAP_VALUE_SIZE), 8));
}

export function queueCount(map: usize): u32 {
  return <u32>(atomic.load<u64>(map + STATE) >> 32);
}

/** Append. flags 0, or EXIST: drop the oldest if full. 0, -E2BIG, -EINVAL, -ETIMEDOUT. */
export function queuePush(map: usize, value: usize, flags: u32): i32 {
  if (flags != 0 && flags != EXIST) return -EINVAL;
  const failed = beginOperation(map, map + MAP_LOCK);
  if (failed != 0) return failed;
  const result = push(map, value, flags);
  endOperation(map + MAP_LOCK);
  return result;
}

function push(map: usize, value: usize, flags: u32): i32 {
  const entries = load<u32>(map + MAP_MAX_ENTRIES);
  const state = atomic.load<u64>(map + STATE);
  let first = <u32>state;
  let count = <u32>(state >> 32);
  const full = count >= entries;
  if (full && flags != EXIST) return -E2BIG;
  countVersion(map); // [Q1] the version changes before a place is written
  step();
  copyBytes(placeOf(map, first, count), value, load<u32>(map + MAP_VALUE_SIZE));
  if (full) first = first == entries ? 0 : first + 1;
  else count++;
  setState(map, first, count);
  return 0;
}

/** Copy out and remove: the oldest of a queue, the newest of a stack. 0, -ENOENT, -ETIMEDOUT. */
export function queuePop(map: usize, out: usize): i32 {
  const failed = beginOperation(map, map + MAP_LOCK);
  if (failed != 0) return failed;
  const result = pop(map, out);
  endOperation(map + MAP_LOCK);
  return result;
}

function pop(map: usize, out: usize): i32 {
  const state = atomic.load<u64>(map + STATE);
  let first = <u32>state;
  const count = <u32>(state >> 32);
  if (count == 0) return -ENOENT;
  copyBytes(out, headOf(map, first, count), load<u32>(map + MAP_VALUE_SIZE));
  countVersion(map);
  if (load<u32>(map + MAP_TYPE) != STACK) first = first == load<u32>(map + MAP_MAX_ENTRIES) ? 0 : first + 1;
  setState(map, first, count - 1);
  return 0;
}

/** Copy out. 0, -ENOENT, -ETIMEDOUT. */
export function queuePeek(map: usize, out: usize): i32 {
  for (let tries = 0; tries < PEEKS; tries++) {
    const version = atomic.load<u32>(map + VERSION);
    const result = peek(map, out);
    if (atomic.load<u32>(map + VERSION) == version || MUTANT == MUTANT_TORN_PEEK) return result; // [Q1] the version changes before a place is written
  }
  const failed = beginOperation(map, map + MAP_LOCK);
  if (failed != 0) return failed;
  const result = peek(map, out);
  endOperation(map + MAP_LOCK);
  return result;
}

function peek(map: usize, out: usize): i32 {
  const state = atomic.load<u64>(map + STATE);
  const count = <u32>(state >> 32);
  if (count == 0) return -ENOENT;
  step();
  copyBytes(out, headOf(map, <u32>state, count), load<u32>(map + MAP_VALUE_SIZE));
  return 0;
}

/** Place of the value that is next to go. */
function headOf(map: usize, first: u32, count: u32): usize {
  return placeOf(map, first, load<u32>(map + MAP_TYPE) == STACK ? count - 1 : 0);
}

function placeOf(map: usize, first: u32, offset: u32): usize {
  const places = <u64>load<u32>(map + MAP_MAX_ENTRIES) + 1;
  let place = <u64>first + offset;
  if (place >= places) place -= places;
  return map + MAP_DATA + <usize>place * load<u32>(map + MAP_STRIDE);
}

function countVersion(map: usize): void {
  step();
  atomic.store<u32>(map + VERSION, atomic.load<u32>(map + VERSION) + 1);
}

function setState(map: usize, first: u32, count: u32): void {
  step();
  atomic.store<u64>(map + STATE, (<u64>count << 32) | <u64>first);
}
