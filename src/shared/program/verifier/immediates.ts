/** 64-bit load-immediates: constants, maps, addresses in a map's value, functions. */
import { Pseudo, Size, SIZE_MASK } from '../insn/opcodes.js';
import type { ProgramMap } from '../types.js';
import type { Env } from './env.js';
import { Kind } from './register-kinds.js';
import { overwrite } from './values.js';

export function checkLoadImmediate(env: Env, slot: number): void {
  const { slots } = env;
  if ((slots.op(slot) & SIZE_MASK) !== Size.DW) env.refuse('EINVAL', 'invalid BPF_LD_IMM insn');
  if (slots.off(slot) !== 0) env.refuse('EINVAL', 'BPF_LD_IMM64 uses reserved fields');
  const dst = slots.to(slot);
  overwrite(env, dst);
  const r = env.register(dst);
  const source = slots.from(slot);
  if (source === Pseudo.CONSTANT) {
    r.setConstantBounds(slots.value(slot), slots.value(slot + 1));
    return;
  }
  if (source === Pseudo.FUNCTION) {
    loadFunction(env, slot, dst);
    return;
  }
  const map = env.mapAt.get(slot) as ProgramMap;
  const isValue = source === Pseudo.MAP_VALUE || source === Pseudo.MAP_INDEX_VALUE;
  r.setPointer(isValue ? Kind.MAP_VALUE : Kind.MAP_PTR);
  r.map = map;
  if (isValue) r.off = slots.value(slot + 1);
}

function loadFunction(env: Env, slot: number, dst: number): void {
  const index = env.subprogramAt(slot + env.slots.value(slot) + 1);
  if (!env.input.functions) env.refuse('EINVAL', 'missing btf func_info');
  if (env.subprograms[index]?.isGlobal) env.refuse('EINVAL', 'callback function not static');
  const r = env.register(dst).setPointer(Kind.FUNC);
  r.subprogram = index;
}
