/** LD_ABS and LD_IND: loads from the packet in network byte order. */
import { HEAD, hidden, MAC, NETWORK, SKB_DATA_END } from './layout';
import { data, length } from './skb';

/** Offsets from here up to 0 are relative to the network header, from `LINK` up to here to the MAC header. */
const NET: i32 = -0x10_0000;
const LINK: i32 = -0x20_0000;

/** The 1, 2 or 4 bytes at `offset`, or -1 when they are not in the packet. */
export function load_packet(skb: i32, offset: i32, bytes: i32): i64 {
  let at = 0;
  if (offset >= 0) {
    if (<i64>offset + bytes > <i64>length(skb)) return -1;
    at = data(skb) + offset;
  } else {
    at = negative(skb, offset, bytes);
    if (at == 0) return -1;
  }
  if (bytes == 1) return <i64>load<u8>(at);
  if (bytes == 2) return <i64>bswap<u16>(load<u16>(at));
  return <i64>bswap<u32>(load<u32>(at));
}

/** Address in the buffer, headroom included, or 0. */
function negative(skb: i32, offset: i32, bytes: i32): i32 {
  const below = hidden(skb);
  let at: i64 = 0;
  if (offset >= NET) at = <i64>load<i32>(below, NETWORK) + offset - NET;
  else if (offset >= LINK) at = <i64>load<i32>(below, MAC) + offset - LINK;
  else return 0;
  const inside = at >= <i64>load<u32>(below, HEAD) && at + bytes <= <i64>load<u32>(skb, SKB_DATA_END);
  return inside ? <i32>at : 0;
}
