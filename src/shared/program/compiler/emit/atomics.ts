import { Atomic, Size, SIZE_MASK } from '../../insn/opcodes.js';
import { ATOMIC_64, ATOMIC_64_ON_32, AtomicOp, Op } from '../wasm/op.js';
import type { Emitter } from './emitter.js';

/** Power of two of a size field: WebAssembly's atomics need their natural alignment. */
function alignment(size: number): number {
  return size === Size.B ? 0 : size === Size.H ? 1 : size === Size.W ? 2 : 3;
}

export function emitAtomic(e: Emitter, slot: number): void {
  const { code } = e;
  const size = (code.opcode[slot] as number) & SIZE_MASK;
  switch (code.imm[slot]) {
    case Atomic.LOAD_ACQUIRE:
      emitLoadAcquire(e, slot, size);
      return;
    case Atomic.STORE_RELEASE:
      emitStoreRelease(e, slot, size);
      break;
    case Atomic.CMPXCHG:
      emitCompareExchange(e, slot, size);
      break;
    default:
      emitReadModifyWrite(e, slot, size);
  }
  e.values.memoryChanged();
}

function emitLoadAcquire(e: Emitter, slot: number, size: number): void {
  const added = e.address(e.code.src[slot] as number, e.code.offset[slot] as number);
  const narrow =
    size === Size.B ? AtomicOp.I64_LOAD8_U : size === Size.H ? AtomicOp.I64_LOAD16_U : AtomicOp.I64_LOAD32_U;
  e.atomic(size === Size.DW ? AtomicOp.I64_LOAD : narrow, alignment(size), added);
  e.set(e.code.dst[slot] as number);
}

function emitStoreRelease(e: Emitter, slot: number, size: number): void {
  const added = e.address(e.code.dst[slot] as number, e.code.offset[slot] as number);
  e.get(e.code.src[slot] as number);
  const narrow = size === Size.B ? AtomicOp.I64_STORE8 : size === Size.H ? AtomicOp.I64_STORE16 : AtomicOp.I64_STORE32;
  e.atomic(size === Size.DW ? AtomicOp.I64_STORE : narrow, alignment(size), added);
}

/** The 32-bit form compares words: WebAssembly's i64 form on a word would compare all of r0. */
function emitCompareExchange(e: Emitter, slot: number, size: number): void {
  const added = e.address(e.code.dst[slot] as number, e.code.offset[slot] as number);
  const src = e.code.src[slot] as number;
  if (size === Size.DW) {
    e.get(0);
    e.get(src);
    e.atomic(AtomicOp.CMPXCHG + ATOMIC_64, 3, added);
    e.set(0);
  } else {
    e.get32(0);
    e.get32(src);
    e.atomic(AtomicOp.CMPXCHG, 2, added);
    e.setFrom32(0);
  }
}

function emitReadModifyWrite(e: Emitter, slot: number, size: number): void {
  const imm = e.code.imm[slot] as number;
  const src = e.code.src[slot] as number;
  const added = e.address(e.code.dst[slot] as number, e.code.offset[slot] as number);
  e.get(src);
  const wide = size === Size.DW;
  e.atomic(operation(imm) + (wide ? ATOMIC_64 : ATOMIC_64_ON_32), alignment(size), added);
  if ((imm & Atomic.FETCH) !== 0) e.set(src);
  else e.op(Op.DROP);
}

function operation(imm: number): number {
  if (imm === Atomic.XCHG) return AtomicOp.XCHG;
  switch (imm & ~Atomic.FETCH) {
    case Atomic.OR:
      return AtomicOp.OR;
    case Atomic.AND:
      return AtomicOp.AND;
    case Atomic.XOR:
      return AtomicOp.XOR;
    default:
      return AtomicOp.ADD;
  }
}
