/** Which pointers a program's functions may call their context, by the names that Linux 6.18 gives the contexts. */
import { type Btf, type BtfType, resolvedType, typeOf } from '../../object/btf/index.js';
import { ProgramType } from '../../uapi.js';

const SKB = '__sk_buff';
/** By program type; the types that are not here have no struct of a name as context. */
const STRUCTS: ReadonlyMap<number, string> = new Map([
  [ProgramType.SOCKET_FILTER, SKB],
  [ProgramType.SCHED_CLS, SKB],
  [ProgramType.SCHED_ACT, SKB],
  [ProgramType.CGROUP_SKB, SKB],
  [ProgramType.LWT_IN, SKB],
  [ProgramType.LWT_OUT, SKB],
  [ProgramType.LWT_XMIT, SKB],
  [ProgramType.SK_SKB, SKB],
  [ProgramType.XDP, 'xdp_md'],
  [ProgramType.KPROBE, 'pt_regs'],
  [ProgramType.PERF_EVENT, 'bpf_perf_event_data'],
  [ProgramType.RAW_TRACEPOINT, 'bpf_raw_tracepoint_args'],
  [ProgramType.RAW_TRACEPOINT_WRITABLE, 'bpf_raw_tracepoint_args'],
]);
/** The kernel's own structs behind two of them: as good by themselves, not by a tag. */
const BEHIND: Readonly<Record<string, string>> = { [SKB]: 'sk_buff', xdp_md: 'xdp_buff' };
const REGISTERS = 'bpf_user_pt_regs_t';
/** A tag makes anything the context of these. */
const ANYTHING: readonly number[] = [ProgramType.TRACEPOINT, ProgramType.SYSCALL];

/** A typedef of this name, possibly behind qualifiers. */
function isTypedef(btf: Btf, id: number, name: string): boolean {
  let type = typeOf(btf, id);
  while (type.kind === 'const' || type.kind === 'volatile' || type.kind === 'restrict' || type.kind === 'type_tag') {
    type = typeOf(btf, type.type);
  }
  return type.kind === 'typedef' && type.name === name;
}

/** A pointer to `target` is the context by its type alone. */
export function isContext(btf: Btf, target: number, programType: number): boolean {
  if (programType === ProgramType.KPROBE && isTypedef(btf, target, REGISTERS)) return true;
  const type = resolvedType(btf, target);
  const name = STRUCTS.get(programType);
  return type.kind === 'struct' && name !== undefined && (type.name === name || type.name === BEHIND[name]);
}

/** What is wrong with a pointer to `target` that a tag calls the context, or null. */
export function taggedContextProblem(btf: Btf, target: number, programType: number): string | null {
  const registers = programType === ProgramType.KPROBE || programType === ProgramType.PERF_EVENT;
  if (registers && isTypedef(btf, target, REGISTERS)) return null;
  const type = resolvedType(btf, target);
  if (type.kind === 'void') return null;
  if (type.name === '') return "type doesn't have a name";
  if (ANYTHING.includes(programType) || isAlsoContext(type, programType)) return null;
  const name = STRUCTS.get(programType);
  if (name === undefined) return 'should be void pointer';
  return type.kind === 'struct' && type.name === name ? null : `should be \`struct ${name} *\``;
}

function isAlsoContext(type: BtfType, programType: number): boolean {
  switch (programType) {
    case ProgramType.KPROBE:
    case ProgramType.PERF_EVENT:
      return type.kind === 'struct' && type.name === 'pt_regs';
    case ProgramType.RAW_TRACEPOINT:
    case ProgramType.RAW_TRACEPOINT_WRITABLE:
      return type.kind === 'int' && type.size === 8;
    default:
      return false;
  }
}
