import { Pseudo } from '../../insn/opcodes.js';
import { ProgramError } from '../../insn/problem.js';
import { Op } from '../wasm/op.js';
import type { Emitter } from './emitter.js';

/** From a map's header to its value area. */
export const MAP_DATA = 256;

/** A 64-bit load-immediate of any kind. `callbacks` are the functions whose address is taken, ascending. */
export function emitLoadImmediate(e: Emitter, slot: number, callbacks: readonly number[]): void {
  const { code } = e;
  const dst = code.dst[slot] as number;
  switch (code.src[slot]) {
    case Pseudo.CONSTANT:
      loadConstant(e, dst, code.imm[slot] as number, code.immHigh[slot] as number);
      return;
    case Pseudo.FUNCTION:
      loadCallback(e, dst, callbacks.indexOf(slot + 1 + (code.imm[slot] as number)));
      return;
    case Pseudo.BTF_ID:
      throw unsupported(slot, 'addresses of kernel variables');
    default:
      loadMap(e, dst, slot);
  }
}

function loadConstant(e: Emitter, dst: number, low: number, high: number): void {
  e.constHalves(low, high);
  if (high === 0) {
    e.values.setConstant(dst, low);
    e.setLocal(e.locals.registers[dst] as number);
  } else {
    e.set(dst);
  }
}

/** The function's index in the thread's table. */
function loadCallback(e: Emitter, dst: number, index: number): void {
  e.out.u8x2(Op.GLOBAL_GET, e.module.globalIndex('callbacks'));
  e.const32(index);
  e.op(Op.I32_ADD);
  e.setFrom32(dst);
}

function loadMap(e: Emitter, dst: number, slot: number): void {
  const reference = e.code.references.get(slot);
  if (reference === undefined) {
    throw new ProgramError({ insn: slot, code: 'EINVAL', message: 'this load-immediate names no known map' });
  }
  const { map, kind, offset } = reference;
  if (map.address === null) throw new Error(`broken invariant: map ${map.name} in instruction ${slot} has no address`);
  const address = kind === 'map' ? map.address : map.address + MAP_DATA + offset;
  loadConstant(e, dst, address | 0, 0);
}

export function unsupported(slot: number, missing: string): ProgramError {
  return new ProgramError({ insn: slot, code: 'ENOTSUPP', message: `${missing} are not supported`, missing });
}
