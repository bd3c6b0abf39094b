/**
 * Memory of RINGBUF and USER_RINGBUF (SPEC §9.5), as a mapping of it sees it from `base` on, which is a multiple of a page:
 *
 *   base          page of the consumer position (u64)
 *   base + 1 page page of the producer position (u64)
 *   base + 2      data, twice the ring's size: a record that crosses the end is contiguous in the second half
 *
 * The word below `base` has the map's address. Positions grow without bound; offset in the data = position mod size.
 * A record: u32 length with BUSY and DISCARD, u32 pages from the start of the kernel's structure, payload, padding to 8.
 * While a record of a RINGBUF is busy, the high bits of its second word say whose it is.
 */
import { MAP_DATA, MAP_MAX_ENTRIES, MAP_TYPE_WORDS, roundUp } from '../layout';

export const PAGE: usize = 4096;
export const BUSY: u32 = 0x80000000;
export const DISCARD: u32 = 0x40000000;
export const RECORD_HEADER: u32 = 8;
/** The kernel's structure has a page of its own before the mapped ones. */
const FIRST_DATA_PAGE: u32 = 3;
const PAGE_SHIFT: u32 = 12;
const OWNER_SHIFT: u32 = 20;
const PAGES_MASK: u32 = (1 << OWNER_SHIFT) - 1;

/** Address of `base`. Immutable. */
const RING_BASE: usize = MAP_TYPE_WORDS;
/** i32: counted up and notified at each wake-up. */
export const RING_EVENT: usize = MAP_TYPE_WORDS + 4;
/** u64: no record before this position is busy. Writer: the holder of the map's lock. */
export const RING_PENDING: usize = MAP_TYPE_WORDS + 8;
/** USER_RINGBUF: slot + 1 of the thread that drains, 0 = nobody. */
export const RING_DRAINER: usize = MAP_TYPE_WORDS + 16;

export function ringBytes(size: u32): u64 {
  return <u64>size * 2 + 4 * <u64>PAGE;
}

export function ringInit(map: usize): void {
  const base = <usize>roundUp(<u64>map + MAP_DATA + 8, PAGE);
  store<u32>(map + RING_BASE, <u32>base);
  store<u32>(base - 8, <u32>map);
}

export function baseOf(map: usize): usize {
  return <usize>load<u32>(map + RING_BASE);
}

export function sizeOf(map: usize): u32 {
  return load<u32>(map + MAP_MAX_ENTRIES);
}

export function consumerWord(map: usize): usize {
  return baseOf(map);
}

export function producerWord(map: usize): usize {
  return baseOf(map) + PAGE;
}

export function dataOf(map: usize): usize {
  return baseOf(map) + 2 * PAGE;
}

/** Address of the record's header at a position. */
export function recordAt(map: usize, position: u64): usize {
  return dataOf(map) + (<usize>position & <usize>(sizeOf(map) - 1));
}

/** Bytes on the ring of a record with so many bytes of payload. */
export function recordBytes(length: u32): u32 {
  return (length + RECORD_HEADER + 7) & ~7;
}

export function lengthOf(header: u32): u32 {
  return header & ~(BUSY | DISCARD);
}

/** Second word of a busy record. */
export function busyTag(map: usize, record: usize, owner: u32): u32 {
  return (FIRST_DATA_PAGE + <u32>((record - dataOf(map)) >> PAGE_SHIFT)) | (owner << OWNER_SHIFT);
}

/** Second word of a record that is done. */
export function doneTag(tag: u32): u32 {
  return tag & PAGES_MASK;
}

export function ownerOf(tag: u32): u32 {
  return tag >> OWNER_SHIFT;
}

/** The map of a record, from its header's address and second word. */
export function mapOfRecord(record: usize): usize {
  const pages = doneTag(load<u32>(record, 4)) - FIRST_DATA_PAGE;
  const data = (record & ~(PAGE - 1)) - <usize>pages * PAGE;
  return <usize>load<u32>(data - 2 * PAGE - 8);
}
