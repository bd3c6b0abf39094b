/** struct bpf_sock, as context and through socket pointers, and struct bpf_sk_lookup. */
import { Flag, Kind } from '../register-kinds.js';
import type { Answer, ContextAccess } from './access.js';

const END = 80;
const IPV4 = 24;
const PORTS = 48;

/** Loads through a socket pointer and from a CGROUP_SOCK context. */
export function sockFieldReadable(offset: number, size: number): boolean {
  if (offset < 0 || offset >= END || offset % size !== 0) return false;
  // bound_dev_if … priority, then addresses and ports: whole words; dst_port is two bytes, its padding none.
  if (offset === PORTS) return size === 2 || size === 4;
  if (offset === PORTS + 2) return false;
  if (offset >= IPV4 && offset < PORTS - 4) return size <= 4;
  return size <= 4;
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
