/**
 * ARRAY: every element exists from the start. Elements lie from `map + MAP_DATA` on, `stride` bytes apart. Updates are
 * in place (SPEC §7): values of at most 8 bytes are one access, larger ones may be seen half written.
 */
import { E2BIG, EEXIST, EINVAL, ENOENT, ETIMEDOUT } from '../errno';
import { F_LOCK, MAP_DATA, MAP_MAX_ENTRIES, MAP_STRIDE, MAP_VALUE_SIZE, NOEXIST, roundUp } from '../layout';
import { startBudget } from '../locks';
import { lockValueInside, unlockValue } from '../operations';
import { step } from '../step';
import { hasSpinLock, readValue, readWord, spinLockOf, writeValue, writeWord } from '../values';

export function arrayBytes(valueSize: u32, maxEntries: u32): u64 {
  return roundUp(valueSize, 8) * maxEntries;
}

export function arrayInit(map: usize): void {
  store<u32>(map + MAP_STRIDE, <u32>roundUp(load<u32>(map + MAP_VALUE_SIZE), 8));
}

export function elementAt(map: usize, index: u32): usize {
  return map + MAP_DATA + <usize>index * load<u32>(map + MAP_STRIDE);
}

/** Address of the value, 0 if the index is out of range. */
export function arrayFind(map: usize, key: usize): usize {
  const index = load<u32>(key);
  return index < load<u32>(map + MAP_MAX_ENTRIES) ? elementAt(map, index) : 0;
}

/** Why an update is refused, in the kernel's order: 0, -EINVAL, -E2BIG, -EEXIST. The value may have a spin lock. */
export function arrayRefusal(map: usize, index: u32, flags: u32): i32 {
  if ((flags & ~F_LOCK) > 2) return -EINVAL;
  if (index >= load<u32>(map + MAP_MAX_ENTRIES)) return -E2BIG;
  if ((flags & NOEXIST) != 0) return -EEXIST;
  return (flags & F_LOCK) != 0 && !hasSpinLock(map) ? -EINVAL : 0;
}

export function arrayUpdate(map: usize, key: usize, value: usize, flags: u32): i32 {
  const refused = arrayRefusal(map, load<u32>(key), flags);
  if (refused != 0) return refused;
  const element = elementAt(map, load<u32>(key));
  if ((flags & F_LOCK) != 0) return writeLocked(map, element, value);
  writeElement(map, element, value);
  return 0;
}

export function writeElement(map: usize, element: usize, value: usize): void {
  const size = load<u32>(map + MAP_VALUE_SIZE);
  step();
  if (size <= 8 && !hasSpinLock(map)) writeWord(element, value, size);
  else writeValue(map, element, value);
}

/** In-place copy under the value's spin lock. 0 or -ETIMEDOUT. */
export function writeLocked(map: usize, element: usize, value: usize): i32 {
  startBudget();
  return writeLockedInside(map, element, value);
}

/** The same within an operation, whose bound counts on. */
export function writeLockedInside(map: usize, element: usize, value: usize): i32 {
  const word = spinLockOf(map, element);
  if (lockValueInside(word) != 0) return -ETIMEDOUT;
  step();
  writeValue(map, element, value);
  unlockValue(word);
  return 0;
}

/** Copy of the value for the syscall side. */
export function arrayRead(map: usize, out: usize, element: usize): void {
  const size = load<u32>(map + MAP_VALUE_SIZE);
  if (size <= 8 && !hasSpinLock(map)) readWord(out, element, size);
  else readValue(map, out, element);
}

/** Keys are all indices; a key that is out of range restarts. */
export function indexNextKey(map: usize, key: usize, out: usize): i32 {
  const entries = load<u32>(map + MAP_MAX_ENTRIES);
  const index = key == 0 ? entries : load<u32>(key);
  if (index < entries && index + 1 == entries) return -ENOENT;
  store<u32>(out, index < entries ? index + 1 : 0);
  return 0;
}

/** Set elements 0 … count - 1 from packed values. 0, -E2BIG, -EINVAL. */
export function fillArray(map: usize, values: usize, count: u32): i32 {
  if (count > load<u32>(map + MAP_MAX_ENTRIES)) return -E2BIG;
  const size = load<u32>(map + MAP_VALUE_SIZE);
  if (size == load<u32>(map + MAP_STRIDE) && !hasSpinLock(map)) {
    memory.copy(map + MAP_DATA, values, size * count);
    return 0;
  }
  for (let index: u32 = 0; index < count; index++) writeElement(map, elementAt(map, index), values + index * size);
  return 0;
}
