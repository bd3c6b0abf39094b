/** What the name of a program's section says of it, by the conventions of libbpf. */
import { nearest } from '../../text/nearest.js';
import { ProgramFlags, ProgramType } from '../../uapi.js';

export interface SectionMeaning {
  readonly type: number;
  readonly expectedAttachType: number;
  readonly flags: number;
  /** False for a name that begins with `?`. */
  readonly autoload: boolean;
  /** Whether more stands behind the name than today's conventions allow. */
  readonly sloppy: boolean;
}

interface SectionRule {
  readonly type: number;
  /** Number of `enum bpf_attach_type`; 0 when the type has none. */
  readonly attach: number;
  readonly flags: number;
  /** Whether `/…` may follow. */
  readonly extra: 'none' | 'any';
}

const { SLEEPABLE, XDP_HAS_FRAGS } = ProgramFlags;

/** Numbers of `enum bpf_attach_type`, of those that sections stand for. */
const Attach = {
  CGROUP_INET_INGRESS: 0,
  CGROUP_INET_EGRESS: 1,
  CGROUP_INET_SOCK_CREATE: 2,
  CGROUP_SOCK_OPS: 3,
  SK_SKB_STREAM_PARSER: 4,
  SK_SKB_STREAM_VERDICT: 5,
  CGROUP_DEVICE: 6,
  SK_MSG_VERDICT: 7,
  CGROUP_INET4_BIND: 8,
  CGROUP_INET6_BIND: 9,
  CGROUP_INET4_CONNECT: 10,
  CGROUP_INET6_CONNECT: 11,
  CGROUP_INET4_POST_BIND: 12,
  CGROUP_INET6_POST_BIND: 13,
  CGROUP_UDP4_SENDMSG: 14,
  CGROUP_UDP6_SENDMSG: 15,
  LIRC_MODE2: 16,
  FLOW_DISSECTOR: 17,
  CGROUP_SYSCTL: 18,
  CGROUP_UDP4_RECVMSG: 19,
  CGROUP_UDP6_RECVMSG: 20,
  CGROUP_GETSOCKOPT: 21,
  CGROUP_SETSOCKOPT: 22,
  TRACE_RAW_TP: 23,
  TRACE_FENTRY: 24,
  TRACE_FEXIT: 25,
  MODIFY_RETURN: 26,
  LSM_MAC: 27,
  TRACE_ITER: 28,
  CGROUP_INET4_GETPEERNAME: 29,
  CGROUP_INET6_GETPEERNAME: 30,
  CGROUP_INET4_GETSOCKNAME: 31,
  CGROUP_INET6_GETSOCKNAME: 32,
  XDP_DEVMAP: 33,
  CGROUP_INET_SOCK_RELEASE: 34,
  XDP_CPUMAP: 35,
  SK_LOOKUP: 36,
  XDP: 37,
  SK_SKB_VERDICT: 38,
  SK_REUSEPORT_SELECT: 39,
  SK_REUSEPORT_SELECT_OR_MIGRATE: 40,
  TRACE_KPROBE_MULTI: 42,
  LSM_CGROUP: 43,
  STRUCT_OPS: 44,
  NETFILTER: 45,
  TCX_INGRESS: 46,
  TCX_EGRESS: 47,
  TRACE_UPROBE_MULTI: 48,
  CGROUP_UNIX_CONNECT: 49,
  CGROUP_UNIX_SENDMSG: 50,
  CGROUP_UNIX_RECVMSG: 51,
  CGROUP_UNIX_GETPEERNAME: 52,
  CGROUP_UNIX_GETSOCKNAME: 53,
  NETKIT_PRIMARY: 54,
  NETKIT_PEER: 55,
  TRACE_KPROBE_SESSION: 56,
} as const;

const T = ProgramType;

function alone(type: number, attach = 0, flags = 0): SectionRule {
  return { type, attach, flags, extra: 'none' };
}

function anyTarget(type: number, attach = 0, flags = 0): SectionRule {
  return { type, attach, flags, extra: 'any' };
}

