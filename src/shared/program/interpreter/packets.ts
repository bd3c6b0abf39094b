/** Which memory a context names: its own bytes, and the packet between its pointers, by program type. */
import { ProgramType } from '../../uapi.js';
import type { Region } from './regions.js';

/** Offsets of the pointers to a packet in a context; `meta` is where its readable bytes begin. */
interface PacketFields {
  readonly data: number;
  readonly end: number;
  readonly meta: number;
}

const XDP: PacketFields = { data: 0, end: 4, meta: 8 };
const SKB: PacketFields = { data: 76, end: 80, meta: 140 };

const FIELDS: ReadonlyMap<number, PacketFields> = new Map<number, PacketFields>([
  [ProgramType.XDP, XDP],
  [ProgramType.SCHED_CLS, SKB],
  [ProgramType.SCHED_ACT, SKB],
  [ProgramType.CGROUP_SKB, { ...SKB, meta: SKB.data }],
  [ProgramType.LWT_IN, { ...SKB, meta: SKB.data }],
  [ProgramType.LWT_OUT, { ...SKB, meta: SKB.data }],
  [ProgramType.LWT_XMIT, { ...SKB, meta: SKB.data }],
]);

const XDP_CONTEXT = 24;
const SKB_CONTEXT = 192;

/** Bytes of the context of a type that has a packet; undefined for the others, whose contexts have any length. */
export function contextBytes(programType: number): number | undefined {
  if (programType === ProgramType.XDP) return XDP_CONTEXT;
  return programType === ProgramType.SOCKET_FILTER || FIELDS.has(programType) ? SKB_CONTEXT : undefined;
}

/** The packet as its context describes it at this moment; null for types whose programs have no pointer to it. */
export function packetRegion(programType: number, view: DataView, context: number): Region | null {
  const fields = FIELDS.get(programType);
  if (fields === undefined) return null;
  const start = view.getUint32(context + fields.meta, true);
  const size = view.getUint32(context + fields.end, true) - start;
  return { start, size, label: 'packet', readable: true, writable: true };
}
