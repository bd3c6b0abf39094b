/** BPF-to-BPF calls and bpf_loop. */
import { Call, Opcode, Pseudo } from '#dist/shared/program/insn/opcodes.js';
import type { Generator } from './generate.js';

/** Main, and two more frames: 512 bytes of stack hold them. */
const MAX_LEVEL = 2;
const MAX_FUNCTIONS = 3;
const LOOP = 181;
const ARGUMENT_OFFSET = -8;

export function callFunction(generator: Generator): void {
  const { code, random } = generator;
  if (generator.level >= MAX_LEVEL || generator.functions.length >= MAX_FUNCTIONS || generator.rounds > 8) return;
  const label = code.label();
  generator.functions.push({ label, kind: 'static', level: generator.level + 1 });
  for (let register = 1; register <= 5; register++) {
    if (generator.known.has(register)) continue;
    if (random.chance(0.5)) code.copy(register, random.pick([7, 8]));
    else code.mov(register, random.immediate());
  }
  code.emitTo(label, 'imm', { opcode: Opcode.CALL, src: Call.SUBPROGRAM });
  generator.called();
}

/** bpf_loop over a callback that computes in its own frame. */
export function loopHelper(generator: Generator): void {
  const { code, random } = generator;
  if (generator.level >= 1 || generator.loops > 0 || generator.functions.length >= MAX_FUNCTIONS) return;
  const label = code.label();
  generator.functions.push({ label, kind: 'callback', level: MAX_LEVEL });
  code.mov(1, random.between(0, 20));
  code.emitTo(label, 'imm', { opcode: Opcode.LOAD_IMMEDIATE, dst: 2, src: Pseudo.FUNCTION });
  code.copy(3, 10);
  code.emit({ opcode: 0x07, dst: 3, imm: ARGUMENT_OFFSET });
  code.mov(4, random.chance(0.1) ? 1 : 0);
  code.helper(LOOP);
  generator.called();
}
