import type { Instruction } from '#dist/shared/program/insn/instruction.js';
import { type InterpreterEnvironment, interpret } from '#dist/shared/program/interpreter/index.js';
import type { IsaEngine, IsaProgram } from './engine.js';

const SYSCALL = 31;
const STACK_TOP = 0x8000;
const CONTEXT = 0x9000;

/** The interpreter; the memory of a case is the context of a program whose context has no fixed length. */
export function interpretedEngine(): IsaEngine {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const bytes = new Uint8Array(memory.buffer);
  const environment: InterpreterEnvironment = {
    memory,
    table: new WebAssembly.Table({ element: 'anyfunc', initial: 1 }),
    reserveEntry: () => 0,
    core: { lookup_any: () => 0, tail_call_target: () => 0, load_packet: () => -1n },
    hostHelpers: {},
    programById: () => undefined,
  };
  return {
    name: 'interpreted',
    load(insns: readonly Instruction[]): IsaProgram {
      const program = { name: 'test', type: SYSCALL, insns, references: [], calls: [] };
      return (data) => {
        bytes.set(data, CONTEXT);
        const result = interpret({
          program,
          environment,
          context: CONTEXT,
          contextBytes: data.length,
          stackTop: STACK_TOP,
        });
        data.set(bytes.subarray(CONTEXT, CONTEXT + data.length));
        return BigInt.asUintN(64, result);
      };
    },
  };
}
