/**
 * VLAN tags. The outermost tag lives beside the packet (`vlan_present`, `vlan_tci`, `vlan_proto`), as network cards
 * hand it over; only the ones below it are bytes of the packet.
 */
import { addToSum, removeFromSum } from './checksum';
import {
  E_NOMEM,
  ETHERNET,
  hidden,
  MAC,
  MAC_LENGTH,
  NETWORK,
  SKB_PROTOCOL,
  SKB_VLAN_PRESENT,
  SKB_VLAN_PROTOCOL,
  SKB_VLAN_TCI,
  VLAN_AD,
  VLAN_Q,
  VLAN_TAG,
} from './layout';
import { data, length, pull, push, reserve } from './skb';

const ADDRESSES: i32 = 12;
const SMALLEST_ETHERTYPE: u32 = 0x0600;
/** Protocols of frames that carry a length instead of an EtherType. */
const RAW_802_3: u32 = 0x0100;
const LLC_802_2: u32 = 0x0400;

export function isVlan(protocol: u32): bool {
  return protocol == VLAN_Q || protocol == VLAN_AD;
}

/** bpf_skb_vlan_push(skb, vlan_proto, vlan_tci) */
export function helper_18(context: i64, protocol: i64, tci: i64): i64 {
  const skb = <i32>context;
  let tag = <u32>protocol & 0xffff;
  if (!isVlan(tag)) tag = VLAN_Q;
  withMac(skb);
  if (load<u32>(skb, SKB_VLAN_PRESENT) != 0) {
    const outer = load<u32>(skb, SKB_VLAN_PROTOCOL);
    if (!insertTag(skb, outer, load<u32>(skb, SKB_VLAN_TCI))) return E_NOMEM;
    store<u32>(skb, outer, SKB_PROTOCOL);
  }
  putBeside(skb, tag, <u32>tci & 0xffff);
  withoutMac(skb);
  return 0;
}

/** While tags move, a complete checksum covers the MAC header as well. */
function withMac(skb: i32): void {
  addToSum(skb, load<i32>(hidden(skb), MAC), load<i32>(hidden(skb), MAC_LENGTH), false);
}

function withoutMac(skb: i32): void {
  removeFromSum(skb, load<i32>(hidden(skb), MAC), load<i32>(hidden(skb), MAC_LENGTH), false);
}

/** bpf_skb_vlan_pop(skb): the next tag, if the packet has one, takes its place. */
export function helper_19(context: i64): i64 {
  const skb = <i32>context;
  withMac(skb);
  const result = pop(skb);
  withoutMac(skb);
  return result;
}

function pop(skb: i32): i64 {
  if (load<u32>(skb, SKB_VLAN_PRESENT) != 0) {
    store<u32>(skb, 0, SKB_VLAN_PRESENT);
    store<u32>(skb, 0, SKB_VLAN_TCI);
    store<u32>(skb, 0, SKB_VLAN_PROTOCOL);
  } else {
    if (!isVlan(load<u32>(skb, SKB_PROTOCOL))) return 0;
    if (takeTag(skb) < 0) return E_NOMEM;
  }
  const protocol = load<u32>(skb, SKB_PROTOCOL);
  if (!isVlan(protocol)) return 0;
  const tci = takeTag(skb);
  if (tci < 0) return E_NOMEM;
  putBeside(skb, protocol, tci);
  return 0;
}

function putBeside(skb: i32, protocol: u32, tci: u32): void {
  store<u32>(skb, 1, SKB_VLAN_PRESENT);
  store<u32>(skb, tci, SKB_VLAN_TCI);
  store<u32>(skb, protocol, SKB_VLAN_PROTOCOL);
}

/** The tag becomes bytes behind the addresses. The network header stays where it is in memory. */
function insertTag(skb: i32, protocol: u32, tci: u32): bool {
  if (!reserve(skb, VLAN_TAG, 0)) return false;
  push(skb, VLAN_TAG);
  const start = data(skb);
  memory.copy(start, start + VLAN_TAG, ADDRESSES);
  store<u16>(start, <u16>protocol, ADDRESSES);
  store<u16>(start, bswap<u16>(<u16>tci), ADDRESSES + 2);
  store<i32>(hidden(skb), start, MAC);
  addToSum(skb, start + ADDRESSES, VLAN_TAG, false);
  store<i32>(hidden(skb), load<i32>(hidden(skb), MAC_LENGTH) + VLAN_TAG, MAC_LENGTH);
  return true;
}

/** Take the tag behind the addresses out of the packet. Its TCI, or -1 when the packet is too short. */
function takeTag(skb: i32): i32 {
  if (length(skb) < <u32>(ETHERNET + VLAN_TAG)) return -1;
  const below = hidden(skb);
  const old = data(skb);
  removeFromSum(skb, old + ADDRESSES, VLAN_TAG, false);
  const tci = <i32>bswap<u16>(load<u16>(old, ADDRESSES + 2));
  store<u32>(skb, encapsulated(old, length(skb)), SKB_PROTOCOL);
  memory.copy(old + VLAN_TAG, old, ADDRESSES);
  pull(skb, VLAN_TAG);
  store<i32>(below, load<i32>(below, MAC) + VLAN_TAG, MAC);
  const start = data(skb);
  if (load<i32>(below, NETWORK) - start < ETHERNET) store<i32>(below, start + ETHERNET, NETWORK);
  store<i32>(below, load<i32>(below, NETWORK) - start, MAC_LENGTH);
  return tci;
}

/** Protocol behind the tag. A length below 1536 means IEEE 802.3, raw when the next two bytes are 0xffff. */
function encapsulated(frame: i32, bytes: u32): u32 {
  const field = load<u16>(frame, ADDRESSES + VLAN_TAG);
  if (<u32>bswap<u16>(field) >= SMALLEST_ETHERTYPE) return field;
  const raw = bytes >= 20 && load<u16>(frame, ADDRESSES + VLAN_TAG + 2) == 0xffff;
  return raw ? RAW_802_3 : LLC_802_2;
}
