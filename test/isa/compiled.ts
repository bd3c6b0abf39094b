import type { Instruction } from '#dist/shared/program/insn/instruction.js';
import { CONTEXT, FakeThread, program, STACK_TOP } from '../compiler/thread.js';
import type { IsaEngine, IsaProgram } from './engine.js';

/** The compiler, with the smallest surroundings that a program can have. */
export function compiledEngine(): IsaEngine {
  const thread = new FakeThread();
  return {
    name: 'compiled',
    load(insns: readonly Instruction[]): IsaProgram {
      const { main } = thread.load(program(insns));
      return (memory) => {
        thread.bytes.set(memory, CONTEXT);
        const result = BigInt.asUintN(64, main(BigInt(CONTEXT), STACK_TOP));
        memory.set(thread.bytes.subarray(CONTEXT, CONTEXT + memory.length));
        return result;
      };
    },
  };
}
