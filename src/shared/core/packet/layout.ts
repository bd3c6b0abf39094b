/**
 * What helpers find around a context. The context lies in memory as in the kernel's user interface; the 256 bytes
 * directly below it hold what the kernel keeps in `sk_buff` and `xdp_buff` and a program cannot see.
 *
 * Written by `prepare` at the start of a run and by the helpers; only the thread that runs the program reads them.
 */

/** Bytes of hidden fields: they start at `context - HIDDEN_BYTES`. */
export const HIDDEN_BYTES: i32 = 256;

/** Offsets of hidden fields, u32 each. */
export const TYPE: i32 = 0;
/** First byte of the buffer: `data` (with its metadata) never lies below. */
export const START: i32 = 4;
/** Byte behind the buffer. */
export const END: i32 = 8;
/** Addresses of the headers. */
export const MAC: i32 = 12;
export const NETWORK: i32 = 16;
/** How the checksum of the packet is known: SUMMED_… */
export const SUMMED: i32 = 20;
/** SUMMED_COMPLETE: sum over the bytes from the network header on. */
export const SUM: i32 = 24;
/** SUMMED_UNNECESSARY: how many further headers were verified. */
export const SUM_LEVEL: i32 = 28;
/** 1: the hash is known, even when it is 0. */
export const HASHED: i32 = 32;
/** XDP: bytes behind `data_end` that only xdp_load_bytes and its like reach. */
export const FRAGMENTS: i32 = 36;
/** 1: an adjust_room has put an outer header in front. */
export const ENCAPSULATED: i32 = 40;
/** XDP: room at the front that the kernel keeps for itself. */
export const RESERVED: i32 = 44;
/** XDP: `data_end` never lies beyond. */
export const LIMIT: i32 = 48;
/** XDP: bytes from here up to LIMIT were the packet's at some time of the run; what lies below is not cleared yet. */
export const LOWEST: i32 = 52;
/** `__sk_buff`: first byte in front of the packet that LD_ABS with a negative offset may read. */
export const HEAD: i32 = 56;
// SYSCALL contexts have their length at 60; it is written and read outside the core only.

export const SUMMED_NONE: u32 = 0;
export const SUMMED_UNNECESSARY: u32 = 1;
export const SUMMED_COMPLETE: u32 = 2;

/** Offsets in `__sk_buff`. */
export const SKB_LEN: i32 = 0;
export const SKB_PACKET_TYPE: i32 = 4;
export const SKB_MARK: i32 = 8;
export const SKB_PROTOCOL: i32 = 16;
export const SKB_VLAN_PRESENT: i32 = 20;
export const SKB_VLAN_TCI: i32 = 24;
export const SKB_VLAN_PROTOCOL: i32 = 28;
export const SKB_INGRESS_IFINDEX: i32 = 36;
export const SKB_IFINDEX: i32 = 40;
export const SKB_HASH: i32 = 68;
export const SKB_DATA: i32 = 76;
export const SKB_DATA_END: i32 = 80;
export const SKB_DATA_META: i32 = 140;
export const SKB_WIRE_LEN: i32 = 160;
export const SKB_GSO_SEGS: i32 = 164;
export const SKB_GSO_SIZE: i32 = 176;
export const SKB_SIZE: i32 = 192;

/** Offsets in `xdp_md`. */
export const XDP_DATA: i32 = 0;
export const XDP_DATA_END: i32 = 4;
export const XDP_DATA_META: i32 = 8;
export const XDP_INGRESS_IFINDEX: i32 = 12;
export const XDP_SIZE: i32 = 24;

/** EtherTypes as `__sk_buff.protocol` holds them: the frame's two bytes in their order. */
export const IP: u32 = 0x0008;
export const IPV6: u32 = 0xdd86;
export const VLAN_Q: u32 = 0x0081;
export const VLAN_AD: u32 = 0xa888;

export const ETHERNET: i32 = 14;
export const VLAN_TAG: i32 = 4;
export const IP_HEADER: i32 = 20;
export const IPV6_HEADER: i32 = 40;

/** Longest packet that a helper makes (`SKB_MAX_ALLOC` with pages of 4 KiB). */
export const SKB_LONGEST: u32 = 16_064;

/** The one network device of a runtime: the loopback device of the kernel's test runs. */
export const LOOPBACK: u32 = 1;
export const LOOPBACK_MTU: u32 = 65_536;

/** Program types that decide what a run looks like. */
export const TYPE_SOCKET_FILTER: u32 = 1;
export const TYPE_SCHED_CLS: u32 = 3;
export const TYPE_SCHED_ACT: u32 = 4;
export const TYPE_XDP: u32 = 6;
export const TYPE_CGROUP_SKB: u32 = 8;
export const TYPE_LWT_IN: u32 = 10;
export const TYPE_LWT_OUT: u32 = 11;
export const TYPE_LWT_XMIT: u32 = 12;

/**
 * How long the MAC header was when it was last looked at: 0 at the start of a test run, as in the kernel, whose
 * VLAN helpers take so many bytes into a complete checksum and out of it again.
 */
export const MAC_LENGTH: i32 = 60;

/** Whether runs of this type have a packet behind an `__sk_buff`. */
export function isSkb(type: u32): bool {
  if (type == TYPE_SCHED_CLS || type == TYPE_SCHED_ACT || type == TYPE_SOCKET_FILTER) return true;
  return type == TYPE_CGROUP_SKB || type == TYPE_LWT_IN || type == TYPE_LWT_OUT || type == TYPE_LWT_XMIT;
}

/** Whether `data` begins at the MAC header; else at the network header. */
export function seesMac(type: u32): bool {
  return type == TYPE_SCHED_CLS || type == TYPE_SCHED_ACT;
}

export const E_NOMEM: i64 = -12;
export const E_ACCES: i64 = -13;
export const E_FAULT: i64 = -14;
export const E_NODEV: i64 = -19;
export const E_INVAL: i64 = -22;
export const E_ALREADY: i64 = -114;
export const E_NOTSUPP: i64 = -524;

export function hidden(context: i32): i32 {
  return context - HIDDEN_BYTES;
}
