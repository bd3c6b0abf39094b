/** Helpers that make an `__sk_buff` longer or shorter. */
import { forgetHash } from './hash';
import {
  E_INVAL,
  E_NOMEM,
  E_NOTSUPP,
  ENCAPSULATED,
  hidden,
  IP,
  IP_HEADER,
  IPV6,
  IPV6_HEADER,
  MAC,
  MAC_LENGTH,
  NETWORK,
  SKB_LONGEST,
  SKB_PROTOCOL,
} from './layout';
import { closeGap, data, length, macLength, networkOffset, openGap, place, push, reserve, writable } from './skb';

/** bpf_skb_change_head(skb, head_room, flags): zeroes in front, the MAC header begins there. */
export function helper_43(context: i64, headRoom: i64, flags: i64): i64 {
  const skb = <i32>context;
  const bytes = <u32>headRoom;
  const total = length(skb) + bytes;
  if (flags != 0 || <i32>bytes < 0 || total > SKB_LONGEST || total < length(skb)) return E_INVAL;
  if (!reserve(skb, bytes, 0)) return E_NOMEM;
  push(skb, bytes);
  memory.fill(data(skb), 0, bytes);
  store<i32>(hidden(skb), data(skb), MAC);
  store<i32>(hidden(skb), macLength(skb), MAC_LENGTH);
  return 0;
}

/** bpf_skb_change_tail(skb, new_len, flags): cut off, or zeroes behind. */
export function helper_38(context: i64, newLength: i64, flags: i64): i64 {
  const skb = <i32>context;
  const bytes = <u32>newLength;
  const least = max<i32>(networkOffset(skb), 0);
  if (flags != 0 || bytes > SKB_LONGEST || bytes < <u32>least) return E_INVAL;
  if (load<u32>(hidden(skb), ENCAPSULATED) != 0) return E_NOTSUPP;
  const now = length(skb);
  if (bytes > now) {
    if (!reserve(skb, 0, bytes - now)) return E_NOMEM;
    memory.fill(data(skb) + now, 0, bytes - now);
  }
  place(skb, data(skb), bytes);
  return 0;
}

/** bpf_skb_change_proto(skb, proto, flags): room for the other header; its content is the program's affair. */
export function helper_31(context: i64, protocol: i64, flags: i64): i64 {
  const skb = <i32>context;
  if (flags != 0) return E_INVAL;
  const from = load<u32>(skb, SKB_PROTOCOL);
  const to = <u32>protocol & 0xffff;
  const difference = IPV6_HEADER - IP_HEADER;
  const offset = macLength(skb);
  if (from == IP && to == IPV6) {
    if (!openGap(skb, offset, difference)) return E_NOMEM;
  } else if (from == IPV6 && to == IP) {
    if (!writable(skb, offset + difference)) return E_NOMEM;
    closeGap(skb, offset, difference);
  } else return E_NOTSUPP;
  store<u32>(skb, to, SKB_PROTOCOL);
  forgetHash(skb);
  return 0;
}


/** Whether the network header begins with an IPv4 or IPv6 header, by the protocol field; its length or 0. */
export function networkHeaderLength(skb: i32): i32 {
  const protocol = load<u32>(skb, SKB_PROTOCOL);
  if (protocol == IP) return IP_HEADER;
  return protocol == IPV6 ? IPV6_HEADER : 0;
}

export function setNetwork(skb: i32, address: i32): void {
  store<i32>(hidden(skb), address, NETWORK);
}
