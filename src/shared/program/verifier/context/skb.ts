/** struct __sk_buff. */
import { ProgramType } from '../../../uapi.js';
import { Flag, Kind } from '../register-kinds.js';
import { type Answer, type ContextAccess, narrowLoad } from './access.js';

/** Byte offsets of the fields. */
const Skb = {
  MARK: 8,
  QUEUE_MAPPING: 12,
  PRIORITY: 32,
  TC_INDEX: 44,
  CB: 48,
  CB_END: 68,
  TC_CLASSID: 72,
  DATA: 76,
  DATA_END: 80,
  FAMILY: 88,
  REMOTE_IP4: 92,
  LOCAL_IP6_END: 132,
  LOCAL_PORT_END: 140,
  DATA_META: 140,
  FLOW_KEYS: 144,
  TSTAMP: 152,
  WIRE_LEN: 160,
  SK: 168,
  TSTAMP_TYPE: 180,
  HWTSTAMP: 184,
  END: 192,
} as const;

/** Start of the field that an offset lies in, as far as the rules tell fields apart. */
function fieldOf(offset: number): number {
  if (offset >= Skb.CB && offset < Skb.CB_END) return Skb.CB;
  if (offset >= Skb.FLOW_KEYS && offset < Skb.WIRE_LEN) return offset - (offset % 8);
  if (offset >= Skb.SK && offset < Skb.SK + 8) return Skb.SK;
  if (offset === Skb.TSTAMP_TYPE) return Skb.TSTAMP_TYPE;
  if (offset >= Skb.HWTSTAMP) return Skb.HWTSTAMP;
  return offset - (offset % 4);
}

interface Rules {
  /** Fields that this program type does not see. */
  readonly hidden: readonly number[];
  /** Fields that it may store to. */
  readonly writable: readonly number[];
  /** Fields that yield packet pointers. */
  readonly packet: boolean;
  readonly meta?: boolean;
  readonly tstampType?: boolean;
  /** Family, addresses and ports of the socket are seen. */
  readonly socketFields?: boolean;
}

const {
  CB,
  DATA,
  DATA_END,
  DATA_META,
  HWTSTAMP,
  MARK,
  PRIORITY,
  QUEUE_MAPPING,
  TC_CLASSID,
  TC_INDEX,
  TSTAMP,
  WIRE_LEN,
} = Skb;
const LWT: Rules = {
  hidden: [TC_CLASSID, DATA_META, TSTAMP, WIRE_LEN, HWTSTAMP],
  writable: [MARK, PRIORITY, CB],
  packet: true,
};
const TC: Rules = {
  hidden: [],
  writable: [MARK, TC_INDEX, PRIORITY, TC_CLASSID, CB, TSTAMP, QUEUE_MAPPING],
  packet: true,
  meta: true,
  tstampType: true,
};

const RULES: ReadonlyMap<number, Rules> = new Map<number, Rules>([
  [
    ProgramType.SOCKET_FILTER,
    { hidden: [TC_CLASSID, DATA, DATA_META, DATA_END, TSTAMP, WIRE_LEN, HWTSTAMP], writable: [CB], packet: false },
  ],
  [ProgramType.SCHED_CLS, TC],
  [ProgramType.SCHED_ACT, TC],
  [
    ProgramType.CGROUP_SKB,
    {
      hidden: [TC_CLASSID, DATA_META, WIRE_LEN],
      writable: [MARK, PRIORITY, CB, TSTAMP],
      packet: true,
      socketFields: true,
    },
  ],
  [ProgramType.LWT_IN, LWT],
  [ProgramType.LWT_OUT, LWT],
  [ProgramType.LWT_XMIT, LWT],
  [ProgramType.LWT_SEG6LOCAL, LWT],
  [
    ProgramType.SK_SKB,
    {
      hidden: [TC_CLASSID, DATA_META, TSTAMP, WIRE_LEN, HWTSTAMP, MARK],
      writable: [TC_INDEX, PRIORITY],
      packet: true,
      socketFields: true,
    },
  ],
]);

export function skbAccess(access: ContextAccess): Answer {
  const { offset, size, write, type } = access;
  if (offset + size > Skb.END) return null;
  if (type === ProgramType.FLOW_DISSECTOR) return flowDissectorAccess(access);
  const rules = RULES.get(type);
  if (rules === undefined) return null;
  const field = fieldOf(offset);
  if (field === Skb.TSTAMP_TYPE) {
    return rules.tstampType && offset === field && size === 1 && !write ? Kind.SCALAR : null;
  }
  if (rules.hidden.includes(field)) return null;
  if (!rules.socketFields && offset >= Skb.FAMILY && offset < Skb.LOCAL_PORT_END) return null;
  if (write && !rules.writable.includes(field)) return null;
  if (type === ProgramType.CGROUP_SKB && !access.bpfCapable && packetField(field)) return null;
  return fieldAccess(access, field, rules);
}

function packetField(field: number): boolean {
  return field === Skb.DATA || field === Skb.DATA_END || field === Skb.TSTAMP;
}

function fieldAccess({ offset, size, write }: ContextAccess, field: number, rules: Rules): Answer {
  if (field === Skb.CB) return offset + size <= Skb.CB_END ? Kind.SCALAR : null;
  if (field === Skb.FLOW_KEYS) return null;
  if (field === Skb.TSTAMP) return size === 8 ? Kind.SCALAR : null;
  if (field === Skb.HWTSTAMP) return !write && size === 8 ? Kind.SCALAR : null;
  if (field === Skb.SK) return !write && size === 8 ? Kind.SOCK_COMMON | Flag.MAYBE_NULL : null;
  if (offset > Skb.TSTAMP_TYPE && offset < Skb.HWTSTAMP) return null;
  if (field === Skb.DATA || field === Skb.DATA_END || field === Skb.DATA_META)
    return size === 4 ? packetKind(field, rules) : null;
  const address = field >= Skb.REMOTE_IP4 && field < Skb.LOCAL_IP6_END;
  if (address) return size === 4 ? Kind.SCALAR : null;
  return (write ? size === 4 : narrowLoad(size, 4)) ? Kind.SCALAR : null;
}

function packetKind(field: number, rules: Rules): Answer {
  if (!rules.packet) return null;
  if (field === Skb.DATA_META) return rules.meta ? Kind.PACKET_META : null;
  return field === Skb.DATA ? Kind.PACKET : Kind.PACKET_END;
}

function flowDissectorAccess({ offset, size, write }: ContextAccess): Answer {
  if (write) return null;
  const field = fieldOf(offset);
  if (field === Skb.DATA) return size === 4 ? Kind.PACKET : null;
  if (field === Skb.DATA_END) return size === 4 ? Kind.PACKET_END : null;
  return field === Skb.FLOW_KEYS && size === 8 ? Kind.FLOW_KEYS : null;
}
