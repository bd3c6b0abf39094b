/** The records of source lines: ascending, at instructions, and one at the start of each function. */
import type { Env } from '../env.js';

export function checkLineInfo(env: Env): void {
  const { lines = [] } = env.input;
  if (lines.length === 0) return;
  const { slots, subprograms } = env;
  const refuse = (message: string): never => env.refuse('EINVAL', message);
  let next = 0;
  let previous = 0;
  lines.forEach(({ slot, unnamed }, index) => {
    if ((index > 0 && slot <= previous) || slot >= slots.count) {
      const where = `(prev_offset:${previous} prog->len:${slots.count})`;
      refuse(`Invalid line_info[${index}].insn_off:${slot} ${where}`);
    }
    if (slots.op(slot) === 0) refuse(`Invalid insn code at line_info[${index}].insn_off`);
    if (unnamed) refuse(`Invalid line_info[${index}].line_off or .file_name_off`);
    const start = subprograms[next]?.start;
    if (start === slot) next++;
    else if (start !== undefined && start < slot) refuse(`missing bpf_line_info for func#${next}`);
    previous = slot;
  });
  const missing = subprograms.length - next;
  if (missing > 0) refuse(`missing bpf_line_info for ${missing} funcs starting from func#${next}`);
}
