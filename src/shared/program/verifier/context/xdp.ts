/** struct xdp_md: six words. */
import { Kind } from '../register-kinds.js';
import type { Answer, ContextAccess } from './access.js';

const DATA = 0;
const DATA_END = 4;
const DATA_META = 8;
const EGRESS_IFINDEX = 20;
const END = 24;
const ATTACH_DEVMAP = 33;

export function xdpAccess({ offset, size, write, attachType }: ContextAccess): Answer {
  if (write || size !== 4 || offset >= END) return null;
  switch (offset) {
    case DATA:
      return Kind.PACKET;
    case DATA_END:
      return Kind.PACKET_END;
    case DATA_META:
      return Kind.PACKET_META;
    case EGRESS_IFINDEX:
      return attachType === ATTACH_DEVMAP ? Kind.SCALAR : null;
    default:
      return Kind.SCALAR;
  }
}
