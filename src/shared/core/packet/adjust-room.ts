/** bpf_skb_adjust_room: room between the headers, for tunnels. */
import { resetUnnecessary } from './checksum';
import {
  E_ALREADY,
  E_FAULT,
  E_INVAL,
  E_NOMEM,
  E_NOTSUPP,
  ENCAPSULATED,
  ETHERNET,
  hidden,
  IP,
  IP_HEADER,
  IPV6,
  IPV6_HEADER,
  MAC,
  SKB_LONGEST,
  SKB_PROTOCOL,
} from './layout';
import { networkHeaderLength, setNetwork } from './resize';
import { closeGap, length, macLength, networkOffset, openGap, writable } from './skb';

const FIXED_GSO: u64 = 1;
const ENCAP_IPV4: u64 = 2;
const ENCAP_IPV6: u64 = 4;
const ENCAP_GRE: u64 = 8;
const ENCAP_UDP: u64 = 16;
const NO_CSUM_RESET: u64 = 32;
const ENCAP_L2_ETH: u64 = 64;
const DECAP_IPV4: u64 = 128;
const DECAP_IPV6: u64 = 256;
const ENCAP_L2_LENGTH: u64 = <u64>0xff << 56;
const ENCAP_L3: u64 = ENCAP_IPV4 | ENCAP_IPV6;
const ENCAP: u64 = ENCAP_L3 | ENCAP_GRE | ENCAP_UDP | ENCAP_L2_ETH | ENCAP_L2_LENGTH;
const DECAP_L3: u64 = DECAP_IPV4 | DECAP_IPV6;
const KNOWN: u64 = FIXED_GSO | ENCAP | NO_CSUM_RESET | DECAP_L3;

const MODE_NETWORK: u32 = 0;
const MODE_MAC: u32 = 1;
const LARGEST: i32 = 0xfff;

/** bpf_skb_adjust_room(skb, len_diff, mode, flags) */
export function helper_50(context: i64, difference: i64, mode: i64, flags: i64): i64 {
  const skb = <i32>context;
  const given = <u64>flags;
  const shrink = <i32>difference < 0;
  const bytes = shrink ? -(<i32>difference) : <i32>difference;
  if ((given & ~KNOWN) != 0) return E_INVAL;
  if (<u32>bytes > <u32>LARGEST) return E_FAULT;
  const header = networkHeaderLength(skb);
  if (header == 0) return E_NOTSUPP;
  let offset = macLength(skb);
  if (<u32>mode == MODE_NETWORK) offset += header;
  else if (<u32>mode != MODE_MAC) return E_NOTSUPP;
  let least = IP_HEADER;
  if ((given & DECAP_L3) != 0) {
    if (!shrink || (given & DECAP_L3) == DECAP_L3) return E_INVAL;
    if ((given & DECAP_IPV6) != 0) least = IPV6_HEADER;
  }
  const now = <i32>length(skb) - networkOffset(skb);
  if (shrink && (bytes >= now || now - bytes < least)) return E_NOTSUPP;
  if (!shrink && length(skb) + <u32>bytes > SKB_LONGEST) return E_NOTSUPP;
  const result = shrink ? narrow(skb, offset, bytes, given) : widen(skb, offset, bytes, given);
  if (result == 0 && (given & NO_CSUM_RESET) == 0) resetUnnecessary(skb);
  return result;
}

function narrow(skb: i32, offset: i32, bytes: i32, flags: u64): i64 {
  if ((flags & ~(FIXED_GSO | DECAP_L3 | NO_CSUM_RESET)) != 0) return E_INVAL;
  if (!writable(skb, offset + bytes)) return E_NOMEM;
  closeGap(skb, offset, bytes);
  if ((flags & DECAP_IPV4) != 0) store<u32>(skb, IP, SKB_PROTOCOL);
  if ((flags & DECAP_IPV6) != 0) store<u32>(skb, IPV6, SKB_PROTOCOL);
  return 0;
}

function widen(skb: i32, offset: i32, bytes: i32, flags: u64): i64 {
  const encapsulate = (flags & ENCAP_L3) != 0;
  const below = hidden(skb);
  const mac = macLength(skb);
  if (encapsulate) {
    const innerMac = <i32>(flags >>> 56);
    if ((flags & ENCAP_L3) == ENCAP_L3) return E_INVAL;
    if ((flags & ENCAP_GRE) != 0 && (flags & ENCAP_UDP) != 0) return E_INVAL;
    if ((flags & ENCAP_L2_ETH) != 0 && innerMac < ETHERNET) return E_INVAL;
    if (load<u32>(below, ENCAPSULATED) != 0) return E_ALREADY;
    if (innerMac > bytes) return E_INVAL;
  }
  if (!openGap(skb, offset, bytes)) return E_NOMEM;
  if (!encapsulate) return 0;
  store<u32>(below, 1, ENCAPSULATED);
  setNetwork(skb, load<i32>(below, MAC) + mac);
  if ((flags & ENCAP_IPV4) != 0) store<u32>(skb, IP, SKB_PROTOCOL);
  if ((flags & ENCAP_IPV6) != 0) store<u32>(skb, IPV6, SKB_PROTOCOL);
  return 0;
}
