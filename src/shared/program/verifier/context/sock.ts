/** struct bpf_sock, as context and through socket pointers, and struct bpf_sk_lookup. */
import { Flag, Kind } from '../register-kinds.js';
import type { Answer, ContextAccess } from './access.js';

const END = 80;
const PORTS = 48;
/** Words that may be read in part, from their start on; of the addresses from any byte on. */
const PARTLY: readonly number[] = [4, 8, 12, 44, 72, 76];
const IPV4_END = 44;
const DESTINATION = 52;
const ADDRESSES: readonly (readonly [from: number, to: number])[] = [
  [24, IPV4_END],
  [DESTINATION, 72],
];

/** Loads through a pointer to a full socket. */
function sockReadable(offset: number, size: number): boolean {
  if (offset >= END) return false;
  if (offset === PORTS) return size <= 4;
  if (offset > PORTS && offset < PORTS + 2) return size <= 2;
  if (offset >= PORTS + 2 && offset < DESTINATION) return false;
  const narrow = PARTLY.includes(offset) || ADDRESSES.some(([from, to]) => offset >= from && offset < to);
  return narrow ? size <= 4 : size === 4;
}

const TCP_END = 112;
const TCP_BYTES: readonly number[] = [80, 88];

function tcpReadable(offset: number, size: number): boolean {
  return offset < TCP_END && size === (TCP_BYTES.includes(offset) ? 8 : 4);
}

/** Loads through a pointer to a socket of any kind. */
export function sockFieldReadable(kind: number, offset: number, size: number): boolean {
  if (offset < 0 || offset % size !== 0) return false;
  switch (kind) {
    case Kind.TCP_SOCK:
      return tcpReadable(offset, size);
    case Kind.XDP_SOCK:
      return offset === 0 && size === 4;
    case Kind.SOCK_COMMON:
      return (offset < 8 || offset >= 24) && sockReadable(offset, size);
    default:
      return sockReadable(offset, size);
  }
}

/** Words in the midst of fields of 8 bytes: the verifier lets them through, and the kernel has no instruction for them. */
export function isUnconvertible(kind: number, offset: number): boolean {
  return kind === Kind.TCP_SOCK && TCP_BYTES.includes(offset - 4);
}

/** Words that a CGROUP_SOCK context gives in parts too: family, type, protocol, and what lies behind the ports. */
function contextFieldReadable(offset: number, size: number): boolean {
  if (size > 4) return false;
  if (offset < PORTS) return NARROW.includes(offset) || (size === 4 && WHOLE.includes(offset));
  if (offset < PORTS + 4) return offset === PORTS || (offset === PORTS + 1 && size === 1);
  return offset < 72 || offset === 72 || offset === 76;
}

const NARROW: readonly number[] = [4, 8, 12];
const WHOLE: readonly number[] = [0, 16, 20];

export function sockAccess({ offset, size, write }: ContextAccess): Answer {
  if (offset >= END) return null;
  if (write) return WHOLE.includes(offset) && size === 4 ? Kind.SCALAR : null;
  return contextFieldReadable(offset, size) ? Kind.SCALAR : null;
}

/** cookie or sk at 0 (8 bytes), then words. */
export function lookupAccess({ offset, size, write }: ContextAccess): Answer {
  if (write || offset >= 72) return null;
  if (offset === 0 && size === 8) return Kind.SOCKET | Flag.MAYBE_NULL;
  return offset >= 8 && size <= 4 ? Kind.SCALAR : null;
}
