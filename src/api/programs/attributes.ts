import { OBJECT_NAME_SIZE, ProgramFlags, ProgramType } from '../../shared/uapi.js';
import { BpfError } from '../errors.js';
import type { LogAttributes } from './log.js';

/** PROG_LOAD attributes, by their kernel names. Those that are absent are 0. */
export interface ProgramLoadAttributes extends LogAttributes {
  prog_type: number;
  /** Instructions as bytes, 8 each. */
  insns: Uint8Array | null;
  /** Default: as many as `insns` holds. */
  insn_cnt?: number;
  /** NUL-terminated, or text. */
  license: Uint8Array | string | null;
  prog_flags?: number;
  /** Up to 15 characters; bytes are NUL-terminated within 16. */
  prog_name?: Uint8Array | string;
  kern_version?: number;
  prog_ifindex?: number;
  expected_attach_type?: number;
  prog_btf_fd?: number;
  func_info_rec_size?: number;
  func_info?: Uint8Array | null;
  func_info_cnt?: number;
  line_info_rec_size?: number;
  line_info?: Uint8Array | null;
  line_info_cnt?: number;
  attach_btf_id?: number;
  attach_prog_fd?: number;
  core_relo_cnt?: number;
  /** Descriptors that load-immediates name by index: i32 each. */
  fd_array?: Uint8Array | null;
  fd_array_cnt?: number;
  /** Written back: the log size that would have held everything. */
  log_true_size?: number;
}

const INSTRUCTION_SIZE = 8;
const MAX_INSTRUCTIONS = 1_000_000;
const SYSCALL = 'PROG_LOAD';
const { STRICT_ALIGNMENT, ANY_ALIGNMENT, TEST_RND_HI32, TEST_STATE_FREQ, TEST_REG_INVARIANTS } = ProgramFlags;
/** They steer the verifier only. */
const VERIFIER_FLAGS = STRICT_ALIGNMENT | ANY_ALIGNMENT | TEST_RND_HI32 | TEST_STATE_FREQ | TEST_REG_INVARIANTS;
const XDP_FLAGS = ProgramFlags.XDP_HAS_FRAGS | ProgramFlags.XDP_DEV_BOUND_ONLY;
/** Types whose contexts and helpers are known here. */
const SUPPORTED: ReadonlySet<number> = new Set([
  ProgramType.SOCKET_FILTER,
  ProgramType.KPROBE,
  ProgramType.SCHED_CLS,
  ProgramType.SCHED_ACT,
  ProgramType.TRACEPOINT,
  ProgramType.XDP,
  ProgramType.PERF_EVENT,
  ProgramType.CGROUP_SKB,
  ProgramType.LWT_IN,
  ProgramType.LWT_OUT,
  ProgramType.LWT_XMIT,
  ProgramType.SK_SKB,
  ProgramType.RAW_TRACEPOINT,
  ProgramType.SYSCALL,
]);

/** Attributes that ask for what has no meaning here, or none yet. */
const UNAVAILABLE = {
  prog_ifindex: 'offload to a network device',
  attach_btf_id: 'kernel BTF',
  attach_prog_fd: 'programs that attach to programs',
  core_relo_cnt: 'CO-RE relocations by the kernel (loadObject applies them)',
} as const satisfies Partial<Record<keyof ProgramLoadAttributes, string>>;

/** The checks of the kernel that need no program text, in its order. Throws BpfError. */
export function checkLoadAttributes(attributes: ProgramLoadAttributes): void {
  const flags = attributes.prog_flags ?? 0;
  if (flags & ~(VERIFIER_FLAGS | ProgramFlags.SLEEPABLE | XDP_FLAGS)) {
    throw new BpfError('EINVAL', SYSCALL, `prog_flags: given 0x${flags.toString(16)}, which has unknown bits`);
  }
  const count = instructionCount(attributes);
  if (count === 0 || count > MAX_INSTRUCTIONS) {
    throw new BpfError('E2BIG', SYSCALL, `insn_cnt: given ${count}, expected 1 to ${MAX_INSTRUCTIONS}`);
  }
  const { insns } = attributes;
  if (!(insns instanceof Uint8Array) || insns.length < count * INSTRUCTION_SIZE) {
    const given = insns instanceof Uint8Array ? `${insns.length} bytes` : 'no buffer';
    const expected = `${count * INSTRUCTION_SIZE} bytes for ${count} instructions`;
    throw new BpfError('EFAULT', SYSCALL, `insns: given ${given}, expected ${expected}`);
  }
  if (attributes.license === null || attributes.license === undefined) {
    throw new BpfError('EFAULT', SYSCALL, 'license: given null, expected a NUL-terminated text such as "GPL"');
  }
  checkType(attributes.prog_type);
  checkAttachType(attributes);
  checkName(attributes.prog_name);
  checkUnavailable(attributes);
}

