/** LD_ABS and LD_IND: loads from a socket buffer that end the program where the packet is too short. */
import { ProgramType } from '../../uapi.js';
import { Mode, MODE_MASK, Size, SIZE_MASK } from '../insn/opcodes.js';
import { clearCallerSaved } from './calls/subprogram.js';
import type { Env } from './env.js';
import { formatTnum } from './log/tnum.js';
import { checkNothingHeld } from './references.js';
import { Kind } from './register-kinds.js';
import { checkReadable, checkUnmodified } from './values.js';

const CONTEXT = 6;
const TYPES: readonly number[] = [ProgramType.SOCKET_FILTER, ProgramType.SCHED_CLS, ProgramType.SCHED_ACT];

export function checkPacketLoad(env: Env, slot: number): void {
  const { slots } = env;
  const opcode = slots.op(slot);
  const mode = opcode & MODE_MASK;
  if (!TYPES.includes(env.type))
    env.refuse('EINVAL', 'BPF_LD_[ABS|IND] instructions not allowed for this program type');
  const reserved = slots.to(slot) !== 0 || slots.off(slot) !== 0 || (opcode & SIZE_MASK) === Size.DW;
  if (reserved || (mode === Mode.ABS && slots.from(slot) !== 0)) {
    env.refuse('EINVAL', 'BPF_LD_[ABS|IND] uses reserved fields');
  }
  checkReadable(env, CONTEXT);
  checkNothingHeld(env, true, 'BPF_LD_[ABS|IND]');
  const context = env.peek(CONTEXT);
  if (context.type !== Kind.CTX) env.refuse('EINVAL', 'at the time of BPF_LD_ABS|IND R6 != pointer to skb');
  if (mode === Mode.IND) checkReadable(env, slots.from(slot));
  checkUnmodified(env, context, CONTEXT, 'ctx', formatTnum);
  clearCallerSaved(env);
  env.register(0).setUnknown(!env.bpfCapable);
  env.touch(0);
}
