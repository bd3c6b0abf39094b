/** A checked program as it crosses threads: its instructions as bytes, since ten thousand objects take long to clone. */
import { decode, encode } from './insn/codec.js';
import type { CheckedProgram } from './types.js';

export interface PackedProgram extends Omit<CheckedProgram, 'insns'> {
  /** Instructions, 8 bytes a slot. */
  readonly text: Uint8Array;
}

const UNPACKED = new WeakMap<PackedProgram, CheckedProgram>();

export function pack({ insns, ...rest }: CheckedProgram): PackedProgram {
  return { ...rest, text: encode(insns) };
}

/** The same object each time: the interpreter keeps what it derives from a program. */
export function unpack(packed: PackedProgram): CheckedProgram {
  let program = UNPACKED.get(packed);
  if (program === undefined) {
    const { text, ...rest } = packed;
    program = { ...rest, insns: decode(text) };
    UNPACKED.set(packed, program);
  }
  return program;
}
