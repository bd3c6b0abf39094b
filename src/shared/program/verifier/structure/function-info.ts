/** The records that name the program's functions: each function has one, in the order of the program. */
import type { Env } from '../env.js';

/** What can be said before the functions are known. The kernel ends none of these messages with a newline. */
export function checkRecords(env: Env): void {
  const refuse = (message: string): never => {
    env.log.text(message);
    return env.refuseSilently('EINVAL', message);
  };
  let previous = 0;
  env.input.functions?.forEach(({ slot, wrongType }, index) => {
    if (index === 0 && slot !== 0) refuse(`nonzero insn_off ${slot} for the first func info record`);
    if (index > 0 && slot <= previous) {
      refuse(`same or smaller insn offset (${slot}) than previous func info record (${previous})`);
    }
    if (wrongType !== undefined) refuse(`invalid type id ${wrongType} in func info`);
    previous = slot;
  });
}

export function checkFunctionInfo(env: Env): void {
  const { functions } = env.input;
  if (functions === undefined) {
    checkAbnormalReturns(env, 'is not allowed in subprogs without BTF', () => false);
    return;
  }
  if (functions.length !== env.subprograms.length) {
    env.refuse('EINVAL', "number of funcs in func_info doesn't match number of subprogs");
  }
  functions.forEach(({ slot }, index) => {
    if (env.subprograms[index]?.start === slot) return;
    env.refuse('EINVAL', "func_info BTF section doesn't match subprog layout in BPF program");
  });
  const rule = "is only allowed in functions that return 'int'.";
  checkAbnormalReturns(env, rule, (index) => functions[index]?.returns.kind === 'scalar');
}

/** Tail calls and packet loads may end the program inside a function: the caller must know what that returns. */
function checkAbnormalReturns(env: Env, rule: string, returnsInt: (index: number) => boolean): void {
  env.subprograms.forEach(({ hasPacketLoad, hasTailCall }, index) => {
    if (index === 0 || returnsInt(index)) return;
    if (hasPacketLoad) env.refuse('EINVAL', `LD_ABS ${rule}`);
    if (hasTailCall) env.refuse('EINVAL', `tail_call ${rule}`);
  });
}
