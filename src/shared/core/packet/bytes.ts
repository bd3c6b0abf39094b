/** Reading and writing packet bytes through helpers: `__sk_buff`. */
import { addToSum, removeFromSum } from './checksum';
import { E_FAULT, E_INVAL, E_NOMEM, hidden, MAC, NETWORK, SKB_DATA_END } from './layout';
import { forgetHash } from './hash';
import { data, length, place, writable } from './skb';

const RECOMPUTE_SUM: u64 = 1;
const INVALIDATE_HASH: u64 = 2;
const LARGEST_OFFSET: u32 = 0x7fff_ffff;

const FROM_MAC: u32 = 0;
const FROM_NETWORK: u32 = 1;

/** bpf_skb_store_bytes(skb, offset, from, len, flags) */
export function helper_9(context: i64, offset: i64, from: i64, bytes: i64, flags: i64): i64 {
  const skb = <i32>context;
  const at = <u32>offset;
  const given = <u64>flags;
  if ((given & ~(RECOMPUTE_SUM | INVALIDATE_HASH)) != 0) return E_INVAL;
  if (at > LARGEST_OFFSET || !inside(skb, at, <u32>bytes)) return E_FAULT;
  const to = data(skb) + <i32>at;
  const odd = (at & 1) != 0;
  if ((given & RECOMPUTE_SUM) != 0) removeFromSum(skb, to, <i32>bytes, odd);
  memory.copy(to, <i32>from, <i32>bytes);
  if ((given & RECOMPUTE_SUM) != 0) addToSum(skb, to, <i32>bytes, odd);
  if ((given & INVALIDATE_HASH) != 0) forgetHash(skb);
  return 0;
}

/** bpf_skb_load_bytes(skb, offset, to, len). A failed one zeroes the buffer. */
export function helper_26(context: i64, offset: i64, to: i64, bytes: i64): i64 {
  const skb = <i32>context;
  const at = <u32>offset;
  if (at > LARGEST_OFFSET || !inside(skb, at, <u32>bytes)) {
    memory.fill(<i32>to, 0, <i32>bytes);
    return E_FAULT;
  }
  memory.copy(<i32>to, data(skb) + <i32>at, <i32>bytes);
  return 0;
}

/** bpf_skb_load_bytes_relative(skb, offset, to, len, start_header) */
export function helper_68(context: i64, offset: i64, to: i64, bytes: i64, header: i64): i64 {
  const skb = <i32>context;
  const at = <u32>offset;
  const from = <u32>header;
  let start = 0;
  if (from == FROM_MAC) start = load<i32>(hidden(skb), MAC);
  else if (from == FROM_NETWORK) start = load<i32>(hidden(skb), NETWORK);
  const end = load<u32>(skb, SKB_DATA_END);
  if (start == 0 || at > LARGEST_OFFSET || <u64>start + at + <u32>bytes > end) {
    memory.fill(<i32>to, 0, <i32>bytes);
    return E_FAULT;
  }
  memory.copy(<i32>to, start + <i32>at, <i32>bytes);
  return 0;
}

/** bpf_skb_pull_data(skb, len): all bytes are in one piece here; 0 asks for what there is. */
export function helper_39(context: i64, bytes: i64): i64 {
  const skb = <i32>context;
  if (!writable(skb, <u32>bytes)) return E_NOMEM;
  place(skb, data(skb), length(skb));
  return 0;
}

function inside(skb: i32, offset: u32, bytes: u32): bool {
  return <u64>offset + bytes <= length(skb);
}
