import type { CheckedProgram } from '../types.js';
import { importClock } from './emit/may-goto.js';
import { type Code, codeOf } from './code.js';
import { Emitter, localsOf } from './emit/emitter.js';
import { functionType, importHelper, importPacketLoad, mainType } from './emit/calls.js';
import { FunctionEmitter, type ProgramContext } from './emit/function.js';
import { basicBlocks, functionStarts } from './flow/blocks.js';
import { functionGraph } from './flow/graph.js';
import { makeReducible } from './flow/irreducible.js';
import { orderGraph } from './flow/order.js';
import { Structurer } from './flow/structure.js';
import { Kind, kindOf } from '../insn/kinds.js';
import { Call, Opcode } from '../insn/opcodes.js';
import { Bytes } from './wasm/bytes.js';
import { ModuleBuilder, type ModuleFunction } from './wasm/module.js';
import { Op } from './wasm/op.js';

export { helperImports } from './helpers.js';

export interface CompileOptions {
  /** Count how often each instruction runs: `address` is that of a u32 for each slot, in the arena. */
  readonly coverage?: { readonly address: number };
  /** r2 of the main function begins as the length of its context, from the hidden field `HIDDEN.length` below it. */
  readonly contextLength?: boolean;
  /** Names of functions by their first slot, for stack traces; default `main` and `function_<slot>`. */
  readonly functionNames?: ReadonlyMap<number, string>;
}

export interface Compiled {
  /** Null: a function is larger than V8 takes (7,654,321 bytes). Such a program must be interpreted. */
  readonly wasm: Uint8Array<ArrayBuffer> | null;
  /** Pairs of byte offset in `wasm` and slot, ascending: the instruction whose code begins there. */
  readonly offsets: Uint32Array;
  /** Name in the name section: it tells the program's frames from others in a stack trace. */
  readonly moduleName: string;
  /** First slots of the functions exported as `callback_<slot>`, in the order of their places in the thread's table. */
  readonly callbacks: readonly number[];
}

/** V8's limit on the size of one function's body. */
const MAX_FUNCTION_BYTES = 7_654_321;

/**
 * Translate a program to a WebAssembly module. Its maps' addresses are part of the code, so it belongs to one arena.
 * Pure. Throws ProgramError: EINVAL for what cannot be decoded or leads out of the program, ENOTSUPP for helpers and
 * instructions that the library does not have.
 */
export function compile(program: CheckedProgram, options: CompileOptions = {}): Compiled {
  const code = codeOf(program);
  const { starts, callbacks } = functionStarts(code);
  const blocks = basicBlocks(code, starts);
  const module = new ModuleBuilder();
  collectImports(module, code);
  const context: ProgramContext = {
    blocks,
    callbacks,
    functions: new Map(starts.map((start, index) => [start, index])),
    coverage: options.coverage,
    contextLength: options.contextLength ?? false,
    places: [],
  };
  const types = [mainType(module), functionType(module)] as const;
  const out = new Bytes(16 * code.count + 256);
  const numbers = new Int32Array(blocks.count).fill(-1);
  let largest = 0;
  for (const start of starts) largest = Math.max(largest, writeFunction(out, code, module, context, numbers, start));
  const functions = starts.map(
    (start): ModuleFunction => ({
      type: types[start === 0 ? 0 : 1],
      name: options.functionNames?.get(start) ?? (start === 0 ? 'main' : `function_${start}`),
      exports: [...(start === 0 ? ['main'] : []), ...(callbacks.includes(start) ? [`callback_${start}`] : [])],
    }),
  );
  const moduleName = program.name || 'program';
  const { wasm, codeStart } = module.assemble(moduleName, functions, out.view());
  const offsets = Uint32Array.from(context.places);
  for (let at = 0; at < offsets.length; at += 2) offsets[at] = (offsets[at] as number) + codeStart;
  return { wasm: largest <= MAX_FUNCTION_BYTES ? wasm : null, offsets, moduleName, callbacks };
}

function collectImports(module: ModuleBuilder, code: Code): void {
  for (let slot = 0; slot < code.count; slot++) {
    if (code.second[slot] || !code.reached[slot]) continue;
    const kind = kindOf(code.opcode[slot] as number);
    if (code.opcode[slot] === Opcode.MAY_GOTO) importClock(module);
    else if (kind === Kind.PACKET_LOAD) importPacketLoad(module);
    else if (kind === Kind.CALL && code.src[slot] === Call.HELPER) importHelper(module, code, slot);
  }
}

/** Write one function's body with its size in front; returns that size. */
function writeFunction(
  out: Bytes,
  code: Code,
  module: ModuleBuilder,
  context: ProgramContext,
  numbers: Int32Array,
  start: number,
): number {
  const raw = functionGraph(context.blocks, context.blocks.of[start] as number, code.reached, numbers);
  let graph = orderGraph(raw);
  if (!graph.reducible) {
    makeReducible(raw);
    graph = orderGraph(raw);
  }
  const size = out.reserveU32();
  const begin = out.length;
  const locals = localsOf(start === 0);
  out.u32(locals.declared.length);
  for (const [count, type] of locals.declared) {
    out.u32(count);
    out.u8(type);
  }
  const emitter = new FunctionEmitter(new Emitter(out, code, module, locals), context, raw, graph);
  emitter.emitPrologue(start === 0);
  new Structurer(graph, out, emitter).emit();
  out.u8x2(Op.UNREACHABLE, Op.END);
  out.patchU32(size, out.length - begin);
  return out.length - begin;
}
