/** Exhaustive families of tiny programs: every context access, every opcode with its fields, every helper by type. */
import type { Generated } from './generate/index.js';

export interface Probe {
  readonly name: string;
  readonly program: Generated;
}

type Insn = readonly [opcode: number, dst?: number, src?: number, off?: number, imm?: number];

/** Program types with a context of a few hundred bytes at most: number and the bytes to try. */
export const CONTEXTS: readonly (readonly [name: string, type: number, end: number])[] = [
  ['socket_filter', 1, 200],
  ['sched_cls', 3, 200],
  ['sched_act', 4, 200],
  ['tracepoint', 5, 40],
  ['xdp', 6, 32],
  ['perf_event', 7, 192],
  ['cgroup_skb', 8, 200],
  ['lwt_in', 10, 200],
  ['lwt_xmit', 12, 200],
  ['sk_skb', 14, 200],
  ['raw_tracepoint', 17, 104],
  ['lwt_seg6local', 19, 200],
];

const EXIT: readonly Insn[] = [[0xb7], [0x95]];
const WIDTHS = [
  [0x10, 1],
  [0x08, 2],
  [0x00, 4],
  [0x18, 8],
] as const;

/** The instructions at `offset` of the context, each width: load, store of a register and of a number, atomic add. */
export function contextProbes(name: string, type: number, end: number): Probe[] {
  const probes: Probe[] = [];
  for (let offset = -8; offset < end; offset++) {
    for (const [width, size] of WIDTHS) {
      const add = (kind: string, insn: Insn): void => {
        const insns = bytes([[0xb7, 2, 0, 0, 0], insn, ...EXIT]);
        probes.push({ name: `${name} ${kind}${size} at ${offset}`, program: program(type, insns) });
      };
      add('load', [0x61 | width, 0, 1, offset]);
      add('store', [0x63 | width, 1, 2, offset]);
      add('number', [0x62 | width, 1, 0, offset, 0]);
      if (size >= 4 && offset % 4 === 0) add('atomic', [0xc3 | width, 1, 2, offset, 0]);
      if (size < 8 && offset % 4 === 0) add('signed load', [0x81 | width, 0, 1, offset]);
    }
  }
  return probes;
}

/** Registers, offsets and numbers that an opcode may hold to be reserved. */
const FIELDS: readonly (readonly [dst: number, src: number, off: number, imm: number])[] = [
  [0, 0, 0, 0],
  [0, 0, 0, 1],
  [0, 0, 1, 0],
  [0, 1, 0, 0],
  [0, 2, 0, 0],
  [0, 3, 0, 0],
  [1, 0, 0, 0],
  [2, 3, 0, 0],
  [2, 3, 0, 1],
  [2, 3, 1, 0],
  [2, 3, 1, 1],
  [2, 3, 8, 0],
  [2, 3, 16, 0],
  [2, 3, 32, 0],
  [2, 0, 0, 16],
  [2, 0, 0, 32],
  [2, 0, 0, 64],
  [2, 0, 0, -1],
  [2, 0, 1, 3],
  [2, 4, 0, 5],
  [10, 2, 0, 0],
  [10, 2, -8, 0],
  [10, 2, -8, 1],
  [10, 2, -8, 0x40],
  [10, 2, -8, 0xe1],
  [10, 2, -8, 0xf1],
  [10, 2, -8, 0x100],
  [10, 2, -8, 0x110],
  [2, 10, -8, 0],
  [2, 10, -8, 0x100],
  [2, 10, -8, 0x110],
  [11, 0, 0, 0],
  [0, 11, 0, 0],
  [15, 15, -1, -1],
  [10, 0, 0, 0],
  [2, 5, 0, 0],
];

/** One opcode byte with each of the field values, among registers that all hold numbers and a stack that is written. */
export function opcodeProbes(opcode: number): Probe[] {
  return FIELDS.map(([dst, src, off, imm]) => {
    const before: Insn[] = [[0xbf, 6, 1], ...[0, 2, 3, 4, 5].map((register): Insn => [0xb7, register, 0, 0, 1])];
    before.push([0x7b, 10, 2, -8]);
    const insns = bytes([...before, [opcode, dst, src, off, imm], [0xb7], [0xb7], ...EXIT]);
    return {
      name: `opcode ${opcode.toString(16)} dst ${dst} src ${src} off ${off} imm ${imm}`,
      program: program(3, insns),
    };
  });
}

/** A call of each helper with the context in r1 and numbers (or nothing) in the rest. */
export function helperProbes(name: string, type: number, arguments_: 'numbers' | 'none'): Probe[] {
  const probes: Probe[] = [];
  for (let helper = 0; helper <= 213; helper++) {
    const numbers = arguments_ === 'none' ? [] : [2, 3, 4, 5].map((register): Insn => [0xb7, register, 0, 0, 1]);
    const insns = bytes([...numbers, [0x85, 0, 0, 0, helper], ...EXIT]);
    probes.push({ name: `${name} helper ${helper} with ${arguments_}`, program: program(type, insns) });
  }
  return probes;
}

function program(type: number, insns: Uint8Array): Generated {
  return { type, insns, flags: 0 } as Generated;
}

function bytes(insns: readonly Insn[]): Uint8Array {
  const out = new Uint8Array(insns.length * 8);
  const view = new DataView(out.buffer);
  insns.forEach(([opcode, dst = 0, src = 0, off = 0, imm = 0], index) => {
    view.setUint8(index * 8, opcode);
    view.setUint8(index * 8 + 1, dst | (src << 4));
    view.setInt16(index * 8 + 2, off, true);
    view.setInt32(index * 8 + 4, imm, true);
  });
  return out;
}