function instructionCount(attributes: ProgramLoadAttributes): number {
  return attributes.insn_cnt ?? Math.floor((attributes.insns?.length ?? 0) / INSTRUCTION_SIZE);
}

/** Exactly the bytes of the instructions. */
export function instructionBytes(attributes: ProgramLoadAttributes): Uint8Array {
  const bytes = attributes.insns ?? new Uint8Array(0);
  return bytes.subarray(0, instructionCount(attributes) * INSTRUCTION_SIZE);
}

export function programName(name: Uint8Array | string | undefined): string {
  if (name === undefined) return '';
  if (typeof name === 'string') return name;
  const end = name.indexOf(0);
  return String.fromCharCode(...name.subarray(0, end < 0 ? name.length : end));
}

/** GPL, or one of the double licences that the kernel takes for it. */
export function isGpl(license: Uint8Array | string | null): boolean {
  return GPL_COMPATIBLE.has(typeof license === 'string' ? license : programName(license ?? undefined));
}

const GPL_COMPATIBLE: ReadonlySet<string> = new Set([
  'GPL',
  'GPL v2',
  'GPL and additional rights',
  'Dual BSD/GPL',
  'Dual MIT/GPL',
  'Dual MPL/GPL',
]);

/** Descriptors of `fd_array`, as many as the buffer holds; undefined: there is none. */
export function fdArrayOf({ fd_array }: ProgramLoadAttributes): number[] | undefined {
  if (!fd_array) return undefined;
  const view = new DataView(fd_array.buffer, fd_array.byteOffset, fd_array.byteLength);
  return Array.from({ length: Math.floor(fd_array.length / 4) }, (_, index) => view.getInt32(index * 4, true));
}

function checkType(type: number): void {
  if (!SUPPORTED.has(type)) {
    const name = Object.entries(ProgramType).find(([, number]) => number === type)?.[0];
    if (name === undefined || type === ProgramType.UNSPEC) {
      throw new BpfError('EINVAL', SYSCALL, `prog_type: given ${type}, expected a program type such as XDP (6)`);
    }
    const missing = `program type ${name}`;
    throw new BpfError('ENOTSUPP', SYSCALL, `prog_type: ${missing} needs kernel objects that do not exist here`, {
      missing,
    });
  }
}

/** Only few types have their attach type checked at load. */
function checkAttachType({ prog_type, expected_attach_type = 0 }: ProgramLoadAttributes): void {
  const most = prog_type === ProgramType.CGROUP_SKB ? CGROUP_INET_EGRESS : 0;
  if (prog_type !== ProgramType.CGROUP_SKB && prog_type !== ProgramType.SYSCALL) return;
  if (expected_attach_type <= most) return;
  throw new BpfError('EINVAL', SYSCALL, `expected_attach_type: given ${expected_attach_type}, expected 0 to ${most}`);
}

const CGROUP_INET_EGRESS = 1;

/** As map names: letters, digits, `_` and `.`. */
function checkName(name: Uint8Array | string | undefined): void {
  if (name === undefined) return;
  const text = programName(name);
  if (text.length < OBJECT_NAME_SIZE && /^[A-Za-z0-9_.]*$/.test(text)) return;
  const expected = `at most ${OBJECT_NAME_SIZE - 1} letters, digits, "_" and "."`;
  throw new BpfError('EINVAL', SYSCALL, `prog_name: given "${text}", expected ${expected}`);
}

function checkUnavailable(attributes: ProgramLoadAttributes): void {
  for (const [name, missing] of Object.entries(UNAVAILABLE)) {
    if (!attributes[name as keyof typeof UNAVAILABLE]) continue;
    throw new BpfError('ENOTSUPP', SYSCALL, `${name}: ${missing}: not available here, expected 0`, { missing });
  }
}
