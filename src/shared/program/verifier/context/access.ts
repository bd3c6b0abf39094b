/** What a program may load from and store to its context, and what a load yields, by program type. */
import { ProgramType } from '../../../uapi.js';
import { Kind } from '../register-kinds.js';
import { kprobeAccess, perfEventAccess, rawTracepointAccess, syscallAccess, tracepointAccess } from './other.js';
import { lookupAccess, sockAccess } from './sock.js';
import { skbAccess } from './skb.js';
import { xdpAccess } from './xdp.js';

export interface ContextAccess {
  readonly offset: number;
  readonly size: number;
  readonly write: boolean;
  readonly type: number;
  readonly attachType: number;
  readonly bpfCapable: boolean;
}

/** Type of the value that an allowed load yields; null: refused. */
export type Answer = number | null;

export function contextAccess(access: ContextAccess): Answer {
  if (access.offset < 0 || access.offset % access.size !== 0) return null;
  switch (access.type) {
    case ProgramType.SOCKET_FILTER:
    case ProgramType.SCHED_CLS:
    case ProgramType.SCHED_ACT:
    case ProgramType.CGROUP_SKB:
    case ProgramType.LWT_IN:
    case ProgramType.LWT_OUT:
    case ProgramType.LWT_XMIT:
    case ProgramType.LWT_SEG6LOCAL:
    case ProgramType.SK_SKB:
    case ProgramType.FLOW_DISSECTOR:
      return skbAccess(access);
    case ProgramType.XDP:
      return xdpAccess(access);
    case ProgramType.RAW_TRACEPOINT:
    case ProgramType.RAW_TRACEPOINT_WRITABLE:
      return rawTracepointAccess(access);
    case ProgramType.TRACEPOINT:
      return tracepointAccess(access);
    case ProgramType.KPROBE:
      return kprobeAccess(access);
    case ProgramType.PERF_EVENT:
      return perfEventAccess(access);
    case ProgramType.SYSCALL:
      return syscallAccess(access);
    case ProgramType.CGROUP_SOCK:
      return sockAccess(access);
    case ProgramType.SK_LOOKUP:
      return lookupAccess(access);
    case ProgramType.CGROUP_DEVICE:
      return deviceAccess(access);
    default:
      return null;
  }
}

/** A load of part of a field of `whole` bytes. */
export function narrowLoad(size: number, whole: number): boolean {
  return size <= whole;
}

/** Three words; only the first one, access_type, in parts. */
function deviceAccess({ offset, size, write }: ContextAccess): Answer {
  if (write || size > 4 || offset + size > 12) return null;
  return size === 4 || offset < 4 ? Kind.SCALAR : null;
}
