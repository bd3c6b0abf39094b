/** Kinds of values that registers and spilled slots hold, and the flags that refine them. */

export const Kind = {
  NOT_INIT: 0,
  SCALAR: 1,
  CTX: 2,
  MAP_PTR: 3,
  MAP_VALUE: 4,
  MAP_KEY: 5,
  STACK: 6,
  PACKET_META: 7,
  PACKET: 8,
  PACKET_END: 9,
  FLOW_KEYS: 10,
  SOCKET: 11,
  SOCK_COMMON: 12,
  TCP_SOCK: 13,
  TP_BUFFER: 14,
  XDP_SOCK: 15,
  BTF_ID: 16,
  MEM: 17,
  ARENA: 18,
  BUF: 19,
  FUNC: 20,
  DYNPTR: 21,
} as const;

/** Bits above the kind. */
export const Flag = {
  MAYBE_NULL: 1 << 8,
  RDONLY: 1 << 9,
  RINGBUF: 1 << 10,
  USER: 1 << 11,
  PERCPU: 1 << 12,
  UNTRUSTED: 1 << 13,
  TRUSTED: 1 << 14,
  /** An object that the program allocated; names show nothing of it. */
  ALLOCATED: 1 << 15,
  RCU: 1 << 16,
} as const;

const KIND_MASK = 0xff;

export const kindOf = (type: number): number => type & KIND_MASK;
export const mayBeNull = (type: number): boolean => (type & Flag.MAYBE_NULL) !== 0;

const NAMES: readonly string[] = [
  '?',
  'scalar',
  'ctx',
  'map_ptr',
  'map_value',
  'map_key',
  'fp',
  'pkt_meta',
  'pkt',
  'pkt_end',
  'flow_keys',
  'sock',
  'sock_common',
  'tcp_sock',
  'tp_buffer',
  'xdp_sock',
  'ptr_',
  'mem',
  'arena',
  'buf',
  'func',
  'dynptr_ptr',
];

const PREFIXES: readonly (readonly [number, string])[] = [
  [Flag.RDONLY, 'rdonly_'],
  [Flag.RINGBUF, 'ringbuf_'],
  [Flag.USER, 'user_'],
  [Flag.PERCPU, 'percpu_'],
  [Flag.RCU, 'rcu_'],
  [Flag.UNTRUSTED, 'untrusted_'],
  [Flag.TRUSTED, 'trusted_'],
];

/** The kernel's name of a type, as its messages print it. */
export function typeName(type: number): string {
  const prefix = PREFIXES.filter(([bit]) => (type & bit) !== 0).map(([, text]) => text);
  const suffix = mayBeNull(type) ? (kindOf(type) === Kind.BTF_ID ? 'or_null_' : '_or_null') : '';
  return `${prefix.join('')}${NAMES[kindOf(type)] ?? '?'}${suffix}`;
}

export function isPacketKind(type: number): boolean {
  return type === Kind.PACKET || type === Kind.PACKET_META;
}

export function isAnyPacketKind(type: number): boolean {
  return isPacketKind(type) || type === Kind.PACKET_END;
}

/** Socket-like pointers that may carry a reference. */
export function isSocketKind(type: number): boolean {
  return type === Kind.SOCKET || type === Kind.SOCK_COMMON || type === Kind.TCP_SOCK || type === Kind.XDP_SOCK;
}