/** By name, or by what stands before its target. Where one name begins another, the longer one is tried first. */
const RULES: ReadonlyMap<string, SectionRule> = new Map<string, SectionRule>([
  ['socket', alone(T.SOCKET_FILTER)],
  ['sk_reuseport/migrate', alone(T.SK_REUSEPORT, Attach.SK_REUSEPORT_SELECT_OR_MIGRATE)],
  ['sk_reuseport', alone(T.SK_REUSEPORT, Attach.SK_REUSEPORT_SELECT)],
  ['kprobe', anyTarget(T.KPROBE)],
  ['uprobe', anyTarget(T.KPROBE)],
  ['uprobe.s', anyTarget(T.KPROBE, 0, SLEEPABLE)],
  ['kretprobe', anyTarget(T.KPROBE)],
  ['uretprobe', anyTarget(T.KPROBE)],
  ['uretprobe.s', anyTarget(T.KPROBE, 0, SLEEPABLE)],
  ['kprobe.multi', anyTarget(T.KPROBE, Attach.TRACE_KPROBE_MULTI)],
  ['kretprobe.multi', anyTarget(T.KPROBE, Attach.TRACE_KPROBE_MULTI)],
  ['kprobe.session', anyTarget(T.KPROBE, Attach.TRACE_KPROBE_SESSION)],
  ['uprobe.multi', anyTarget(T.KPROBE, Attach.TRACE_UPROBE_MULTI)],
  ['uretprobe.multi', anyTarget(T.KPROBE, Attach.TRACE_UPROBE_MULTI)],
  ['ksyscall', anyTarget(T.KPROBE)],
  ['kretsyscall', anyTarget(T.KPROBE)],
  ['usdt', anyTarget(T.KPROBE)],
  ['usdt.s', anyTarget(T.KPROBE, 0, SLEEPABLE)],
  ['tc/ingress', alone(T.SCHED_CLS, Attach.TCX_INGRESS)],
  ['tc/egress', alone(T.SCHED_CLS, Attach.TCX_EGRESS)],
  ['tcx/ingress', alone(T.SCHED_CLS, Attach.TCX_INGRESS)],
  ['tcx/egress', alone(T.SCHED_CLS, Attach.TCX_EGRESS)],
  ['tc', alone(T.SCHED_CLS)],
  ['classifier', alone(T.SCHED_CLS)],
  ['action', alone(T.SCHED_ACT)],
  ['netkit/primary', alone(T.SCHED_CLS, Attach.NETKIT_PRIMARY)],
  ['netkit/peer', alone(T.SCHED_CLS, Attach.NETKIT_PEER)],
  ['tracepoint', anyTarget(T.TRACEPOINT)],
  ['tp', anyTarget(T.TRACEPOINT)],
  ['raw_tracepoint', anyTarget(T.RAW_TRACEPOINT)],
  ['raw_tp', anyTarget(T.RAW_TRACEPOINT)],
  ['raw_tracepoint.w', anyTarget(T.RAW_TRACEPOINT_WRITABLE)],
  ['raw_tp.w', anyTarget(T.RAW_TRACEPOINT_WRITABLE)],
  ['tp_btf', anyTarget(T.TRACING, Attach.TRACE_RAW_TP)],
  ['fentry', anyTarget(T.TRACING, Attach.TRACE_FENTRY)],
  ['fmod_ret', anyTarget(T.TRACING, Attach.MODIFY_RETURN)],
  ['fexit', anyTarget(T.TRACING, Attach.TRACE_FEXIT)],
  ['fentry.s', anyTarget(T.TRACING, Attach.TRACE_FENTRY, SLEEPABLE)],
  ['fmod_ret.s', anyTarget(T.TRACING, Attach.MODIFY_RETURN, SLEEPABLE)],
  ['fexit.s', anyTarget(T.TRACING, Attach.TRACE_FEXIT, SLEEPABLE)],
  ['freplace', anyTarget(T.EXT)],
  ['lsm', anyTarget(T.LSM, Attach.LSM_MAC)],
  ['lsm.s', anyTarget(T.LSM, Attach.LSM_MAC, SLEEPABLE)],
  ['lsm_cgroup', anyTarget(T.LSM, Attach.LSM_CGROUP)],
  ['iter', anyTarget(T.TRACING, Attach.TRACE_ITER)],
  ['iter.s', anyTarget(T.TRACING, Attach.TRACE_ITER, SLEEPABLE)],
  ['syscall', alone(T.SYSCALL, 0, SLEEPABLE)],
  ['xdp.frags/devmap', alone(T.XDP, Attach.XDP_DEVMAP, XDP_HAS_FRAGS)],
  ['xdp/devmap', alone(T.XDP, Attach.XDP_DEVMAP)],
  ['xdp.frags/cpumap', alone(T.XDP, Attach.XDP_CPUMAP, XDP_HAS_FRAGS)],
  ['xdp/cpumap', alone(T.XDP, Attach.XDP_CPUMAP)],
  ['xdp.frags', alone(T.XDP, Attach.XDP, XDP_HAS_FRAGS)],
  ['xdp', alone(T.XDP, Attach.XDP)],
  ['perf_event', alone(T.PERF_EVENT)],
  ['lwt_in', alone(T.LWT_IN)],
  ['lwt_out', alone(T.LWT_OUT)],
  ['lwt_xmit', alone(T.LWT_XMIT)],
  ['lwt_seg6local', alone(T.LWT_SEG6LOCAL)],
  ['sockops', alone(T.SOCK_OPS, Attach.CGROUP_SOCK_OPS)],
  ['sk_skb/stream_parser', alone(T.SK_SKB, Attach.SK_SKB_STREAM_PARSER)],
  ['sk_skb/stream_verdict', alone(T.SK_SKB, Attach.SK_SKB_STREAM_VERDICT)],
  ['sk_skb/verdict', alone(T.SK_SKB, Attach.SK_SKB_VERDICT)],
  ['sk_skb', alone(T.SK_SKB)],
  ['sk_msg', alone(T.SK_MSG, Attach.SK_MSG_VERDICT)],
  ['lirc_mode2', alone(T.LIRC_MODE2, Attach.LIRC_MODE2)],
  ['flow_dissector', alone(T.FLOW_DISSECTOR, Attach.FLOW_DISSECTOR)],
  ['cgroup_skb/ingress', alone(T.CGROUP_SKB, Attach.CGROUP_INET_INGRESS)],
  ['cgroup_skb/egress', alone(T.CGROUP_SKB, Attach.CGROUP_INET_EGRESS)],
  ['cgroup/skb', alone(T.CGROUP_SKB)],
  ['cgroup/sock_create', alone(T.CGROUP_SOCK, Attach.CGROUP_INET_SOCK_CREATE)],
  ['cgroup/sock_release', alone(T.CGROUP_SOCK, Attach.CGROUP_INET_SOCK_RELEASE)],
  ['cgroup/sock', alone(T.CGROUP_SOCK, Attach.CGROUP_INET_SOCK_CREATE)],
  ['cgroup/post_bind4', alone(T.CGROUP_SOCK, Attach.CGROUP_INET4_POST_BIND)],
  ['cgroup/post_bind6', alone(T.CGROUP_SOCK, Attach.CGROUP_INET6_POST_BIND)],
  ['cgroup/bind4', alone(T.CGROUP_SOCK_ADDR, Attach.CGROUP_INET4_BIND)],
  ['cgroup/bind6', alone(T.CGROUP_SOCK_ADDR, Attach.CGROUP_INET6_BIND)],
  ['cgroup/connect4', alone(T.CGROUP_SOCK_ADDR, Attach.CGROUP_INET4_CONNECT)],
  ['cgroup/connect6', alone(T.CGROUP_SOCK_ADDR, Attach.CGROUP_INET6_CONNECT)],
  ['cgroup/connect_unix', alone(T.CGROUP_SOCK_ADDR, Attach.CGROUP_UNIX_CONNECT)],
  ['cgroup/sendmsg4', alone(T.CGROUP_SOCK_ADDR, Attach.CGROUP_UDP4_SENDMSG)],
  ['cgroup/sendmsg6', alone(T.CGROUP_SOCK_ADDR, Attach.CGROUP_UDP6_SENDMSG)],
  ['cgroup/sendmsg_unix', alone(T.CGROUP_SOCK_ADDR, Attach.CGROUP_UNIX_SENDMSG)],
  ['cgroup/recvmsg4', alone(T.CGROUP_SOCK_ADDR, Attach.CGROUP_UDP4_RECVMSG)],
  ['cgroup/recvmsg6', alone(T.CGROUP_SOCK_ADDR, Attach.CGROUP_UDP6_RECVMSG)],
  ['cgroup/recvmsg_unix', alone(T.CGROUP_SOCK_ADDR, Attach.CGROUP_UNIX_RECVMSG)],
  ['cgroup/getpeername4', alone(T.CGROUP_SOCK_ADDR, Attach.CGROUP_INET4_GETPEERNAME)],
  ['cgroup/getpeername6', alone(T.CGROUP_SOCK_ADDR, Attach.CGROUP_INET6_GETPEERNAME)],
  ['cgroup/getpeername_unix', alone(T.CGROUP_SOCK_ADDR, Attach.CGROUP_UNIX_GETPEERNAME)],
  ['cgroup/getsockname4', alone(T.CGROUP_SOCK_ADDR, Attach.CGROUP_INET4_GETSOCKNAME)],
  ['cgroup/getsockname6', alone(T.CGROUP_SOCK_ADDR, Attach.CGROUP_INET6_GETSOCKNAME)],
  ['cgroup/getsockname_unix', alone(T.CGROUP_SOCK_ADDR, Attach.CGROUP_UNIX_GETSOCKNAME)],
  ['cgroup/sysctl', alone(T.CGROUP_SYSCTL, Attach.CGROUP_SYSCTL)],
  ['cgroup/getsockopt', alone(T.CGROUP_SOCKOPT, Attach.CGROUP_GETSOCKOPT)],
  ['cgroup/setsockopt', alone(T.CGROUP_SOCKOPT, Attach.CGROUP_SETSOCKOPT)],
  ['cgroup/dev', alone(T.CGROUP_DEVICE, Attach.CGROUP_DEVICE)],
  ['struct_ops', anyTarget(T.STRUCT_OPS)],
  ['struct_ops.s', anyTarget(T.STRUCT_OPS, 0, SLEEPABLE)],
  ['sk_lookup', alone(T.SK_LOOKUP, Attach.SK_LOOKUP)],
  ['netfilter', alone(T.NETFILTER, Attach.NETFILTER)],
]);

