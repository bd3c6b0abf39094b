/** Registers that may be read from a slot on: a backward data-flow over each function. */
import { Atomic, Call, Opcode } from '../../insn/opcodes.js';
import { helperArity } from '../../helpers.js';
import type { Env } from '../env.js';

const CALLER_SAVED = 0b111110;
const R0 = 1;

interface Effect {
  use: number;
  define: number;
}

function effectOf(env: Env, slot: number): Effect {
  const { slots } = env;
  const opcode = slots.op(slot);
  const dst = 1 << slots.to(slot);
  const src = 1 << slots.from(slot);
  const fromRegister = (opcode & 8) !== 0;
  switch (opcode & 7) {
    case 0:
      if (opcode === Opcode.LOAD_IMMEDIATE) return { use: 0, define: dst };
      return { use: (1 << 6) | ((opcode & 0xe0) === 0x40 ? src : 0), define: R0 | CALLER_SAVED };
    case 1:
      return { use: src, define: dst };
    case 2:
      return { use: dst, define: 0 };
    case 3:
      return (opcode & 0xe0) === 0xc0 ? atomicEffect(slots.value(slot), dst, src) : { use: dst | src, define: 0 };
    case 4:
    case 7:
      return arithmeticEffect(opcode, dst, src, fromRegister);
    default:
      return jumpEffect(env, slot, dst, src);
  }
}

function atomicEffect(operation: number, dst: number, src: number): Effect {
  if (operation === Atomic.CMPXCHG) return { use: R0 | dst | src, define: R0 };
  if (operation === 0x100) return { use: src, define: dst };
  if (operation === 0x110) return { use: dst | src, define: 0 };
  return { use: dst | src, define: (operation & Atomic.FETCH) !== 0 ? src : 0 };
}

function arithmeticEffect(opcode: number, dst: number, src: number, fromRegister: boolean): Effect {
  const code = opcode & 0xf0;
  if (code === 0xd0) return { use: dst, define: dst };
  if (code === 0xb0) return { use: fromRegister ? src : 0, define: dst };
  return { use: fromRegister ? dst | src : dst, define: dst };
}

function jumpEffect(env: Env, slot: number, dst: number, src: number): Effect {
  const { slots } = env;
  const opcode = slots.op(slot);
  switch (opcode & 0xf0) {
    case 0x00:
    case 0xe0:
      return { use: 0, define: 0 };
    case 0x90:
      return { use: R0, define: 0 };
    case 0x80: {
      const arity = slots.from(slot) === Call.HELPER ? helperArity(slots.value(slot)) : 5;
      return { use: ((1 << (arity + 1)) - 1) & CALLER_SAVED, define: R0 | CALLER_SAVED };
    }
    default:
      return { use: (opcode & 8) !== 0 ? dst | src : dst, define: 0 };
  }
}

export function findLiveRegisters(env: Env): void {
  const { slots, liveBefore } = env;
  const effects = Array.from({ length: slots.count }, (_, slot) => effectOf(env, slot));
  for (let changed = true; changed; ) {
    changed = false;
    for (let slot = slots.count - 1; slot >= 0; slot--) {
      const { use, define } = effects[slot] as Effect;
      const live = (liveAfter(env, slot) & ~define) | use;
      if (liveBefore[slot] === live) continue;
      liveBefore[slot] = live;
      changed = true;
    }
  }
}

function liveAfter(env: Env, slot: number): number {
  const { slots, liveBefore } = env;
  const opcode = slots.op(slot);
  if (opcode === Opcode.EXIT) return 0;
  const next = slot + (slots.isLoadImmediate(slot) ? 2 : 1);
  if (slots.isGoto(slot)) return liveBefore[slots.jumpTarget(slot)] ?? 0;
  const through = liveBefore[next] ?? 0;
  return slots.isJump(slot) ? through | (liveBefore[slots.jumpTarget(slot)] ?? 0) : through;
}
