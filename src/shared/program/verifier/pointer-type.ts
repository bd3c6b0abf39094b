/** One load or store must not go through pointers that the kernel rewrites in different ways. */
import type { Env } from './env.js';
import { isSocketKind, Kind, kindOf } from './register-kinds.js';

/** Loads and stores through these become other instructions in the kernel. */
function isRewritten(type: number): boolean {
  const kind = kindOf(type);
  if (kind === Kind.CTX || kind === Kind.XDP_SOCK || kind === Kind.ARENA) return true;
  if (isSocketKind(kind)) return true;
  return kind === Kind.BTF_ID;
}

export function notePointer(env: Env, slot: number, type: number): void {
  const seen = env.pointerType[slot] as number;
  if (seen === 0) {
    env.pointerType[slot] = type;
    return;
  }
  if (seen === type) return;
  if (!isRewritten(seen) && !isRewritten(type)) return;
  env.refuse('EINVAL', 'same insn cannot be used with different pointers');
}
