/** Alignment of accesses: always for the stack and for atomics, elsewhere under BPF_F_STRICT_ALIGNMENT. */
import type { Env } from '../env.js';
import { formatOffset } from '../log/tnum.js';
import { Kind } from '../register-kinds.js';
import type { Register } from '../register.js';
import { tnum, tnumAdd } from '../scalar/tnum.js';

/** Bytes that network drivers put before a packet, so that IP headers are aligned. */
const NET_IP_ALIGN = 2;

const NAMES: ReadonlyMap<number, string> = new Map<number, string>([
  [Kind.FLOW_KEYS, 'flow keys '],
  [Kind.MAP_KEY, 'key '],
  [Kind.MAP_VALUE, 'value '],
  [Kind.CTX, 'context '],
  [Kind.STACK, 'stack '],
  [Kind.SOCKET, 'sock '],
  [Kind.SOCK_COMMON, 'sock_common '],
  [Kind.TCP_SOCK, 'tcp_sock '],
  [Kind.XDP_SOCK, 'xdp_sock '],
]);

function isAligned(r: Register, fixed: number, size: number): boolean {
  const sum = tnum(fixed, fixed >> 31);
  tnumAdd(sum, r, sum);
  return ((sum.valueLo | sum.maskLo) & (size - 1)) === 0;
}

export function checkAlignment(env: Env, r: Register, off: number, size: number, strictOnce: boolean): void {
  let strict = env.strictAlignment || strictOnce;
  if (r.type === Kind.PACKET || r.type === Kind.PACKET_META) {
    checkPacketAlignment(env, r, off, size, strict);
    return;
  }
  if (r.type === Kind.ARENA) return;
  if (r.type === Kind.STACK) strict = true;
  if (!strict || size === 1 || isAligned(r, r.off + off, size)) return;
  const name = NAMES.get(r.type) ?? '';
  env.refuse('EACCES', `misaligned ${name}access off ${formatOffset(r)}+${r.off}+${off} size ${size}`);
}

function checkPacketAlignment(env: Env, r: Register, off: number, size: number, strict: boolean): void {
  if (!strict || size === 1 || isAligned(r, NET_IP_ALIGN + r.off + off, size)) return;
  env.refuse('EACCES', `misaligned packet access off ${NET_IP_ALIGN}+${formatOffset(r)}+${r.off}+${off} size ${size}`);
}
