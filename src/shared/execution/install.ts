import type { Arena } from '../arena.js';
import { formatPrintk, readFormat } from './printk.js';

/** The part of a program that a thread needs to run it. */
export interface RunnableProgram {
  id: number;
  name: string;
  module: WebAssembly.Module;
}

/** What a thread gives to the programs it runs. */
export interface ProgramHost {
  /** Nanoseconds of a clock that all threads share and that never goes back. */
  now(): number;
  /** One line of bpf_trace_printk output of the program with this id. */
  printk(programId: number, text: string): void;
}

/** Table entries are added in steps, since growing copies the table. */
const TABLE_STEP = 64;
const EINVAL = 22;

/** Instantiate the program in this thread and put its function at index = id of the thread's table. */
export function installProgram(arena: Arena, program: RunnableProgram, host: ProgramHost): void {
  const instance = new WebAssembly.Instance(program.module, {
    env: { memory: arena.memory, table: arena.table },
    core: arena.core as unknown as WebAssembly.ModuleImports,
    host: { ktime: () => host.now(), printk: printkImport(arena, program.id, host) },
  });
  const entry = instance.exports['main'];
  if (typeof entry !== 'function') {
    throw new TypeError(`program ${program.name} (id ${program.id}): its module exports no function "main"`);
  }
  const missing = program.id + 1 - arena.table.length;
  if (missing > 0) arena.table.grow(missing + TABLE_STEP);
  arena.table.set(program.id, entry);
}

/** Take the program out of this thread's table. Returns whether it was there. */
export function uninstallProgram(arena: Arena, programId: number): boolean {
  if (!isInstalled(arena, programId)) return false;
  arena.table.set(programId, null);
  return true;
}

export function isInstalled(arena: Arena, programId: number): boolean {
  return programId < arena.table.length && arena.table.get(programId) !== null;
}

function printkImport(arena: Arena, programId: number, host: ProgramHost) {
  return (format: number, size: number, a: bigint, b: bigint, c: bigint): number => {
    const text = readFormat(arena.u8, format >>> 0, size >>> 0);
    if (text === null) return -EINVAL;
    const result = formatPrintk(arena.u8, text, [a, b, c]);
    if ('errno' in result) return -result.errno;
    host.printk(programId, result.text);
    return result.length;
  };
}
