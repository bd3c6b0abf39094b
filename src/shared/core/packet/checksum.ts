/**
 * Checksums of the Internet (RFC 1071): sums of 16-bit words with end-around carry, kept in 32 bits. A sum is 0
 * only when every word was 0; the helpers give exactly these representations.
 */
import {
  E_ACCES,
  E_FAULT,
  E_INVAL,
  E_NOTSUPP,
  hidden,
  SUM,
  SUM_LEVEL,
  SUMMED,
  SUMMED_COMPLETE,
  SUMMED_NONE,
  SUMMED_UNNECESSARY,
} from './layout';
import { data, writable } from './skb';

const FIELD_MASK: u64 = 0x0f;
const PSEUDO_HEADER: u64 = 0x10;
const MARK_MANGLED: u64 = 0x20;
const MARK_ENFORCE: u64 = 0x40;
const FLAG_IPV6: u64 = 0x80;
const L4_FLAGS: u64 = FIELD_MASK | PSEUDO_HEADER | MARK_MANGLED | MARK_ENFORCE | FLAG_IPV6;
const LARGEST_OFFSET: u32 = 0xffff;
const MAX_LEVEL: u32 = 3;

export function add(a: u32, b: u32): u32 {
  const sum = a + b;
  return sum + u32(sum < a);
}

export function subtract(a: u32, b: u32): u32 {
  return add(a, ~b);
}

/** 32 bits to 16, complemented: what stands in a header. */
export function fold(sum: u32): u32 {
  return ~foldOnly(sum) & 0xffff;
}

function foldOnly(sum: u32): u32 {
  sum = (sum & 0xffff) + (sum >>> 16);
  return (sum & 0xffff) + (sum >>> 16);
}

/** Sum over `bytes` bytes, an odd last one padded with a zero byte. */
export function sumOf(address: i32, bytes: i32, seed: u32): u32 {
  let sum: u64 = seed;
  let at = address;
  const words = address + (bytes & ~3);
  for (; at < words; at += 4) sum += load<u32>(at);
  if (bytes & 2) {
    sum += load<u16>(at);
    at += 2;
  }
  if (bytes & 1) sum += load<u8>(at);
  return add(<u32>sum, <u32>(sum >>> 32));
}

/** Bytes that took part in a complete checksum leave it. `odd`: they began at an odd offset. */
export function removeFromSum(skb: i32, address: i32, bytes: i32, odd: bool): void {
  const below = hidden(skb);
  if (load<u32>(below, SUMMED) != SUMMED_COMPLETE) return;
  store<u32>(below, subtract(load<u32>(below, SUM), swapIf(sumOf(address, bytes, 0), odd)), SUM);
}

/** Bytes join a complete checksum. */
export function addToSum(skb: i32, address: i32, bytes: i32, odd: bool): void {
  const below = hidden(skb);
  if (load<u32>(below, SUMMED) != SUMMED_COMPLETE) return;
  store<u32>(below, add(load<u32>(below, SUM), swapIf(sumOf(address, bytes, 0), odd)), SUM);
}

function swapIf(sum: u32, odd: bool): u32 {
  return odd ? rotl<u32>(sum, 8) : sum;
}

/** Forget that headers were verified. */
export function resetUnnecessary(skb: i32): void {
  const below = hidden(skb);
  if (load<u32>(below, SUMMED) != SUMMED_UNNECESSARY) return;
  store<u32>(below, SUMMED_NONE, SUMMED);
  store<u32>(below, 0, SUM_LEVEL);
}

/** bpf_csum_diff(from, from_size, to, to_size, seed) */
export function helper_28(from: i64, fromSize: i64, to: i64, toSize: i64, seed: i64): i64 {
  const before = <i32>fromSize;
  const after = <i32>toSize;
  let sum = <u32>seed;
  if (before != 0 && after != 0) sum = subtract(sumOf(<i32>to, after, sum), sumOf(<i32>from, before, 0));
  else if (after != 0) sum = sumOf(<i32>to, after, sum);
  else if (before != 0) sum = ~sumOf(<i32>from, before, ~sum);
  return <i64>((sum + rotl<u32>(sum, 16)) >>> 16);
}

/** bpf_csum_update(skb, csum) */
export function helper_40(context: i64, sum: i64): i64 {
  const below = hidden(<i32>context);
  if (load<u32>(below, SUMMED) != SUMMED_COMPLETE) return E_NOTSUPP;
  const result = add(load<u32>(below, SUM), <u32>sum);
  store<u32>(below, result, SUM);
  return <i64>result;
}

