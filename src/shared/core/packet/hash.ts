/** The flow hash of a packet. The kernel's has a secret of each boot in it: only that it is one and stays is the same. */
import { HASHED, hidden, IP, IPV6, NETWORK, SKB_DATA_END, SKB_HASH, SKB_PROTOCOL } from './layout';

const TCP: u32 = 6;
const UDP: u32 = 17;
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

export function forgetHash(skb: i32): void {
  store<u32>(skb, 0, SKB_HASH);
  store<u32>(hidden(skb), 0, HASHED);
}

/** bpf_get_hash_recalc(skb) */
export function helper_34(context: i64): i64 {
  const skb = <i32>context;
  if (load<u32>(hidden(skb), HASHED) == 0) setHash(skb, flowHash(skb));
  return <i64>load<u32>(skb, SKB_HASH);
}

/** bpf_set_hash_invalid(skb) */
export function helper_41(context: i64): i64 {
  forgetHash(<i32>context);
  return 0;
}

/** bpf_set_hash(skb, hash) */
export function helper_48(context: i64, hash: i64): i64 {
  setHash(<i32>context, <u32>hash);
  return 0;
}

function setHash(skb: i32, hash: u32): void {
  store<u32>(skb, hash, SKB_HASH);
  store<u32>(hidden(skb), 1, HASHED);
}

/** Over addresses, protocol and ports where the packet has them; never 0. */
function flowHash(skb: i32): u32 {
  const protocol = load<u32>(skb, SKB_PROTOCOL);
  const at = load<i32>(hidden(skb), NETWORK);
  const end = load<i32>(skb, SKB_DATA_END);
  let state: u64 = protocol;
  let ports = 0;
  let next: u32 = 0;
  if (protocol == IP && end - at >= 20) {
    next = load<u8>(at, 9);
    state = mix(state, load<u64>(at, 12));
    const fragment = (load<u16>(at, 6) & 0xff3f) != 0;
    if (!fragment) ports = at + ((<i32>load<u8>(at) & 15) << 2);
  } else if (protocol == IPV6 && end - at >= 40) {
    next = load<u8>(at, 6);
    for (let word = 8; word < 40; word += 8) state = mix(state, load<u64>(at + word));
    ports = at + 40;
  }
  state = mix(state, next);
  if (ports != 0 && ports + 4 <= end && (next == TCP || next == UDP)) state = mix(state, load<u32>(ports));
  const hash = <u32>(state >>> 32);
  return hash == 0 ? 1 : hash;
}

function mix(state: u64, word: u64): u64 {
  const product = (state ^ word) * MULTIPLIER;
  return product ^ (product >>> 29);
}
