/**
 * PERCPU_ARRAY: an array for each possible CPU, one after the other, so that two CPUs share a cache line at most where
 * one ends and the next begins (each starts at a multiple of 128 bytes). A program sees the elements of its CPU; the
 * thread that holds a CPU number is the only one that writes these, but for the syscall side, which writes all of them.
 */
import { EINVAL } from '../errno';
import { MAP_DATA, MAP_MAX_ENTRIES, MAP_STRIDE, MAP_TYPE_WORDS, MAP_VALUE_SIZE, roundUp } from '../layout';
import { currentCpu } from '../slots';
import { step } from '../step';
import { possibleCpus } from '../superblock';
import { copyBytes } from '../values';
import { arrayRefusal } from './array';

/** Bytes from one CPU's elements to the next's. */
const BYTES_A_CPU: usize = MAP_TYPE_WORDS;
const LINE: u64 = 128;

function bytesACpu(valueSize: u32, maxEntries: u32): u64 {
  return roundUp(roundUp(valueSize, 8) * maxEntries, LINE);
}

export function percpuArrayBytes(valueSize: u32, maxEntries: u32): u64 {
  return bytesACpu(valueSize, maxEntries) * possibleCpus();
}

export function percpuArrayInit(map: usize): void {
  const valueSize = load<u32>(map + MAP_VALUE_SIZE);
  store<u32>(map + MAP_STRIDE, <u32>roundUp(valueSize, 8));
  store<u32>(map + BYTES_A_CPU, <u32>bytesACpu(valueSize, load<u32>(map + MAP_MAX_ENTRIES)));
}

function elementOf(map: usize, index: u32, cpu: u32): usize {
  return map + MAP_DATA + <usize>cpu * load<u32>(map + BYTES_A_CPU) + <usize>index * load<u32>(map + MAP_STRIDE);
}

/** This CPU's value, 0 if the index is out of range. */
export function percpuArrayFind(map: usize, key: usize): usize {
  return percpuArrayFindOn(map, key, currentCpu());
}

/** That CPU's value, 0 if there is no such CPU or index. */
export function percpuArrayFindOn(map: usize, key: usize, cpu: u32): usize {
  const index = load<u32>(key);
  return index < load<u32>(map + MAP_MAX_ENTRIES) && cpu < possibleCpus() ? elementOf(map, index, cpu) : 0;
}

/** All CPUs' values, each in whole 8 bytes; `value` is this CPU's, from `percpuArrayFind`. */
export function percpuArrayRead(map: usize, out: usize, value: usize): void {
  const stride = load<u32>(map + MAP_STRIDE);
  const apart = load<u32>(map + BYTES_A_CPU);
  const first = value - <usize>currentCpu() * apart;
  for (let cpu: u32 = 0; cpu < possibleCpus(); cpu++) copyBytes(out + cpu * stride, first + cpu * apart, stride);
}

/** All CPUs' values from packed slots of whole 8 bytes: their padding is kept as given (SPEC §4.3). */
export function percpuArrayUpdate(map: usize, key: usize, values: usize, flags: u32): i32 {
  if (flags > 2) return -EINVAL;
  const refused = arrayRefusal(map, load<u32>(key), flags);
  if (refused != 0) return refused;
  const stride = load<u32>(map + MAP_STRIDE);
  const index = load<u32>(key);
  for (let cpu: u32 = 0; cpu < possibleCpus(); cpu++) {
    step();
    copyBytes(elementOf(map, index, cpu), values + cpu * stride, stride);
  }
  return 0;
}

/** This CPU's value; its padding is left alone. */
export function percpuArrayUpdateOwn(map: usize, key: usize, value: usize, flags: u32): i32 {
  const refused = arrayRefusal(map, load<u32>(key), flags);
  if (refused != 0) return refused;
  step();
  copyBytes(elementOf(map, load<u32>(key), currentCpu()), value, load<u32>(map + MAP_VALUE_SIZE));
  return 0;
}
