/** Finding the functions of a program, and that jumps keep to theirs. */
import { Call, Opcode } from '../../insn/opcodes.js';
import type { Env, Subprogram } from '../env.js';
import { TAIL_CALL } from '../helper-ids.js';

export function findSubprograms(env: Env): void {
  const { slots } = env;
  const starts = new Set([0]);
  for (let slot = 0; slot < slots.count; slot++) {
    const calls = slots.isCall(slot, Call.SUBPROGRAM);
    const kernelFunction = slots.isCall(slot, Call.KERNEL_FUNCTION);
    if (!calls && !kernelFunction && !slots.isFunctionAddress(slot)) continue;
    if (!env.bpfCapable) {
      env.refuse('EPERM', 'loading/calling other bpf or kernel functions are allowed for CAP_BPF and CAP_SYS_ADMIN');
    }
    if (kernelFunction) {
      refuseNamedFunction(env, slot);
      continue;
    }
    const target = slot + slots.value(slot) + 1;
    if (target < 0 || target >= slots.count) env.refuse('EINVAL', 'call to invalid destination');
    starts.add(target);
  }
  const sorted = [...starts].sort((a, b) => a - b);
  env.subprograms = sorted.map((start, index) => makeSubprogram(env, start, sorted[index + 1] ?? slots.count));
  if (env.log.everything) {
    for (let i = 0; i < sorted.length; i++) env.log.line(`func#${i} @${sorted[i]}`);
  }
}

/** No number names a function of a kernel here; words and errno are Linux 6.18's for one that it cannot resolve. */
function refuseNamedFunction(env: Env, slot: number): void {
  if (!env.input.gpl) env.refuse('EINVAL', 'cannot call kernel function from non-GPL compatible program');
  const offset = env.slots.off(slot);
  if (offset !== 0) env.refuse(offset < 0 ? 'EINVAL' : 'EPROTO', 'failed to find BTF for kernel function');
  const id = env.slots.value(slot) >>> 0;
  if (id !== 0) env.refuse('EINVAL', `kernel btf_id ${id} is not a function`);
}

/** A call of function 0 is a loader's mark for a function that is missing: it may stand where no path leads. */
export function checkKernelCalls(env: Env): void {
  for (let slot = 0; slot < env.slots.count; slot++) {
    if (!env.slots.isCall(slot, Call.KERNEL_FUNCTION) || env.reached[slot] === 0) continue;
    env.refuse('EINVAL', 'invalid kernel function call not eliminated in verifier pass');
  }
}

function makeSubprogram(env: Env, start: number, end: number): Subprogram {
  const info = env.input.functions?.find((candidate) => candidate.slot === start) ?? null;
  return {
    start,
    end,
    hasTailCall: false,
    hasPacketLoad: false,
    stackDepth: 0,
    isAsyncCallback: false,
    info,
    isGlobal: info?.linkage === 'global',
    called: false,
    changesPacket: false,
    mightSleep: false,
  };
}

/** Jumps stay in their function, and no function runs into the next one. */
export function checkSubprograms(env: Env): void {
  const { slots, subprograms } = env;
  let current = 0;
  for (let slot = 0; slot < slots.count; slot++) {
    const subprogram = subprograms[current] as Subprogram;
    if (slots.isCall(slot, Call.HELPER) && slots.value(slot) === TAIL_CALL) subprogram.hasTailCall = true;
    const opcode = slots.op(slot);
    if ((opcode & 7) === 0 && ((opcode & 0xe0) === 0x20 || (opcode & 0xe0) === 0x40)) subprogram.hasPacketLoad = true;
    if (slots.isJump(slot)) {
      const target = slots.jumpTarget(slot);
      if (target < subprogram.start || target >= subprogram.end) {
        env.refuse('EINVAL', `jump out of range from insn ${slot} to ${target}`);
      }
    }
    if (slot !== subprogram.end - 1) continue;
    if (opcode !== Opcode.EXIT && !slots.isGoto(slot)) env.refuse('EINVAL', 'last insn is not an exit or jmp');
    current++;
  }
}
