import { Mode, MODE_MASK, Size, SIZE_MASK, sizeBytes } from '../../insn/opcodes.js';
import { Op, Type } from '../wasm/op.js';
import type { Emitter } from './emitter.js';
import { Known, type StackStore } from './values.js';

function unsignedLoad(size: number): number {
  if (size === Size.B) return Op.I64_LOAD8_U;
  if (size === Size.H) return Op.I64_LOAD16_U;
  return size === Size.W ? Op.I64_LOAD32_U : Op.I64_LOAD;
}

function signedLoad(size: number): number {
  return size === Size.B ? Op.I64_LOAD8_S : size === Size.H ? Op.I64_LOAD16_S : Op.I64_LOAD32_S;
}

function store(size: number): number {
  if (size === Size.B) return Op.I64_STORE8;
  if (size === Size.H) return Op.I64_STORE16;
  return size === Size.W ? Op.I64_STORE32 : Op.I64_STORE;
}

/** Loads and stores claim no alignment: BPF on x86 allows any. */
const UNALIGNED = 0;

export function emitLoad(e: Emitter, slot: number): void {
  const { code, values } = e;
  const opcode = code.opcode[slot] as number;
  const src = code.src[slot] as number;
  const offset = code.offset[slot] as number;
  const size = opcode & SIZE_MASK;
  const signed = (opcode & MODE_MASK) === Mode.MEMSX;
  if (values.kind[src] === Known.FRAME) {
    const at = (values.value[src] as number) + offset;
    const behind = values.storeBehind(at, sizeBytes(opcode));
    if (behind !== undefined) {
      forward(e, behind, at, size, signed);
      e.set(code.dst[slot] as number);
      return;
    }
  }
  const added = e.address(src, offset);
  e.memory(signed ? signedLoad(size) : unsignedLoad(size), UNALIGNED, added);
  e.set(code.dst[slot] as number);
}

/** The value of a load, from the copy of what it would read. */
function forward(e: Emitter, behind: StackStore, at: number, size: number, signed: boolean): void {
  e.getLocal(e.locals.copies + behind.copy);
  const shift = 8 * (at - behind.offset);
  if (shift > 0) {
    e.const64(shift);
    e.op(Op.I64_SHR_U);
  }
  if (size === Size.DW) return;
  if (signed) {
    e.op(size === Size.B ? Op.I64_EXTEND8_S : size === Size.H ? Op.I64_EXTEND16_S : Op.I64_EXTEND32_S);
  } else if (size === Size.W) {
    e.op(Op.I32_WRAP);
    e.op(Op.I64_EXTEND_I32_U);
  } else {
    e.const64(size === Size.B ? 0xff : 0xffff);
    e.op(Op.I64_AND);
  }
}

export function emitStore(e: Emitter, slot: number): void {
  const { code, values } = e;
  const dst = code.dst[slot] as number;
  const opcode = code.opcode[slot] as number;
  const offset = code.offset[slot] as number;
  const added = e.address(dst, offset);
  e.get(code.src[slot] as number);
  const toStack = values.kind[dst] === Known.FRAME;
  if (toStack) e.teeLocal(e.locals.copies + values.nextCopy);
  e.memory(store(opcode & SIZE_MASK), UNALIGNED, added);
  if (toStack) values.stored((values.value[dst] as number) + offset, sizeBytes(opcode));
  else noteStore(e, dst, offset, sizeBytes(opcode));
}

export function emitStoreImmediate(e: Emitter, slot: number): void {
  const { code } = e;
  const dst = code.dst[slot] as number;
  const opcode = code.opcode[slot] as number;
  const added = e.address(dst, code.offset[slot] as number);
  e.const64(code.imm[slot] as number);
  e.memory(store(opcode & SIZE_MASK), UNALIGNED, added);
  noteStore(e, dst, code.offset[slot] as number, sizeBytes(opcode));
}

/** Any store may be to the stack, unless its address is a constant (of a map's value). */
function noteStore(e: Emitter, dst: number, offset: number, bytes: number): void {
  const { values } = e;
  if (values.kind[dst] === Known.FRAME) values.overwritten((values.value[dst] as number) + offset, bytes);
  else if (values.kind[dst] === Known.NOTHING) values.memoryChanged();
}

/** LD_ABS and LD_IND: the core fetches and turns the bytes around; outside of the packet the function returns 0. */
export function emitPacketLoad(e: Emitter, slot: number): void {
  const { code } = e;
  const opcode = code.opcode[slot] as number;
  e.get32(6);
  if ((opcode & MODE_MASK) === Mode.IND) {
    e.get32(code.src[slot] as number);
    e.const32(code.imm[slot] as number);
    e.op(Op.I32_ADD);
  } else {
    e.const32(code.imm[slot] as number);
  }
  e.const32(sizeBytes(opcode));
  e.callImport('core', 'load_packet');
  e.values.forget(0);
  e.teeLocal(e.locals.registers[0] as number);
  e.const64(-1);
  e.op(Op.I64_EQ);
  e.out.u8x2(Op.IF, Type.EMPTY);
  e.const64(0);
  e.op(Op.RETURN);
  e.op(Op.END);
  forgetCallerSaved(e);
}

/** A call leaves r1–r5 unreadable. */
export function forgetCallerSaved(e: Emitter): void {
  for (let register = 0; register <= 5; register++) e.values.forget(register);
}
