/** Which program types may call which helpers, as Linux 6.18 answers (with all capabilities; measured by loading). */
import { ProgramType } from '../../uapi.js';

/** Helpers that every program type below may call. */
const COMMON =
  '1-3 5-8 12 14-17 22 35 37 42 55 80 87-89 93-94 105-106 109 112-115 117-118 120 125 130-134 141 148-149 153-154 156-158 164-165 169-172 175-177 180-182 191 194-195 197-203 208-211';
const NET = '123 160 136-140 178 196';
const TRACING = '4 25 27 45 67 123 173-174';
const SCHED =
  '9-11 13 18-21 23-26 28-34 38-41 43 46-48 50 66 68-69 79 83-86 95-100 107-108 110 122-124 135-140 151-152 155 160 163 178 192 196 204-207';
const LWT = `24-26 28 33-34 39 ${NET}`;

const TABLE: readonly (readonly [number, string])[] = [
  [ProgramType.SOCKET_FILTER, `25-26 46-47 68 122 ${NET}`],
  [ProgramType.KPROBE, TRACING],
  [ProgramType.SCHED_CLS, SCHED],
  [ProgramType.SCHED_ACT, SCHED],
  [ProgramType.TRACEPOINT, TRACING],
  [ProgramType.XDP, `23 25 28 44 51 54 65 69 84-86 99-100 110 163 188-190 204-207 ${NET}`],
  [ProgramType.PERF_EVENT, `56 119 ${TRACING}`],
  [ProgramType.CGROUP_SKB, `25-26 46-47 68 79 81 83-86 95-99 107-108 122 128-129 ${NET}`],
  [ProgramType.CGROUP_SOCK, '25 46 81 107 122-123 160 186-187'],
  [ProgramType.LWT_IN, `73 ${LWT}`],
  [ProgramType.LWT_OUT, LWT],
  [ProgramType.LWT_XMIT, `9-11 13 20-21 23 29-30 38 40-41 43 73 135 ${LWT}`],
  [ProgramType.LWT_SEG6LOCAL, `74-76 ${LWT}`],
  [ProgramType.SK_SKB, `9 25-26 38-39 43 46-47 50 52 72 84-86 99 ${NET}`],
  [ProgramType.SOCK_OPS, `25 46 49 53 57 59 70 81 96 107-108 122 142-144 ${NET}`],
  [ProgramType.SK_MSG, `25 60-63 71 90-91 107-108 122 ${NET}`],
  [ProgramType.RAW_TRACEPOINT, TRACING],
  [ProgramType.RAW_TRACEPOINT_WRITABLE, TRACING],
  [ProgramType.SYSCALL, '4 25 27 45-46 67 107-108 111 121 123 136-140 147 162 166-168 173 178-179 188 196'],
  [ProgramType.FLOW_DISSECTOR, `26 ${NET}`],
  [ProgramType.CGROUP_DEVICE, '25 81 123'],
  [ProgramType.SK_LOOKUP, `25 46 84-86 107-108 122 124 ${NET}`],
];

/** Helpers that need CAP_BPF, and those that need CAP_PERFMON as well. */
const NEEDS_BPF = numbers('93-94 118 153-154 164 169-172 181 194 197-203 209-211 123 80');
const NEEDS_PERFMON = numbers('4 6 16 22 35 45 55 109 112-115 117 136-141 148-149 158 165 175-178 180 191 196');

function numbers(text: string): Set<number> {
  const set = new Set<number>();
  for (const part of text.trim().split(/\s+/)) {
    const [first = 0, last = first] = part.split('-').map(Number);
    for (let id = first; id <= last; id++) set.add(id);
  }
  return set;
}

const BY_TYPE: ReadonlyMap<number, ReadonlySet<number>> = new Map(
  TABLE.map(([type, text]) => [type, numbers(`${COMMON} ${text}`)]),
);

export function mayCall(type: number, helper: number, bpf: boolean, perfmon: boolean): boolean {
  if (NEEDS_BPF.has(helper) && !bpf) return false;
  if (NEEDS_PERFMON.has(helper) && !perfmon) return false;
  return BY_TYPE.get(type)?.has(helper) ?? false;
}
