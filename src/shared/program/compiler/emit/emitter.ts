import { FRAME_POINTER, STACK_SIZE } from '../../insn/opcodes.js';
import type { Code } from '../code.js';
import type { Bytes } from '../wasm/bytes.js';
import type { ModuleBuilder } from '../wasm/module.js';
import { Op, Type } from '../wasm/op.js';
import { Known, REMEMBERED, Values } from './values.js';

/** Local variables of a function: its parameters, then registers and scratch. */
export interface Locals {
  /** By register r0–r9. */
  readonly registers: Uint8Array;
  /** i32 parameter: r10. */
  readonly stackTop: number;
  /** i32: r10 - 512, so that stack accesses have offsets that WebAssembly can hold. */
  readonly frame: number;
  /** i64. */
  readonly wide: number;
  /** i64, REMEMBERED of them: copies of what was stored to the stack. */
  readonly copies: number;
  /** i64: the clock at the first look of the function's `may_goto`s, 0 = none. */
  readonly since: number;
  /** i32: how often a `may_goto` went on. */
  readonly rounds: number;
  /** i32. */
  readonly narrow: number;
  /** i32: where a dispatcher goes. */
  readonly label: number;
  /** Declarations behind the parameters: count and type. */
  readonly declared: readonly (readonly [number, number])[];
}

/** Locals of `main(r1, stackTop)`, or of another function `(r1, …, r5, stackTop)`. */
export function localsOf(isMain: boolean): Locals {
  const parameters = isMain ? 1 : 5;
  const registers = new Uint8Array(10);
  for (let register = 1; register <= parameters; register++) registers[register] = register - 1;
  let local = parameters + 1;
  for (const register of isMain ? [0, 2, 3, 4, 5, 6, 7, 8, 9] : [0, 6, 7, 8, 9]) registers[register] = local++;
  const since = local + 1 + REMEMBERED;
  const firstNarrow = since + 1;
  return {
    registers,
    stackTop: parameters,
    wide: local,
    copies: local + 1,
    since,
    frame: firstNarrow,
    narrow: firstNarrow + 1,
    label: firstNarrow + 2,
    rounds: firstNarrow + 3,
    declared: [
      [firstNarrow - parameters - 1, Type.I64],
      [4, Type.I32],
    ],
  };
}

/** What all the parts that write code share: output, instructions, locals, and what is known of registers. */
export class Emitter {
  readonly out: Bytes;
  readonly code: Code;
  readonly module: ModuleBuilder;
  readonly locals: Locals;
  readonly values = new Values();

  constructor(out: Bytes, code: Code, module: ModuleBuilder, locals: Locals) {
    this.out = out;
    this.code = code;
    this.module = module;
    this.locals = locals;
  }

  op(opcode: number): void {
    this.out.u8(opcode);
  }

  getLocal(local: number): void {
    this.out.u8x2(Op.LOCAL_GET, local);
  }

  setLocal(local: number): void {
    this.out.u8x2(Op.LOCAL_SET, local);
  }

  teeLocal(local: number): void {
    this.out.u8x2(Op.LOCAL_TEE, local);
  }

  const32(value: number): void {
    this.out.u8(Op.I32_CONST);
    this.out.s32(value);
  }

  /** A signed 32-bit number, extended to 64 bits. */
  const64(value: number): void {
    this.out.u8(Op.I64_CONST);
    this.out.s32(value);
  }

  /** An unsigned 32-bit number. */
  constU64(value: number): void {
    this.out.u8(Op.I64_CONST);
    this.out.s64(value, 0);
  }

  constHalves(low: number, high: number): void {
    this.out.u8(Op.I64_CONST);
    this.out.s64(low, high);
  }

  /** All 64 bits of a register. */
  get(register: number): void {
    if (register === FRAME_POINTER) {
      this.getLocal(this.locals.stackTop);
      this.op(Op.I64_EXTEND_I32_U);
    } else {
      this.getLocal(this.locals.registers[register] as number);
    }
  }

  /** The low 32 bits of a register. */
  get32(register: number): void {
    if (register === FRAME_POINTER) {
      this.getLocal(this.locals.stackTop);
    } else {
      this.getLocal(this.locals.registers[register] as number);
      this.op(Op.I32_WRAP);
    }
  }

  /** Take an i64 from the stack into a register, of whose value nothing is known. */
  set(register: number): void {
    this.values.forget(register);
    this.setLocal(this.locals.registers[register] as number);
  }

  /** Take an i32 from the stack into a register, zero-extended. */
  setFrom32(register: number): void {
    this.op(Op.I64_EXTEND_I32_U);
    this.set(register);
  }

  /** r10 plus a distance, as an i32. */
  frameAddress(distance: number): void {
    this.getLocal(this.locals.frame);
    if (distance !== -STACK_SIZE) {
      this.const32(distance + STACK_SIZE);
      this.op(Op.I32_ADD);
    }
  }

  /** What a register points to, as an i32. */
  pointer(register: number): void {
    const kind = this.values.kind[register];
    if (kind === Known.FRAME) this.frameAddress(this.values.value[register] as number);
    else if (kind === Known.CONSTANT) this.const32(this.values.value[register] as number);
    else this.get32(register);
  }

  /**
   * The base of an access to register + offset, as an i32; returns what the access adds to it. WebAssembly's offsets
   * are unsigned, so a negative one is added to the base.
   */
  address(register: number, offset: number): number {
    const kind = this.values.kind[register];
    const value = this.values.value[register] as number;
    if (kind === Known.FRAME) return this.#frameBase(value + offset);
    if (kind === Known.CONSTANT && offset < 0) {
      this.const32(value + offset);
      return 0;
    }
    this.pointer(register);
    return this.#offset(offset);
  }

  #frameBase(distance: number): number {
    this.getLocal(this.locals.frame);
    return this.#offset(distance + STACK_SIZE);
  }

  #offset(offset: number): number {
    if (offset >= 0) return offset;
    this.const32(offset);
    this.op(Op.I32_ADD);
    return 0;
  }

  /** Operands of a memory instruction: alignment as a power of two, and offset. */
  memory(opcode: number, alignment: number, offset: number): void {
    this.out.u8x2(opcode, alignment);
    this.out.u32(offset);
  }

  atomic(opcode: number, alignment: number, offset: number): void {
    this.out.u8(Op.ATOMIC);
    this.memory(opcode, alignment, offset);
  }

  callImport(module: string, name: string): void {
    this.out.u8(Op.CALL);
    this.out.u32(this.module.importIndex(module, name));
  }
}
