/** What an interpreted run needs of its thread. */
import type { CheckedProgram } from '../types.js';

/** A helper as the core exports it, or as the host gives it: r1… to r0. Callbacks take a stack address as well. */
export type HelperFunction = (...args: (bigint | number)[]) => bigint;

/** The core's exports that the interpreter calls beside `helper_<ID>`. */
export interface InterpreterCore {
  /** bpf_map_lookup_elem for every map type: address of the value, or of the inner map; 0 = none. */
  lookup_any(map: number, key: number): number;
  /** Id of the program in a PROG_ARRAY slot, 0 = none; counts the tail calls of the run. */
  tail_call_target(map: number, index: number): number;
  /** LD_ABS and LD_IND: the value, or −1 when it is not in the packet. */
  load_packet(context: number, offset: number, size: number): bigint;
}

export interface InterpreterEnvironment {
  readonly memory: WebAssembly.Memory;
  /** Table that the core calls callbacks through. */
  readonly table: WebAssembly.Table;
  /** Index of a free entry of that table, which stays the interpreter's. */
  reserveEntry(): number;
  /** All exports of the core. */
  readonly core: InterpreterCore & Readonly<Record<string, unknown>>;
  /** Helpers that need JavaScript, by name (`helper_<ID>`). */
  readonly hostHelpers: Readonly<Record<string, unknown>>;
  /** The program that a tail call enters; undefined = it cannot be run here, and the call falls through. */
  programById(id: number): CheckedProgram | undefined;
}

/** `helper_<ID>` of the core, else of the host; undefined when nobody has it. */
export function findHelper(environment: InterpreterEnvironment, id: number): HelperFunction | undefined {
  const name = `helper_${id}`;
  const own = environment.core[name];
  if (typeof own === 'function') return own as HelperFunction;
  const hosted = environment.hostHelpers[name];
  return typeof hosted === 'function' ? (hosted as HelperFunction) : undefined;
}
