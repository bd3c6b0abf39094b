/** The run area of a slot: 64 KiB for the stack, the context and the packet of the program that the thread runs. */

/** r10 of the main function; the stack grows down from here. */
export const RUN_STACK_TOP: i32 = 8192;
/** The context as the program sees it; the hidden fields lie directly below. */
export const RUN_CONTEXT: i32 = 8448;
/** Longest context that lies here. */
export const RUN_CONTEXT_BYTES: i32 = 1024;
/** Buffer of the packet, headroom and tailroom included. */
export const RUN_PACKET: i32 = 12288;
export const RUN_BYTES: i32 = 65536;

/** In front of every packet; XDP programs may grow into it. */
export const HEADROOM: i32 = 256;
/** Bytes of a packet that lie between `data` and `data_end` of an XDP program: a page less what the kernel needs. */
export const XDP_LINEAR: i32 = 3520;
/** Bytes of the headroom that the kernel keeps for itself (`struct xdp_frame`). */
export const XDP_RESERVED: i32 = 40;
/** Longest packet that a run takes. */
export const LONGEST_PACKET: i32 = RUN_BYTES - RUN_PACKET - HEADROOM - 4096;

// One packet of a batch; PACKET_RECORD of core-exports.ts mirrors it.
export const RECORD_BYTES: i32 = 32;
export const RECORD_DATA: i32 = 0;
export const RECORD_LENGTH: i32 = 4;
export const RECORD_CAPACITY: i32 = 8;
export const RECORD_VERDICT: i32 = 12;
export const RECORD_ARG0: i32 = 16;
export const RECORD_ARG1: i32 = 20;
