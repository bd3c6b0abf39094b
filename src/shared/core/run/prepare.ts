/** From a packet to what a program of a type is given, and back. */
import {
  END,
  ETHERNET,
  FRAGMENTS,
  HEAD,
  hidden,
  isSkb,
  LIMIT,
  LOOPBACK,
  LOWEST,
  MAC,
  NETWORK,
  RESERVED,
  seesMac,
  SKB_IFINDEX,
  SKB_MARK,
  SKB_PACKET_TYPE,
  SKB_PROTOCOL,
  SKB_SIZE,
  START,
  TYPE,
  TYPE_XDP,
  XDP_DATA,
  XDP_DATA_END,
  XDP_DATA_META,
  XDP_INGRESS_IFINDEX,
} from '../packet/layout';
import { data, length, place, push, reserve } from '../packet/skb';
import { runArea } from './area';
import {
  HEADROOM,
  LONGEST_PACKET,
  RECORD_ARG0,
  RECORD_ARG1,
  RECORD_CAPACITY,
  RECORD_DATA,
  RECORD_LENGTH,
  RECORD_VERDICT,
  RUN_BYTES,
  RUN_CONTEXT,
  RUN_CONTEXT_BYTES,
  RUN_PACKET,
  XDP_LINEAR,
  XDP_RESERVED,
} from './layout';

const HOST: u32 = 0;
const MULTICAST: u32 = 2;
const OTHER_HOST: u32 = 3;
const SMALLEST_ETHERTYPE: u32 = 0x0600;
const RAW_802_3: u32 = 0x0100;
const LLC_802_2: u32 = 0x0400;
/** Readable bytes in front of a packet, as the kernel's test runs have them. */
const SKB_HEADROOM: i32 = 64;

/**
 * Lay a record's packet out for a program of this type. Types without a packet get the record's bytes as their
 * context. Address of the context, or 0 when the packet is too long, or too short to have an Ethernet header.
 */
export function prepare(record: i32, type: u32): i32 {
  const context = runArea() + RUN_CONTEXT;
  const bytes = load<i32>(record, RECORD_LENGTH);
  store<u32>(hidden(context), type, TYPE);
  if (type == TYPE_XDP) return prepareXdp(record, context, bytes) ? context : 0;
  if (isSkb(type)) return prepareSkb(record, context, bytes, seesMac(type)) ? context : 0;
  if (<u32>bytes > <u32>RUN_CONTEXT_BYTES) return 0;
  memory.copy(context, load<i32>(record, RECORD_DATA), bytes);
  return context;
}

function prepareXdp(record: i32, xdp: i32, bytes: i32): bool {
  if (<u32>bytes > <u32>LONGEST_PACKET) return false;
  const below = hidden(xdp);
  const start = runArea() + RUN_PACKET;
  const packet = start + HEADROOM;
  const linear = min<i32>(bytes, XDP_LINEAR);
  memory.copy(packet, load<i32>(record, RECORD_DATA), bytes);
  store<i32>(below, start, START);
  store<i32>(below, XDP_RESERVED, RESERVED);
  store<i32>(below, packet + XDP_LINEAR, LIMIT);
  store<i32>(below, packet, LOWEST);
  store<i32>(below, bytes - linear, FRAGMENTS);
  store<i32>(xdp, packet, XDP_DATA);
  store<i32>(xdp, packet + linear, XDP_DATA_END);
  store<i32>(xdp, packet, XDP_DATA_META);
  store<u32>(xdp, load<u32>(record, RECORD_ARG0), XDP_INGRESS_IFINDEX);
  store<u64>(xdp, load<u32>(record, RECORD_ARG1), XDP_INGRESS_IFINDEX + 4);
  return true;
}

function prepareSkb(record: i32, skb: i32, bytes: i32, withMac: bool): bool {
  if (bytes < ETHERNET || bytes > LONGEST_PACKET) return false;
  const below = hidden(skb);
  const start = runArea() + RUN_PACKET;
  const frame = start + HEADROOM;
  for (let at = skb; at < skb + SKB_SIZE; at += 8) store<u64>(at, 0);
  for (let at = below + 8; at < below + 64; at += 8) store<u64>(at, 0);
  for (let at = frame - SKB_HEADROOM; at < frame; at += 8) store<u64>(at, 0);
  memory.copy(frame, load<i32>(record, RECORD_DATA), bytes);
  store<i32>(below, start, START);
  store<i32>(below, runArea() + RUN_BYTES, END);
  store<i32>(below, frame, MAC);
  store<i32>(below, frame + ETHERNET, NETWORK);
  store<i32>(below, frame - SKB_HEADROOM, HEAD);
  const skip = withMac ? 0 : ETHERNET;
  place(skb, frame + skip, bytes - skip);
  store<u32>(skb, packetType(frame), SKB_PACKET_TYPE);
  store<u32>(skb, protocolOf(frame, bytes), SKB_PROTOCOL);
  store<u32>(skb, load<u32>(record, RECORD_ARG0), SKB_MARK);
  store<u32>(skb, LOOPBACK, SKB_IFINDEX);
  return true;
}

/** The loopback device's address is all zeroes, and so is its broadcast address. */
function packetType(frame: i32): u32 {
  if ((load<u64>(frame) & 0xffff_ffff_ffff) == 0) return HOST;
  return (load<u8>(frame) & 1) != 0 ? MULTICAST : OTHER_HOST;
}

/** As `__sk_buff.protocol` has it: a length field means IEEE 802.3, raw when the next two bytes are 0xffff. */
function protocolOf(frame: i32, bytes: i32): u32 {
  const field = load<u16>(frame, 12);
  if (<u32>bswap<u16>(field) >= SMALLEST_ETHERTYPE) return field;
  return bytes >= ETHERNET + 2 && load<u16>(frame, ETHERNET) == 0xffff ? RAW_802_3 : LLC_802_2;
}

/**
 * Write verdict, length and as much of the packet as fits back to the record. Metadata of an XDP program comes
 * before the packet; an Ethernet header that the program did not see comes back zeroed, as in the kernel's test runs.
 */
export function finish(record: i32, type: u32, context: i32, verdict: u32): void {
  store<u32>(record, verdict, RECORD_VERDICT);
  // Not wanted back: the record is run again as it is.
  const capacity = load<u32>(record, RECORD_CAPACITY);
  if (capacity == 0) return;
  let start = context;
  let bytes: u32 = 0;
  if (type == TYPE_XDP) {
    start = load<i32>(context, XDP_DATA_META);
    bytes = load<u32>(context, XDP_DATA_END) - <u32>start + load<u32>(hidden(context), FRAGMENTS);
  } else if (isSkb(type)) {
    if (!seesMac(type)) giveMacBack(context);
    start = data(context);
    bytes = length(context);
  } else return;
  store<u32>(record, bytes, RECORD_LENGTH);
  memory.copy(load<i32>(record, RECORD_DATA), start, min<u32>(bytes, capacity));
}

function giveMacBack(skb: i32): void {
  if (!reserve(skb, ETHERNET, 0)) return;
  push(skb, ETHERNET);
  memory.fill(data(skb), 0, ETHERNET);
}