/** bpf_csum_level(skb, level): query, one more, one less, none. */
export function helper_135(context: i64, action: i64): i64 {
  const skb = <i32>context;
  const below = hidden(skb);
  const level = load<u32>(below, SUM_LEVEL);
  const unnecessary = load<u32>(below, SUMMED) == SUMMED_UNNECESSARY;
  if (action == 0) return unnecessary ? <i64>level : E_ACCES;
  if (<u64>action > 3) return E_INVAL;
  if (action == 1) {
    if (unnecessary) store<u32>(below, min<u32>(level + 1, MAX_LEVEL), SUM_LEVEL);
    else if (load<u32>(below, SUMMED) == SUMMED_NONE) {
      store<u32>(below, SUMMED_UNNECESSARY, SUMMED);
      store<u32>(below, 0, SUM_LEVEL);
    }
  } else if (unnecessary && action == 2 && level > 0) store<u32>(below, level - 1, SUM_LEVEL);
  else resetUnnecessary(skb);
  return 0;
}

/** Address of the 16-bit field at `offset`, or 0. */
function field(skb: i32, offset: u32): i32 {
  if (offset > LARGEST_OFFSET || (offset & 1) != 0 || !writable(skb, offset + 2)) return 0;
  return data(skb) + <i32>offset;
}

function replaceByDifference(at: i32, difference: u32): void {
  store<u16>(at, <u16>fold(add(difference, ~(<u32>load<u16>(at)))));
}

function replace4(at: i32, from: u32, to: u32): void {
  store<u16>(at, <u16>fold(add(subtract(~(<u32>load<u16>(at)), from), to)));
}

function add16(a: u32, b: u32): u32 {
  const sum = (a + b) & 0xffff;
  return (sum + u32(sum < b)) & 0xffff;
}

/** bpf_l3_csum_replace(skb, offset, from, to, flags) */
export function helper_10(context: i64, offset: i64, from: i64, to: i64, flags: i64): i64 {
  if ((<u64>flags & ~FIELD_MASK) != 0) return E_INVAL;
  const at = field(<i32>context, <u32>offset);
  if (at == 0) return E_FAULT;
  const size = <i32>flags;
  if (size == 0) {
    if (from != 0) return E_INVAL;
    replaceByDifference(at, <u32>to);
  } else if (size == 2) {
    const old = ~(<u32>load<u16>(at)) & 0xffff;
    store<u16>(at, <u16>~add16(add16(old, ~(<u32>from) & 0xffff), <u32>to & 0xffff));
  } else if (size == 4) replace4(at, <u32>from, <u32>to);
  else return E_INVAL;
  return 0;
}

/** bpf_l4_csum_replace(skb, offset, from, to, flags) */
export function helper_11(context: i64, offset: i64, from: i64, to: i64, flags: i64): i64 {
  const skb = <i32>context;
  const given = <u64>flags;
  if ((given & ~L4_FLAGS) != 0) return E_INVAL;
  const at = field(skb, <u32>offset);
  if (at == 0) return E_FAULT;
  const mangled = (given & MARK_MANGLED) != 0;
  if (mangled && (given & MARK_ENFORCE) == 0 && load<u16>(at) == 0) return 0;
  const size = given & FIELD_MASK;
  const pseudo = (given & PSEUDO_HEADER) != 0;
  if (size == 0) {
    if (from != 0) return E_INVAL;
    replaceByDifference(at, <u32>to);
    if (pseudo && (given & FLAG_IPV6) == 0) completeByDifference(skb, <u32>to);
  } else if (size == 2 || size == 4) {
    const mask: u32 = size == 2 ? 0xffff : 0xffff_ffff;
    replace4(at, <u32>from & mask, <u32>to & mask);
    if (pseudo) completeReplace(skb, <u32>from & mask, <u32>to & mask);
  } else return E_INVAL;
  if (mangled && load<u16>(at) == 0) store<u16>(at, 0xffff);
  return 0;
}

/** The address behind a pseudo header changed: a complete sum over the packet changes with it. */
function completeReplace(skb: i32, from: u32, to: u32): void {
  const below = hidden(skb);
  if (load<u32>(below, SUMMED) != SUMMED_COMPLETE) return;
  store<u32>(below, ~add(subtract(~load<u32>(below, SUM), from), to), SUM);
}

function completeByDifference(skb: i32, difference: u32): void {
  const below = hidden(skb);
  if (load<u32>(below, SUMMED) != SUMMED_COMPLETE) return;
  store<u32>(below, ~subtract(difference, load<u32>(below, SUM)), SUM);
}
