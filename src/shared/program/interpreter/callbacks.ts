/**
 * A way for the core to call back into the interpreter. A table of WebAssembly holds only WebAssembly functions, so
 * a module of a few bytes imports one JavaScript function and exports it again, with the type of BPF callbacks.
 */
import type { InterpreterEnvironment } from './environment.js';

/** r1…r5 and the stack address of the callback's frame, to r0. */
export type Callback = (r1: bigint, r2: bigint, r3: bigint, r4: bigint, r5: bigint, stackTop: number) => bigint;

/** type (i64 ×5, i32) → i64; import "m" "f"; export "f". */
const TRAMPOLINE = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x0b, 0x01, 0x60, 0x06, 0x7e, 0x7e, 0x7e, 0x7e, 0x7e, 0x7f, 0x01, 0x7e],
  ...[0x02, 0x07, 0x01, 0x01, 0x6d, 0x01, 0x66, 0x00, 0x00],
  ...[0x07, 0x05, 0x01, 0x01, 0x66, 0x00, 0x00],
);

/** Of one table: the index of its trampoline, and whose callback it calls now. */
class Trampoline {
  readonly index: number;
  #current: Callback | null = null;

  constructor({ table, reserveEntry }: InterpreterEnvironment) {
    const f: Callback = (...args) => {
      if (this.#current === null) throw new Error('broken invariant: a callback came outside its helper');
      return this.#current(...args);
    };
    const instance = new WebAssembly.Instance(new WebAssembly.Module(TRAMPOLINE), { m: { f } });
    this.index = reserveEntry();
    table.set(this.index, instance.exports['f']);
  }

  /** Call `helper` with the table index of `callback`. Nests. */
  during<T>(callback: Callback, helper: (index: number) => T): T {
    const outer = this.#current;
    this.#current = callback;
    try {
      return helper(this.index);
    } finally {
      this.#current = outer;
    }
  }
}

const TRAMPOLINES = new WeakMap<WebAssembly.Table, Trampoline>();

/** Run a helper of the core that calls back. */
export function withCallback<T>(
  environment: InterpreterEnvironment,
  callback: Callback,
  helper: (index: number) => T,
): T {
  let trampoline = TRAMPOLINES.get(environment.table);
  if (trampoline === undefined) {
    trampoline = new Trampoline(environment);
    TRAMPOLINES.set(environment.table, trampoline);
  }
  return trampoline.during(callback, helper);
}
