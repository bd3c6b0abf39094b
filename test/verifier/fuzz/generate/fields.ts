/** What the fields of an instruction are filled with: opcodes by width, jumps, constants near borders. */
export const SIZES = [1, 2, 4, 8] as const;
export type Size = (typeof SIZES)[number];

export const LOAD = { 1: 0x71, 2: 0x69, 4: 0x61, 8: 0x79 } as const;
export const LOAD_SIGNED = { 1: 0x91, 2: 0x89, 4: 0x81, 8: 0x79 } as const;
export const STORE = { 1: 0x73, 2: 0x6b, 4: 0x63, 8: 0x7b } as const;
export const STORE_IMM = { 1: 0x72, 2: 0x6a, 4: 0x62, 8: 0x7a } as const;

export const JUMPS = [0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0xa0, 0xb0, 0xc0, 0xd0];

export const INTERESTING = [
  0, 1, 2, 3, 7, 8, 15, 16, 31, 32, 47, 48, 63, 64, 127, 128, 255, 256, 511, 1023, 65535, 0x7fffffff, -1, -2, -8, -128,
  -0x80000000,
];

export const SOCKET_FILTER = 1;
export const SCHED_CLS = 3;
export const XDP = 6;
export const RAW_TRACEPOINT = 17;
