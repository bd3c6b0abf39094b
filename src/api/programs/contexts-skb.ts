/** Test runs of programs over an `__sk_buff`. Rules established on Linux 6.18 (test/packet/kernel-*.test.ts). */
import { ProgramType } from '../../shared/uapi.js';
import { BpfError } from '../errors.js';
import {
  checkZero,
  contextCopy,
  packetBytes,
  SYSCALL,
  TestFlags,
  type TestPlan,
  type TestRunAttributes,
} from './test-run.js';

const SKB_SIZE = 192;
const ETHERNET_HEADER = 14;
/** A page less headroom and what the kernel appends. */
const LONGEST_SKB_PACKET = 3712;
const LOOPBACK = 1;
const MOST_SEGMENTS = 65_535;
const LONGEST_WIRE = 65_536;

/** Fields that the caller may set, and what comes back: offset and bytes. */
const GIVEN = {
  mark: [8, 4],
  priority: [32, 4],
  ingress_ifindex: [36, 4],
  ifindex: [40, 4],
  cb: [48, 20],
  tstamp: [152, 8],
  wire_len: [160, 4],
  gso_segs: [164, 4],
  gso_size: [176, 4],
  hwtstamp: [184, 8],
} as const satisfies Record<string, readonly [offset: number, bytes: number]>;

export function packetPlan(attributes: TestRunAttributes, type: number): TestPlan {
  checkZero(attributes, 'flags', TestFlags.SKB_CHECKSUM_COMPLETE);
  checkZero(attributes, 'cpu');
  checkZero(attributes, 'batch_size');
  const data = packetBytes(attributes, ETHERNET_HEADER, LONGEST_SKB_PACKET);
  const context = contextCopy(attributes, SKB_SIZE);
  if (context !== null) checkDevice(context);
  checkNetworkHeader(data);
  if (context !== null) checkFields(context, seesMac(type) ? data.length : data.length - ETHERNET_HEADER);
  const complete = ((attributes.flags ?? 0) & TestFlags.SKB_CHECKSUM_COMPLETE) !== 0;
  return { type, data, context, repeat: attributes.repeat || 1, complete };
}

/** Whether the program's packet begins with its Ethernet header. */
function seesMac(type: number): boolean {
  return type === ProgramType.SCHED_CLS || type === ProgramType.SCHED_ACT;
}

function checkDevice(context: Uint8Array): void {
  const ifindex = wordAt(context, GIVEN.ifindex[0]);
  if (ifindex <= LOOPBACK) return;
  const expected = 'expected 0 or 1: there is only a loopback device';
  throw new BpfError('ENODEV', SYSCALL, `ctx_in: ifindex: given ${ifindex}, ${expected}`);
}

/** A frame that says IPv4 or IPv6 has the whole of that header. */
function checkNetworkHeader(data: Uint8Array): void {
  const etherType = ((data[12] ?? 0) << 8) | (data[13] ?? 0);
  const header = etherType === 0x0800 ? 20 : etherType === 0x86dd ? 40 : 0;
  if (data.length >= ETHERNET_HEADER + header) return;
  const expected = `at least ${ETHERNET_HEADER + header} for EtherType 0x${etherType.toString(16).padStart(4, '0')}`;
  throw new BpfError('EINVAL', SYSCALL, `data_size_in: given ${data.length}, expected ${expected}`);
}

function checkFields(context: Uint8Array, length: number): void {
  const given = new Uint8Array(SKB_SIZE);
  for (const [offset, bytes] of Object.values(GIVEN)) given.fill(1, offset, offset + bytes);
  const wrong = context.findIndex((byte, index) => byte !== 0 && given[index] === 0);
  if (wrong >= 0) {
    const names = Object.keys(GIVEN).join(', ');
    throw new BpfError(
      'EINVAL',
      SYSCALL,
      `ctx_in: byte ${wrong} of __sk_buff is set; only these fields may be: ${names}`,
    );
  }
  const wire = wordAt(context, GIVEN.wire_len[0]);
  if (wire !== 0 && (wire < length || wire > LONGEST_WIRE)) {
    throw new BpfError(
      'EINVAL',
      SYSCALL,
      `ctx_in: wire_len: given ${wire}, expected 0 or ${length} to ${LONGEST_WIRE}`,
    );
  }
  const segments = wordAt(context, GIVEN.gso_segs[0]);
  if (segments > MOST_SEGMENTS) {
    throw new BpfError('EINVAL', SYSCALL, `ctx_in: gso_segs: given ${segments}, expected at most ${MOST_SEGMENTS}`);
  }
}

/** Put the caller's fields into the `__sk_buff` that lies at `skb` in the arena. */
export function applySkbContext(arena: Uint8Array, skb: number, context: Uint8Array): void {
  const length = wordAt(arena.subarray(skb, skb + SKB_SIZE), 0);
  const ifindex = wordAt(arena.subarray(skb, skb + SKB_SIZE), GIVEN.ifindex[0]);
  for (const [offset, bytes] of Object.values(GIVEN)) arena.set(context.subarray(offset, offset + bytes), skb + offset);
  const view = new DataView(arena.buffer, arena.byteOffset + skb, SKB_SIZE);
  view.setUint32(GIVEN.ifindex[0], ifindex, true);
  if (view.getUint32(GIVEN.wire_len[0], true) === 0) view.setUint32(GIVEN.wire_len[0], length, true);
}

/** The fields that come back; the others are 0. */
export function skbContextOut(arena: Uint8Array, skb: number): Uint8Array {
  const out = new Uint8Array(SKB_SIZE);
  for (const [offset, bytes] of Object.values(GIVEN))
    out.set(arena.subarray(skb + offset, skb + offset + bytes), offset);
  return out;
}

function wordAt(bytes: Uint8Array, offset: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(offset, true);
}
