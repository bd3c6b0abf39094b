/** A thread's surroundings for compiled programs, with plain JavaScript in place of the core. */
import { assemble } from '#dist/shared/program/asm/index.js';
import { compile, type Compiled, type CompileOptions } from '#dist/shared/program/compiler/index.js';
import type { Instruction } from '#dist/shared/program/insn/instruction.js';
import type { CallFact, CheckedProgram, MapReference, ProgramMap } from '#dist/shared/program/types.js';

export const STACK_TOP = 0x20000;
export const CONTEXT = 0x21000;
/** Where a thread's CPU number plus one lies. */
export const CPU = 0x18000;

export type Import = (...values: (number & bigint)[]) => number | bigint;

export interface ProgramParts {
  readonly name?: string;
  readonly references?: readonly MapReference[];
  readonly calls?: readonly CallFact[];
  readonly reached?: Uint8Array;
}

export function program(source: string | readonly Instruction[], parts: ProgramParts = {}): CheckedProgram {
  const insns = typeof source === 'string' ? assemble(source).insns : source;
  return { name: 'test', type: 6, insns, references: [], calls: [], ...parts };
}

export interface Loaded {
  readonly compiled: Compiled;
  readonly main: (r1: bigint, stackTop: number) => bigint;
  readonly exports: WebAssembly.Exports;
}

/** One thread: a memory, the table of entries and callbacks, the table of programs, and imports of the caller's own. */
export class FakeThread {
  readonly memory: WebAssembly.Memory;
  readonly table = new WebAssembly.Table({ element: 'anyfunc', initial: 0 });
  readonly programs = new WebAssembly.Table({ element: 'anyfunc', initial: 0 });
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly core: Record<string, Import>;
  readonly host: Record<string, Import>;

  constructor(
    core: Record<string, Import> = {},
    host: Record<string, Import> = {},
    memory = new WebAssembly.Memory({ initial: 16, maximum: 65536, shared: true }),
  ) {
    this.memory = memory;
    this.bytes = new Uint8Array(memory.buffer);
    this.view = new DataView(memory.buffer);
    this.core = core;
    this.host = host;
  }

  load(checked: CheckedProgram, options: CompileOptions = {}): Loaded {
    const compiled = compile(checked, options);
    const callbacks = this.table.length;
    this.table.grow(compiled.callbacks.length);
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(compiled.wasm as Uint8Array<ArrayBuffer>), {
      env: {
        memory: this.memory,
        table: this.table,
        programs: this.programs,
        callbacks: new WebAssembly.Global({ value: 'i32', mutable: false }, callbacks),
        lowest_frame: new WebAssembly.Global({ value: 'i32', mutable: false }, 0),
        cpu: new WebAssembly.Global({ value: 'i32', mutable: false }, CPU),
      },
      core: this.core,
      host: this.host,
    });
    compiled.callbacks.forEach((slot, index) => {
      this.table.set(callbacks + index, exports[`callback_${slot}`]);
    });
    return { compiled, main: exports['main'] as Loaded['main'], exports };
  }

  /** Compile and run once; r0 as an unsigned number. */
  run(source: string | readonly Instruction[], parts: ProgramParts = {}): bigint {
    const { main } = this.load(program(source, parts));
    return BigInt.asUintN(64, main(BigInt(CONTEXT), STACK_TOP));
  }
}

/** A map's description; what is not given is an ARRAY of 8-byte values at 64 KiB × 4. */
export function map(fields: Partial<ProgramMap> = {}): ProgramMap {
  return {
    id: 1,
    name: 'map',
    address: 0x40000,
    type: 2,
    keySize: 4,
    valueSize: 8,
    maxEntries: 4,
    flags: 0,
    frozen: false,
    spinLock: -1,
    timer: -1,
    workqueue: -1,
    ...fields,
  };
}