/** What a section name says, or undefined for one that no convention covers. */
export function sectionMeaning(name: string): SectionMeaning | undefined {
  const autoload = !name.startsWith('?');
  const plain = autoload ? name : name.slice(1);
  const rule = RULES.get(plain) ?? targetRule(plain) ?? sloppyRule(plain);
  if (rule === undefined) return undefined;
  const sloppy = RULES.get(plain) === undefined && rule.extra === 'none';
  return { type: rule.type, expectedAttachType: rule.attach, flags: rule.flags, autoload, sloppy };
}

/** The target follows the first slash; names with a slash of their own stand in the table whole. */
function targetRule(name: string): SectionRule | undefined {
  const slash = name.indexOf('/');
  const rule = slash < 0 ? undefined : RULES.get(name.slice(0, slash));
  return rule?.extra === 'any' ? rule : undefined;
}

/** As libbpf before 1.0: a known name with something behind it, as in `xdp_firewall`, `socket1`, `tc/mine`. */
function sloppyRule(name: string): SectionRule | undefined {
  let best = '';
  for (const [known, { extra }] of RULES) {
    if (extra === 'none' && known.length > best.length && name.startsWith(known)) {
      if (/^[/_.\-\d]/.test(name.slice(known.length))) best = known;
    }
  }
  return RULES.get(best);
}

/** The section that a name without a meaning may have been meant for, its target kept: `kprobe/x` for `kprob/x`. */
export function nearestSection(name: string): string | undefined {
  const plain = name.startsWith('?') ? name.slice(1) : name;
  const slash = plain.indexOf('/');
  const targeted = [...RULES].filter(([, { extra }]) => extra === 'any').map(([known]) => known);
  const begin = slash < 0 ? undefined : nearest(plain.slice(0, slash), targeted);
  return begin === undefined ? nearest(plain, [...RULES.keys()]) : begin + plain.slice(slash);
}
