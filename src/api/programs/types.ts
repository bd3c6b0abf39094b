/** Program types of the friendly layer: their kernel names in lower case. */
import { ProgramType } from '../../shared/uapi.js';

/** Names in `ProgramType`, by the friendly name. */
export const PROGRAM_TYPES = {
  socket_filter: 'SOCKET_FILTER',
  kprobe: 'KPROBE',
  sched_cls: 'SCHED_CLS',
  sched_act: 'SCHED_ACT',
  tracepoint: 'TRACEPOINT',
  xdp: 'XDP',
  perf_event: 'PERF_EVENT',
  cgroup_skb: 'CGROUP_SKB',
  lwt_in: 'LWT_IN',
  lwt_out: 'LWT_OUT',
  lwt_xmit: 'LWT_XMIT',
  sk_skb: 'SK_SKB',
  raw_tracepoint: 'RAW_TRACEPOINT',
  syscall: 'SYSCALL',
} as const satisfies Record<string, keyof typeof ProgramType>;

export type ProgramTypeName = keyof typeof PROGRAM_TYPES;

/** The friendly name of a program type that was loaded. */
export function typeName(type: number): ProgramTypeName {
  for (const [name, kernelName] of Object.entries(PROGRAM_TYPES)) {
    if (ProgramType[kernelName] === type) return name as ProgramTypeName;
  }
  throw new Error(`broken invariant: a program of type ${type} was loaded`);
}

const NETWORK: ReadonlySet<number> = new Set([
  ProgramType.XDP,
  ProgramType.SCHED_CLS,
  ProgramType.SCHED_ACT,
  ProgramType.LWT_IN,
  ProgramType.LWT_OUT,
  ProgramType.LWT_XMIT,
  ProgramType.SK_SKB,
]);
const TRACING: ReadonlySet<number> = new Set([
  ProgramType.KPROBE,
  ProgramType.TRACEPOINT,
  ProgramType.PERF_EVENT,
  ProgramType.RAW_TRACEPOINT,
]);

/** What programs of a type need beside CAP_BPF. */
export function neededCapability(type: number): 'CAP_NET_ADMIN' | 'CAP_PERFMON' | null {
  if (NETWORK.has(type)) return 'CAP_NET_ADMIN';
  return TRACING.has(type) ? 'CAP_PERFMON' : null;
}
