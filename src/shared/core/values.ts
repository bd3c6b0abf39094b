/**
 * Copying values in and out. Special fields (spin lock, timer, work queue) are never taken from an update and read as
 * zero (SPEC §4.4). A value of at most 8 bytes in an array is one 64-bit access: its stride is 8 bytes anyway.
 */
import { MAP_SPIN_LOCK, MAP_TIMER, MAP_VALUE_SIZE, MAP_WORK_QUEUE } from './layout';

const SPIN_LOCK_BYTES: u32 = 4;
const TIMER_BYTES: u32 = 16;
const WORK_QUEUE_BYTES: u32 = 16;
/** Up to here a loop is faster than the engine's copy. */
const MAX_WORDS: u32 = 64;

export function hasSpecialFields(map: usize): bool {
  return (load<i32>(map + MAP_SPIN_LOCK) & load<i32>(map + MAP_TIMER) & load<i32>(map + MAP_WORK_QUEUE)) != -1;
}

export function hasSpinLock(map: usize): bool {
  return load<i32>(map + MAP_SPIN_LOCK) >= 0;
}

export function spinLockOf(map: usize, value: usize): usize {
  return value + load<i32>(map + MAP_SPIN_LOCK);
}

/** A user's value into an element in use: special fields keep what they hold. */
export function writeValue(map: usize, to: usize, from: usize): void {
  const size = load<u32>(map + MAP_VALUE_SIZE);
  if (hasSpecialFields(map)) copyAround(map, to, from, size);
  else copyBytes(to, from, size);
}

/** A user's value into a fresh element: special fields are zero. */
export function writeFreshValue(map: usize, to: usize, from: usize): void {
  const size = load<u32>(map + MAP_VALUE_SIZE);
  copyBytes(to, from, size);
  if (hasSpecialFields(map)) clearSpecial(map, to);
}

/** An element's value out to the user: special fields read as zero. */
export function readValue(map: usize, to: usize, from: usize): void {
  copyBytes(to, from, load<u32>(map + MAP_VALUE_SIZE));
  if (hasSpecialFields(map)) clearSpecial(map, to);
}

/** Up to 8 bytes as one access of the stored side; `from` is payload of the caller. The stored side owns all 8 bytes. */
export function writeWord(to: usize, from: usize, size: u32): void {
  atomic.store<u64>(to, size == 8 ? load<u64>(from) : partialWord(from, size));
}

export function readWord(to: usize, from: usize, size: u32): void {
  let word = atomic.load<u64>(from);
  if (size == 8) {
    store<u64>(to, word);
    return;
  }
  for (let index: u32 = 0; index < size; index++) {
    store<u8>(to + index, <u8>word);
    word >>= 8;
  }
}

function partialWord(from: usize, size: u32): u64 {
  if (size == 4) return <u64>load<u32>(from);
  let word: u64 = 0;
  for (let index = size; index > 0; index--) word = (word << 8) | <u64>load<u8>(from + index - 1);
  return word;
}

export function copyBytes(to: usize, from: usize, size: u32): void {
  if (size == 8) store<u64>(to, load<u64>(from));
  else if (size == 4) store<u32>(to, load<u32>(from));
  else if (size <= MAX_WORDS && (size & 7) == 0) for (let at: u32 = 0; at < size; at += 8) store<u64>(to + at, load<u64>(from + at));
  else memory.copy(to, from, size);
}

function clearSpecial(map: usize, value: usize): void {
  clearAt(value, load<i32>(map + MAP_SPIN_LOCK), SPIN_LOCK_BYTES);
  clearAt(value, load<i32>(map + MAP_TIMER), TIMER_BYTES);
  clearAt(value, load<i32>(map + MAP_WORK_QUEUE), WORK_QUEUE_BYTES);
}

function clearAt(value: usize, offset: i32, bytes: u32): void {
  if (offset >= 0) memory.fill(value + offset, 0, bytes);
}

/** Copy what lies between the special fields, in ascending order. */
function copyAround(map: usize, to: usize, from: usize, size: u32): void {
  let at: u32 = 0;
  while (at < size) {
    const next = nextSpecial(map, at);
    const end = next < 0 ? size : <u32>next;
    memory.copy(to + at, from + at, end - at);
    at = next < 0 ? size : end + specialBytes(map, next);
  }
}

function nextSpecial(map: usize, from: u32): i32 {
  let next: i32 = -1;
  next = nearer(load<i32>(map + MAP_SPIN_LOCK), from, next);
  next = nearer(load<i32>(map + MAP_TIMER), from, next);
  return nearer(load<i32>(map + MAP_WORK_QUEUE), from, next);
}

function nearer(offset: i32, from: u32, best: i32): i32 {
  if (offset < <i32>from) return best;
  return best < 0 || offset < best ? offset : best;
}

function specialBytes(map: usize, offset: i32): u32 {
  return offset == load<i32>(map + MAP_SPIN_LOCK) ? SPIN_LOCK_BYTES : offset == load<i32>(map + MAP_TIMER) ? TIMER_BYTES : WORK_QUEUE_BYTES;
}
