import { ProgramType, type ProgramTypeName } from '../index.js';

/** What `runtime.loadProgram()` takes as `type`. */
export const PROGRAM_TYPE_NAMES: readonly ProgramTypeName[] = [
  'socket_filter',
  'kprobe',
  'sched_cls',
  'sched_act',
  'tracepoint',
  'xdp',
  'perf_event',
  'cgroup_skb',
  'lwt_in',
  'lwt_out',
  'lwt_xmit',
  'sk_skb',
  'raw_tracepoint',
  'syscall',
];

const NAMES = new Map<number, string>(
  Object.entries(ProgramType).map(([name, number]) => [number, name.toLowerCase()]),
);

/** Kernel name of a program type in lower case. */
export function typeName(type: number): string {
  return NAMES.get(type) ?? `type ${type}`;
}
