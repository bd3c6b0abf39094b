/**
 * PERCPU_HASH: a hash whose values have a slot of whole 8 bytes for each possible CPU. A key that is there is updated
 * in place, so it keeps its element and its place in the walk (SPEC §6.1, §7).
 */
import { EINVAL } from '../errno';
import { MAP_STRIDE, MAP_VALUE_BYTES, MAP_VALUE_SIZE, roundUp } from '../layout';
import { beginOperation, endOperation } from '../operations';
import { currentCpu } from '../slots';
import { step } from '../step';
import { possibleCpus } from '../superblock';
import { copyBytes } from '../values';
import { checkPresence, elementRefusal, findLink, linkFront, takeForNewKey, valueOf } from './hash';
import { bucketOf, hashInit, lockOf } from './hash-layout';
import { hashFind } from './hash-lookup';

/** Bytes of all CPUs' slots. */
export function percpuBytes(valueSize: u32): u64 {
  return roundUp(valueSize, 8) * possibleCpus();
}

export function percpuHashInit(map: usize): void {
  const valueSize = load<u32>(map + MAP_VALUE_SIZE);
  store<u32>(map + MAP_STRIDE, <u32>roundUp(valueSize, 8));
  hashInit(map, <u32>percpuBytes(valueSize));
}

/** This CPU's slot, or 0. */
export function percpuHashFind(map: usize, key: usize): usize {
  return percpuHashFindOn(map, key, currentCpu());
}

/** That CPU's slot, 0 if there is no such CPU or key. */
export function percpuHashFindOn(map: usize, key: usize, cpu: u32): usize {
  if (cpu >= possibleCpus()) return 0;
  const first = hashFind(map, key);
  return first == 0 ? 0 : first + <usize>cpu * load<u32>(map + MAP_STRIDE);
}

/** The first CPU's slot of a value of this CPU. */
export function firstSlot(map: usize, own: usize): usize {
  return own - <usize>currentCpu() * load<u32>(map + MAP_STRIDE);
}

/** All CPUs' slots from packed ones: their padding is kept as given (SPEC §4.3). */
export function percpuHashUpdate(map: usize, key: usize, values: usize, flags: u32): i32 {
  return update(map, key, values, flags, false);
}

/** This CPU's slot; of a new key the others are zero. */
export function percpuHashUpdateOwn(map: usize, key: usize, value: usize, flags: u32): i32 {
  return update(map, key, value, flags, true);
}

function update(map: usize, key: usize, value: usize, flags: u32, own: bool): i32 {
  if (flags > 2) return -EINVAL;
  const bucket = bucketOf(map, key);
  const failed = beginOperation(map, lockOf(map, bucket));
  if (failed != 0) return failed;
  const old = <usize>load<u32>(findLink(map, bucket, key));
  let result = checkPresence(old != 0, flags);
  if (result == 0) {
    if (old != 0) writeSlots(map, valueOf(map, old), value, own);
    else result = insert(map, bucket, key, value, own);
  }
  endOperation(lockOf(map, bucket));
  return result;
}

function insert(map: usize, bucket: usize, key: usize, value: usize, own: bool): i32 {
  const element = takeForNewKey(map, key);
  if (element == 0) return elementRefusal();
  fillSlots(map, valueOf(map, element), value, own);
  linkFront(bucket, element);
  return 0;
}

/** Into an element in use: all slots, or this CPU's, whose padding is left alone. */
export function writeSlots(map: usize, to: usize, from: usize, own: bool): void {
  step();
  if (own) copyBytes(to + <usize>currentCpu() * load<u32>(map + MAP_STRIDE), from, load<u32>(map + MAP_VALUE_SIZE));
  else memory.copy(to, from, load<u32>(map + MAP_VALUE_BYTES));
}

/** Into a fresh element. */
export function fillSlots(map: usize, to: usize, from: usize, own: bool): void {
  step();
  if (own) memory.fill(to, 0, load<u32>(map + MAP_VALUE_BYTES));
  writeSlots(map, to, from, own);
}
