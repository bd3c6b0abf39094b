/** Packet helpers of XDP programs. Bytes behind `data_end` (FRAGMENTS) lie in memory directly behind it. */
import {
  E_ACCES,
  E_FAULT,
  E_INVAL,
  ETHERNET,
  FRAGMENTS,
  hidden,
  LIMIT,
  LOWEST,
  RESERVED,
  START,
  XDP_DATA,
  XDP_DATA_END,
  XDP_DATA_META,
} from './layout';

const LARGEST: u32 = 0xffff;
const LARGEST_META: u32 = 252;

function total(xdp: i32): u32 {
  return load<u32>(xdp, XDP_DATA_END) - load<u32>(xdp, XDP_DATA) + load<u32>(hidden(xdp), FRAGMENTS);
}

/** Lowest address that metadata and packet may take. */
function floor(xdp: i32): i64 {
  return <i64>load<u32>(hidden(xdp), START) + load<u32>(hidden(xdp), RESERVED);
}

/** Headroom that becomes packet for the first time in this run is zero, whatever ran in this buffer before. */
function expose(xdp: i32, start: u32): void {
  const below = hidden(xdp);
  const lowest = load<u32>(below, LOWEST);
  if (start >= lowest) return;
  memory.fill(start, 0, lowest - start);
  store<u32>(below, start, LOWEST);
}

/** bpf_xdp_adjust_head(xdp, offset): metadata moves along. */
export function helper_44(context: i64, offset: i64): i64 {
  const xdp = <i32>context;
  const by = <i64><i32>offset;
  const start = <i64>load<u32>(xdp, XDP_DATA);
  const meta = load<u32>(xdp, XDP_DATA_META);
  const metaBytes = start - meta;
  if (start + by < floor(xdp) + metaBytes || start + by > <i64>load<u32>(xdp, XDP_DATA_END) - ETHERNET) return E_INVAL;
  expose(xdp, meta + <u32>by);
  if (metaBytes != 0) memory.copy(meta + <u32>by, meta, <u32>metaBytes);
  store<u32>(xdp, meta + <u32>by, XDP_DATA_META);
  store<u32>(xdp, <u32>(start + by), XDP_DATA);
  return 0;
}

/** bpf_xdp_adjust_meta(xdp, offset) */
export function helper_54(context: i64, offset: i64): i64 {
  const xdp = <i32>context;
  const meta = <i64>load<u32>(xdp, XDP_DATA_META) + <i64><i32>offset;
  const start = <i64>load<u32>(xdp, XDP_DATA);
  if (meta < floor(xdp) || meta > start) return E_INVAL;
  if (!metaFits(<u32>(start - meta))) return E_ACCES;
  expose(xdp, <u32>meta);
  store<u32>(xdp, <u32>meta, XDP_DATA_META);
  return 0;
}

export function metaFits(bytes: u32): bool {
  return (bytes & 3) == 0 && bytes <= LARGEST_META;
}

/** bpf_xdp_adjust_tail(xdp, offset): new bytes are zero. */
export function helper_65(context: i64, offset: i64): i64 {
  const xdp = <i32>context;
  const by = <i64><i32>offset;
  const below = hidden(xdp);
  if (load<u32>(below, FRAGMENTS) != 0) return adjustFragments(xdp, by);
  const end = <i64>load<u32>(xdp, XDP_DATA_END);
  if (end + by > load<u32>(below, LIMIT) || end + by < <i64>load<u32>(xdp, XDP_DATA) + ETHERNET) return E_INVAL;
  if (by > 0) memory.fill(<i32>end, 0, <i32>by);
  store<u32>(xdp, <u32>(end + by), XDP_DATA_END);
  return 0;
}

/** Fragments are cut first, then the linear part; they grow to the end of their last page. */
function adjustFragments(xdp: i32, by: i64): i64 {
  const below = hidden(xdp);
  const bytes = <i64>load<u32>(below, FRAGMENTS);
  const end = <i64>load<u32>(xdp, XDP_DATA_END);
  if (by >= 0) {
    const room = (PAGE - (bytes & (PAGE - 1))) & (PAGE - 1);
    if (by > room) return E_INVAL;
    memory.fill(<i32>(end + bytes), 0, <i32>by);
    store<u32>(below, <u32>(bytes + by), FRAGMENTS);
    return 0;
  }
  if (<i64>total(xdp) + by < ETHERNET) return E_INVAL;
  const cut = min<i64>(bytes, -by);
  store<u32>(below, <u32>(bytes - cut), FRAGMENTS);
  store<u32>(xdp, <u32>(end + by + cut), XDP_DATA_END);
  return 0;
}

const PAGE: i64 = 4096;

/** bpf_xdp_get_buff_len(xdp) */
export function helper_188(context: i64): i64 {
  return <i64>total(<i32>context);
}

/** bpf_xdp_load_bytes(xdp, offset, buf, len) */
export function helper_189(context: i64, offset: i64, buffer: i64, bytes: i64): i64 {
  const xdp = <i32>context;
  const fault = outside(xdp, <u32>offset, <u32>bytes);
  if (fault != 0) return fault;
  memory.copy(<i32>buffer, load<i32>(xdp, XDP_DATA) + <i32>offset, <i32>bytes);
  return 0;
}

/** bpf_xdp_store_bytes(xdp, offset, buf, len) */
export function helper_190(context: i64, offset: i64, buffer: i64, bytes: i64): i64 {
  const xdp = <i32>context;
  const fault = outside(xdp, <u32>offset, <u32>bytes);
  if (fault != 0) return fault;
  memory.copy(load<i32>(xdp, XDP_DATA) + <i32>offset, <i32>buffer, <i32>bytes);
  return 0;
}

function outside(xdp: i32, offset: u32, bytes: u32): i64 {
  if (offset > LARGEST || bytes > LARGEST) return E_FAULT;
  return offset + bytes > total(xdp) ? E_INVAL : 0;
}
