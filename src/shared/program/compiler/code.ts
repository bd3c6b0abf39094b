import type { CallFact, CheckedProgram, MapReference } from '../types.js';
import { slotCount } from '../insn/codec.js';
import { Opcode } from '../insn/opcodes.js';

/** A program's instructions as arrays by slot: what the compiler's loops read. */
export interface Code {
  readonly count: number;
  readonly opcode: Uint8Array;
  readonly dst: Uint8Array;
  readonly src: Uint8Array;
  readonly offset: Int16Array;
  readonly imm: Int32Array;
  /** High half of a 64-bit load-immediate. */
  readonly immHigh: Int32Array;
  /** 1 for the second slot of a 64-bit load-immediate. */
  readonly second: Uint8Array;
  /** 0 where no path leads, by the verifier. */
  readonly reached: Uint8Array;
  readonly references: ReadonlyMap<number, MapReference>;
  readonly calls: ReadonlyMap<number, CallFact>;
}

export function codeOf({ insns, references, calls, reached }: CheckedProgram): Code {
  const count = slotCount(insns);
  const code = {
    count,
    opcode: new Uint8Array(count),
    dst: new Uint8Array(count),
    src: new Uint8Array(count),
    offset: new Int16Array(count),
    imm: new Int32Array(count),
    immHigh: new Int32Array(count),
    second: new Uint8Array(count),
    reached: reached ?? new Uint8Array(count).fill(1),
    references: new Map(references.map((reference) => [reference.slot, reference])),
    calls: new Map(calls.map((call) => [call.slot, call])),
  };
  let slot = 0;
  for (const insn of insns) {
    code.opcode[slot] = insn.opcode;
    code.dst[slot] = insn.dst;
    code.src[slot] = insn.src;
    code.offset[slot] = insn.offset;
    code.imm[slot] = insn.imm;
    code.immHigh[slot] = insn.immHigh;
    if (insn.opcode === Opcode.LOAD_IMMEDIATE) code.second[++slot] = 1;
    slot++;
  }
  return code;
}
