/** Test runs of XDP programs: `xdp_md` in and out. Rules established on Linux 6.18 (test/packet/kernel-*.test.ts). */
import { BpfError } from '../errors.js';
import type { ProgramObject } from '../kernel/objects.js';
import { ProgramType } from '../../shared/uapi.js';
import {
  checkZero,
  contextCopy,
  packetOf,
  SYSCALL,
  TestFlags,
  type TestPlan,
  type TestRunAttributes,
} from './test-run.js';

const XDP_MD_SIZE = 24;
const ETHERNET_HEADER = 14;
/** Headroom of 256 bytes less what the kernel keeps of it. */
const MOST_METADATA = 216;
/** The kernel takes 17 fragments of a page more than the linear part; a run area holds less. */
const LONGEST_XDP_PACKET = 48_896;
const LOOPBACK = 1;
/** Bytes between `data` and `data_end` at most; the rest of a packet are fragments. */
const LINEAR = 3520;

const FIELD = {
  data: 0,
  data_end: 4,
  data_meta: 8,
  ingress_ifindex: 12,
  rx_queue_index: 16,
  egress_ifindex: 20,
} as const;

/** `enum bpf_attach_type`: programs that run where a DEVMAP or CPUMAP sends a packet. */
const BY_MAP: ReadonlyMap<number, string> = new Map([
  [33, 'DEVMAP'],
  [35, 'CPUMAP'],
]);

/** EINVAL for an XDP program of a device or CPU map: the kernel checks this before all but the descriptor. */
export function checkRunsAlone({ id, type, expectedAttachType = 0 }: ProgramObject, syscall: string): void {
  const map = type === ProgramType.XDP ? BY_MAP.get(expectedAttachType) : undefined;
  if (map === undefined) return;
  throw new BpfError(
    'EINVAL',
    syscall,
    `program ${id}: its expected_attach_type is BPF_XDP_${map} (a section "xdp/${map.toLowerCase()}"): it runs where ` +
      `a ${map} sends a packet, and the kernel does not test-run such programs; load it as BPF_XDP (a section "xdp") to run it`,
  );
}

export function xdpPlan(attributes: TestRunAttributes): TestPlan {
  checkZero(attributes, 'flags', TestFlags.XDP_LIVE_FRAMES);
  const flags = attributes.flags ?? 0;
  if (flags !== 0) {
    const missing = 'live frames (BPF_F_TEST_XDP_LIVE_FRAMES), which need network devices';
    throw new BpfError('ENOTSUPP', SYSCALL, `flags: ${missing}: not available here`, { missing });
  }
  checkZero(attributes, 'batch_size');
  const context = contextCopy(attributes, XDP_MD_SIZE);
  const size = attributes.data_size_in ?? attributes.data_in?.length ?? 0;
  const meta = context === null ? 0 : metadata(context, size);
  if (size - meta < ETHERNET_HEADER) {
    const expected = `at least ${ETHERNET_HEADER} (an Ethernet header) behind the metadata`;
    throw new BpfError('EINVAL', SYSCALL, `data_size_in: given ${size}, expected ${expected}`);
  }
  if (size > LONGEST_XDP_PACKET) {
    throw new BpfError('ENOMEM', SYSCALL, `data_size_in: given ${size}, expected at most ${LONGEST_XDP_PACKET}`);
  }
  const data = packetOf(attributes.data_in ?? null, size);
  if (context !== null) checkDevice(context);
  return { type: ProgramType.XDP, data, context, repeat: attributes.repeat || 1 };
}

/** Bytes of metadata in front of the packet. */
function metadata(context: Uint8Array, size: number): number {
  const word = wordsOf(context);
  const meta = word(FIELD.data);
  const end = word(FIELD.data_end);
  if (word(FIELD.data_meta) !== 0) throw wrong('data_meta', word(FIELD.data_meta), '0');
  if (end > size) throw wrong('data_end', end, `at most data_size_in (${size})`);
  if (meta > end) throw wrong('data', meta, `at most data_end (${end})`);
  if (meta > MOST_METADATA || meta % 4 !== 0) {
    throw wrong('data', meta, `a multiple of 4 up to ${MOST_METADATA}: the bytes of metadata`);
  }
  return meta;
}

function checkDevice(context: Uint8Array): void {
  const word = wordsOf(context);
  const ifindex = word(FIELD.ingress_ifindex);
  const queue = word(FIELD.rx_queue_index);
  if (word(FIELD.egress_ifindex) !== 0) throw wrong('egress_ifindex', word(FIELD.egress_ifindex), '0');
  if (ifindex === 0 && queue !== 0) throw wrong('rx_queue_index', queue, '0 without ingress_ifindex');
  if (ifindex > LOOPBACK) {
    throw new BpfError(
      'ENODEV',
      SYSCALL,
      `ctx_in: ingress_ifindex: given ${ifindex}, expected 1: there is only a loopback device`,
    );
  }
  if (queue !== 0) throw wrong('rx_queue_index', queue, '0: the loopback device has one queue');
}

function wrong(field: string, given: number, expected: string): BpfError {
  return new BpfError('EINVAL', SYSCALL, `ctx_in: ${field}: given ${given}, expected ${expected}`);
}

function wordsOf(context: Uint8Array): (offset: number) => number {
  const view = new DataView(context.buffer, context.byteOffset);
  return (offset) => view.getUint32(offset, true);
}

/** What `xdp_md` in the arena says after the record was laid out: the caller's split into metadata, packet, fragments. */
export interface XdpPlace {
  readonly data: number;
  readonly dataEnd: number;
  readonly dataMeta: number;
  readonly fragments: number;
  readonly ingressIfindex: number;
}

/** `start` is where all given bytes lie, metadata first. */
export function placeXdp(plan: TestPlan, start: number): XdpPlace {
  const size = plan.data.length;
  const word = plan.context === null ? undefined : wordsOf(plan.context);
  const meta = word?.(FIELD.data) ?? 0;
  const linear = Math.min((word?.(FIELD.data_end) ?? size) - meta, LINEAR);
  const ingressIfindex = word?.(FIELD.ingress_ifindex) || LOOPBACK;
  return {
    dataMeta: start,
    data: start + meta,
    dataEnd: start + meta + linear,
    fragments: size - meta - linear,
    ingressIfindex,
  };
}

/** `xdp_md` as the caller gets it back: offsets from the start of the metadata. */
export function xdpContextOut(
  plan: TestPlan,
  place: { data: number; dataEnd: number; dataMeta: number },
): Uint8Array | null {
  if (plan.context === null) return null;
  const out = plan.context.slice();
  const view = new DataView(out.buffer);
  view.setUint32(FIELD.data, place.data - place.dataMeta, true);
  view.setUint32(FIELD.data_end, place.dataEnd - place.dataMeta, true);
  return out;
}
