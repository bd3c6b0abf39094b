/** The geometry of an `__sk_buff`: where its bytes begin and end, and making room for more. */
import { removeFromSum } from './checksum';
import {
  END,
  HEAD,
  hidden,
  MAC,
  NETWORK,
  SKB_DATA,
  SKB_DATA_END,
  SKB_DATA_META,
  SKB_LEN,
  START,
} from './layout';

export function data(skb: i32): i32 {
  return load<i32>(skb, SKB_DATA);
}

export function length(skb: i32): u32 {
  return load<u32>(skb, SKB_LEN);
}

/** Write the fields that follow from where the packet lies. */
export function place(skb: i32, start: i32, bytes: u32): void {
  store<u32>(skb, bytes, SKB_LEN);
  store<i32>(skb, start, SKB_DATA);
  store<i32>(skb, start + <i32>bytes, SKB_DATA_END);
  store<i32>(skb, start, SKB_DATA_META);
}

/** Whether bytes [0, end) are there to be written. */
export function writable(skb: i32, end: u32): bool {
  return end <= length(skb);
}

/** Length of the MAC header: what lies between the two header addresses. */
export function macLength(skb: i32): i32 {
  return load<i32>(hidden(skb), NETWORK) - load<i32>(hidden(skb), MAC);
}

/** Offset of the network header from `data`; negative when it lies before. */
export function networkOffset(skb: i32): i32 {
  return load<i32>(hidden(skb), NETWORK) - data(skb);
}

/**
 * Have `head` bytes free before `data` and `tail` behind `data_end`, moving the packet within the buffer if need
 * be. False when the buffer is too small: the caller gives -ENOMEM and has changed nothing.
 */
export function reserve(skb: i32, head: i32, tail: i32): bool {
  const below = hidden(skb);
  const start = load<i32>(below, START);
  const end = load<i32>(below, END);
  const from = data(skb);
  const bytes = <i32>length(skb);
  if (from - start >= head && end - from - bytes >= tail) return true;
  if (head > end - start || tail > end - start || head + tail + bytes > end - start) return false;
  const spare = end - start - head - tail - bytes;
  move(skb, start + head + min<i32>(spare, start + head < from ? from - start - head : spare / 2));
  return true;
}

function move(skb: i32, to: i32): void {
  const below = hidden(skb);
  const from = data(skb);
  const by = to - from;
  memory.copy(to, from, length(skb));
  store<i32>(below, load<i32>(below, MAC) + by, MAC);
  store<i32>(below, load<i32>(below, NETWORK) + by, NETWORK);
  store<i32>(below, to, HEAD);
  place(skb, to, length(skb));
}

/** The packet begins `bytes` earlier. Call `reserve` before. */
export function push(skb: i32, bytes: i32): void {
  place(skb, data(skb) - bytes, length(skb) + <u32>bytes);
}

/** The packet begins `bytes` later. */
export function pull(skb: i32, bytes: i32): void {
  place(skb, data(skb) + bytes, length(skb) - <u32>bytes);
}

/** Open a gap of `bytes` zeroes at `offset`; what lies before it moves to the front, the headers with it. */
export function openGap(skb: i32, offset: i32, bytes: i32): bool {
  if (!reserve(skb, bytes, 0)) return false;
  push(skb, bytes);
  const start = data(skb);
  memory.copy(start, start + bytes, offset);
  memory.fill(start + offset, 0, bytes);
  shiftHeaders(skb, -bytes);
  return true;
}

/** Take `bytes` at `offset` away; what lies before them moves back, the headers with it. */
export function closeGap(skb: i32, offset: i32, bytes: i32): void {
  const start = data(skb);
  removeFromSum(skb, start + offset, bytes, false);
  memory.copy(start + bytes, start, offset);
  pull(skb, bytes);
  shiftHeaders(skb, bytes);
}

export function shiftHeaders(skb: i32, by: i32): void {
  const below = hidden(skb);
  store<i32>(below, load<i32>(below, MAC) + by, MAC);
  store<i32>(below, load<i32>(below, NETWORK) + by, NETWORK);
}
