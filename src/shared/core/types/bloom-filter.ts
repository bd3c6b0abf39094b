/**
 * BLOOM_FILTER (SPEC §4.7, §9.4): a table of bits, set one after another by atomic or. No lock: a thread that stops in
 * between has set some bits of a value that it had not added yet, which costs at most a false positive.
 */
import { EINVAL, ENOENT } from '../errno';
import { MAP_BUCKET_MASK, MAP_DATA, MAP_EXTRA, MAP_MAX_ENTRIES, MAP_SEED, MAP_VALUE_SIZE } from '../layout';
import { lookup3 } from '../lookup3';
import { step } from '../step';

const DEFAULT_HASHES: u32 = 5;
const LEAST_BITS: u32 = 64;

/** Number of hash functions: map_extra or 5. */
function hashesOf(extra: u32): u32 {
  return (extra & 15) == 0 ? DEFAULT_HASHES : extra & 15;
}

/** Bits − 1: all ones where the table has 2^32 bits. */
function bitMask(maxEntries: u32, extra: u32): u32 {
  const product = <u64>maxEntries * hashesOf(extra);
  if (product > <u64>u32.MAX_VALUE) return u32.MAX_VALUE;
  const bits = (product / 5) * 7;
  if (bits > <u64>0x80000000) return u32.MAX_VALUE;
  if (bits <= LEAST_BITS) return LEAST_BITS - 1;
  return <u32>((<u64>1 << (64 - clz<u64>(bits - 1))) - 1);
}

export function bloomBytes(maxEntries: u32, extra: u32): u64 {
  return (<u64>bitMask(maxEntries, extra) + 1) / 8;
}

export function bloomInit(map: usize): void {
  store<u32>(map + MAP_BUCKET_MASK, bitMask(load<u32>(map + MAP_MAX_ENTRIES), load<u32>(map + MAP_EXTRA)));
}

/** flags 0. 0 or -EINVAL. */
export function bloomAdd(map: usize, value: usize, flags: u32): i32 {
  if (flags != 0) return -EINVAL;
  const hashes = hashesOf(load<u32>(map + MAP_EXTRA));
  for (let index: u32 = 0; index < hashes; index++) {
    const bit = bitOf(map, value, index);
    step();
    atomic.or<u32>(wordOf(map, bit), 1 << (bit & 31));
  }
  return 0;
}

/** 0: perhaps there; -ENOENT: certainly not. */
export function bloomTest(map: usize, value: usize): i32 {
  const hashes = hashesOf(load<u32>(map + MAP_EXTRA));
  for (let index: u32 = 0; index < hashes; index++) {
    const bit = bitOf(map, value, index);
    if ((atomic.load<u32>(wordOf(map, bit)) & (1 << (bit & 31))) == 0) return -ENOENT;
  }
  return 0;
}

function bitOf(map: usize, value: usize, index: u32): u32 {
  return lookup3(value, load<u32>(map + MAP_VALUE_SIZE), load<u32>(map + MAP_SEED) + index) & load<u32>(map + MAP_BUCKET_MASK);
}

function wordOf(map: usize, bit: u32): usize {
  return map + MAP_DATA + <usize>((bit >> 5) << 2);
}
