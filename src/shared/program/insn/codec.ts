import type { Instruction } from './instruction.js';
import { Opcode } from './opcodes.js';
import { ProgramError } from './problem.js';

/** Bytes of one slot. */
export const SLOT_SIZE = 8;

/**
 * Take instruction bytes apart (little-endian, 8 bytes a slot). Any opcode is taken; `validate` judges them.
 * Throws ProgramError (EINVAL) for a length that is no multiple of 8, and for a 64-bit load-immediate whose second
 * slot is missing or has other fields set than the immediate.
 */
export function decode(bytes: Uint8Array): Instruction[] {
  if (bytes.length % SLOT_SIZE !== 0) {
    const message = `bytes: given ${bytes.length} bytes, expected a multiple of ${SLOT_SIZE}`;
    throw new ProgramError({ insn: Math.floor(bytes.length / SLOT_SIZE), code: 'EINVAL', message });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const insns: Instruction[] = [];
  for (let at = 0; at < bytes.length; at += SLOT_SIZE) {
    const opcode = view.getUint8(at);
    const registers = view.getUint8(at + 1);
    const offset = view.getInt16(at + 2, true);
    const imm = view.getInt32(at + 4, true);
    let immHigh = 0;
    if (opcode === Opcode.LOAD_IMMEDIATE) {
      at += SLOT_SIZE;
      immHigh = secondHalf(view, at);
    }
    insns.push({ opcode, dst: registers & 0x0f, src: registers >>> 4, offset, imm, immHigh });
  }
  return insns;
}

/** The bytes of a program: the inverse of `decode`. */
export function encode(insns: readonly Instruction[]): Uint8Array {
  const bytes = new Uint8Array(slotCount(insns) * SLOT_SIZE);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const insn of insns) {
    view.setUint8(at, insn.opcode);
    view.setUint8(at + 1, (insn.src << 4) | insn.dst);
    view.setInt16(at + 2, insn.offset, true);
    view.setInt32(at + 4, insn.imm, true);
    at += SLOT_SIZE;
    if (insn.opcode === Opcode.LOAD_IMMEDIATE) {
      view.setInt32(at + 4, insn.immHigh, true);
      at += SLOT_SIZE;
    }
  }
  return bytes;
}

/** Slots that the instructions take. */
export function slotCount(insns: readonly Instruction[]): number {
  let count = insns.length;
  for (const insn of insns) if (insn.opcode === Opcode.LOAD_IMMEDIATE) count++;
  return count;
}

function secondHalf(view: DataView, at: number): number {
  const complete = at + SLOT_SIZE <= view.byteLength;
  if (!complete || view.getUint32(at, true) !== 0) {
    throw new ProgramError({ insn: at / SLOT_SIZE - 1, code: 'EINVAL', message: 'invalid bpf_ld_imm64 insn' });
  }
  return view.getInt32(at + 4, true);
}
