/** Helpers that answer about devices or leave a verdict. */
import {
  E_INVAL,
  E_NODEV,
  ETHERNET,
  hidden,
  LOOPBACK,
  LOOPBACK_MTU,
  SKB_GSO_SIZE,
  SKB_LEN,
  SKB_PACKET_TYPE,
  TYPE,
  TYPE_XDP,
  XDP_DATA,
  XDP_DATA_END,
  FRAGMENTS,
} from './layout';
import { MAP_TYPE } from '../layout';

const LARGEST_TYPE: u32 = 3;
const CHECK_SEGMENTS: u64 = 1;
const FRAGMENTATION_NEEDED: i64 = 1;
const SEGMENTS_TOO_BIG: i64 = 2;
const REDIRECT_INGRESS: u64 = 1;
/** The verdict that bpf_redirect_map() gives when there is nothing at the index. */
const FALLBACK_VERDICT: u64 = 3;
const BROADCAST: u64 = 1 << 3;
const EXCLUDE_INGRESS: u64 = 1 << 4;
const DEVMAP: u32 = 14;
const DEVMAP_HASH: u32 = 25;

const TC_ACT_SHOT: i64 = 2;
const TC_ACT_REDIRECT: i64 = 7;
const XDP_ABORTED: i64 = 0;
const XDP_REDIRECT: i64 = 4;

/** bpf_skb_change_type(skb, type) */
export function helper_32(context: i64, type: i64): i64 {
  const skb = <i32>context;
  if (load<u32>(skb, SKB_PACKET_TYPE) > LARGEST_TYPE || <u32>type > LARGEST_TYPE) return E_INVAL;
  store<u32>(skb, <u32>type, SKB_PACKET_TYPE);
  return 0;
}

/** bpf_redirect(ifindex, flags) in a run of a program of this type: the verdict; nothing is sent anywhere. */
export function redirectVerdict(programType: u32, flags: u64): i64 {
  if (programType == TYPE_XDP) return flags != 0 ? XDP_ABORTED : XDP_REDIRECT;
  return (flags & ~REDIRECT_INGRESS) != 0 ? TC_ACT_SHOT : TC_ACT_REDIRECT;
}

/**
 * bpf_redirect_map(map, index, flags): maps of devices, CPUs and sockets are always empty here, so that only a
 * broadcast, which needs no element, redirects.
 */
export function helper_51(map: i64, index: i64, flags: i64): i64 {
  const type = load<u32>(<i32>map, MAP_TYPE);
  const toDevices = type == DEVMAP || type == DEVMAP_HASH;
  const known = toDevices ? FALLBACK_VERDICT | BROADCAST | EXCLUDE_INGRESS : FALLBACK_VERDICT;
  if ((<u64>flags & ~known) != 0) return XDP_ABORTED;
  return (<u64>flags & BROADCAST) != 0 ? XDP_REDIRECT : <i64>(<u64>flags & FALLBACK_VERDICT);
}

/** bpf_check_mtu(ctx, ifindex, mtu_len, len_diff, flags): the loopback device is the only one. */
export function helper_163(context: i64, ifindex: i64, lengthPointer: i64, difference: i64, flags: i64): i64 {
  const xdp = load<u32>(hidden(<i32>context), TYPE) == TYPE_XDP;
  const pointer = <i32>lengthPointer;
  const asked = load<u32>(pointer);
  const segments = (<u64>flags & CHECK_SEGMENTS) != 0;
  if ((<u64>flags & ~(xdp ? 0 : CHECK_SEGMENTS)) != 0) return E_INVAL;
  if (segments && (<i32>difference != 0 || asked != 0)) return E_INVAL;
  if (<u32>ifindex > LOOPBACK) return E_NODEV;
  const bytes = (asked != 0 ? <i64>asked + ETHERNET : lengthOf(<i32>context, xdp)) + <i64><i32>difference;
  store<u32>(pointer, LOOPBACK_MTU);
  if (<u32>bytes <= LOOPBACK_MTU + ETHERNET) return 0;
  if (xdp || load<u32>(<i32>context, SKB_GSO_SIZE) == 0) return FRAGMENTATION_NEEDED;
  return segments && load<u32>(<i32>context, SKB_GSO_SIZE) > LOOPBACK_MTU ? SEGMENTS_TOO_BIG : 0;
}

function lengthOf(context: i32, xdp: bool): i64 {
  if (!xdp) return <i64>load<u32>(context, SKB_LEN);
  return <i64>(load<u32>(context, XDP_DATA_END) - load<u32>(context, XDP_DATA) + load<u32>(hidden(context), FRAGMENTS));
}
