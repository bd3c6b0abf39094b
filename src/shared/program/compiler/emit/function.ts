import { Kind, kindOf } from '../../insn/kinds.js';
import {
  Call,
  CLASS_MASK,
  Class,
  CODE_MASK,
  Jump,
  Opcode,
  Source,
  SOURCE_MASK,
  STACK_SIZE,
} from '../../insn/opcodes.js';
import { HIDDEN } from '../../../core-run-calls.js';
import type { CallFact } from '../../types.js';
import type { Blocks } from '../flow/blocks.js';
import { DISPATCH, type RawGraph, SETTER } from '../flow/graph.js';
import type { FlowGraph } from '../flow/order.js';
import type { Ending, NodeEmitter } from '../flow/structure.js';
import { LOOKUP } from '../helpers.js';
import { AtomicOp, Op, Type } from '../wasm/op.js';
import { emitAlu, emitByteOrder, emitMove, emitNegation } from './alu.js';
import { emitAtomic } from './atomics.js';
import { emitHelperCall, emitSubprogramCall } from './calls.js';
import type { Emitter } from './emitter.js';
import { emitLoadImmediate, unsupported } from './immediates.js';
import { emitCondition } from './jumps.js';
import { emitMayGoto } from './may-goto.js';
import { emitLookupGuard, emitLookupResult, guardCount, isInlined } from './lookups.js';
import { emitLoad, emitPacketLoad, emitStore, emitStoreImmediate, forgetCallerSaved } from './memory.js';
import { ProgramError } from '../../insn/problem.js';

/** What all functions of a program share. */
export interface ProgramContext {
  readonly blocks: Blocks;
  /** Index of a function by its first slot. */
  readonly functions: ReadonlyMap<number, number>;
  readonly callbacks: readonly number[];
  /** Arena address of a u32 by slot, counted up by its instruction; absent: no counting. */
  readonly coverage?: { readonly address: number } | undefined;
  /** r2 of the main function begins as the length of its context. */
  readonly contextLength: boolean;
  /** Takes pairs of output position and slot. */
  readonly places: number[];
}

/** Writes the code of one function's nodes. */
export class FunctionEmitter implements NodeEmitter {
  readonly #e: Emitter;
  readonly #context: ProgramContext;
  readonly #raw: RawGraph;
  readonly #graph: FlowGraph;
  /** Of the node whose end is being written. */
  #fact: CallFact | undefined;

  constructor(emitter: Emitter, context: ProgramContext, raw: RawGraph, graph: FlowGraph) {
    this.#e = emitter;
    this.#context = context;
    this.#raw = raw;
    this.#graph = graph;
  }

  /**
   * A function that another one called first looks whether its frame still lies in the stack. A main function that a
   * tail call enters takes over the frame of its caller.
   */
  emitPrologue(isMain: boolean): void {
    const { locals } = this.#e;
    if (!isMain) this.#checkStack();
    this.#e.getLocal(locals.stackTop);
    this.#e.const32(STACK_SIZE);
    this.#e.op(Op.I32_SUB);
    this.#e.setLocal(locals.frame);
    if (!isMain || !this.#context.contextLength) return;
    this.#e.get32(1);
    this.#e.const32(HIDDEN.bytes - HIDDEN.length);
    this.#e.op(Op.I32_SUB);
    this.#e.memory(Op.I64_LOAD32_U, 0, 0);
    this.#e.set(2);
  }

  #checkStack(): void {
    const e = this.#e;
    e.getLocal(e.locals.stackTop);
    e.out.u8x2(Op.GLOBAL_GET, e.module.globalIndex('lowest_frame'));
    e.op(Op.I32_LT_U);
    e.out.u8x2(Op.IF, Type.EMPTY);
    e.op(Op.UNREACHABLE);
    e.op(Op.END);
  }

  emitBody(node: number): Ending {
    const raw = this.#graph.raw[node] as number;
    const block = this.#raw.block[raw] as number;
    if (block === SETTER) {
      this.#e.const32(this.#raw.label[raw] as number);
      this.#e.setLocal(this.#e.locals.label);
      return { kind: 'goto', to: this.#number(this.#raw.next[raw] as number) };
    }
    if (block === DISPATCH) {
      return {
        kind: 'switch',
        targets: (this.#raw.targets.get(raw) as number[]).map((target) => this.#number(target)),
      };
    }
    return this.#emitBlock(raw, block);
  }

  emitCondition(node: number, negated: boolean): void {
    const slot = this.#lastSlot(node);
    this.#place(slot);
    if (this.#e.code.opcode[slot] === Opcode.MAY_GOTO) emitMayGoto(this.#e, negated);
    else emitCondition(this.#e, slot, negated);
  }

  emitGuard(_node: number, index: number): void {
    emitLookupGuard(this.#e, this.#fact as CallFact, index);
  }

  emitPassed(): void {
    emitLookupResult(this.#e, this.#fact as CallFact);
  }

  emitLabel(): void {
    this.#e.getLocal(this.#e.locals.label);
  }

  #number(raw: number): number {
    return this.#graph.numberOf[raw] as number;
  }

  #lastSlot(node: number): number {
    return (this.#context.blocks.end[this.#raw.block[this.#graph.raw[node] as number] as number] as number) - 1;
  }

  #place(slot: number): void {
    this.#context.places.push(this.#e.out.length, slot);
  }

  #emitBlock(raw: number, block: number): Ending {
    const { blocks } = this.#context;
    const { code, values } = this.#e;
    const start = blocks.start[block] as number;
    const end = blocks.end[block] as number;
    values.reset();
    const taken = this.#raw.taken[raw] as number;
    const next = this.#raw.next[raw] as number;
    const lookup = taken === -1 ? -1 : this.#testedLookup(start, end);
    for (let slot = start; slot < (lookup === -1 ? end : lookup); slot++) {
      if (code.second[slot]) continue;
      if (code.reached[slot] === 0) return this.#unreached(slot);
      this.#emitInstruction(slot);
    }
    if (lookup !== -1) return this.#endWithLookup(lookup, this.#number(taken), this.#number(next));
    if (taken !== -1) return { kind: 'if', taken: this.#number(taken), next: this.#number(next) };
    if (next !== -1) return { kind: 'goto', to: this.#number(next) };
    if (kindOf(code.opcode[end - 1] as number) !== Kind.EXIT) this.#e.op(Op.UNREACHABLE);
    return { kind: 'none' };
  }

  /** What the verifier found unreached was not translated: it may call what does not exist. */
  #unreached(slot: number): Ending {
    this.#place(slot);
    this.#e.op(Op.UNREACHABLE);
    return { kind: 'none' };
  }

  /** The block ends with an inlined look-up and a test of its result against NULL: its guards jump themselves. */
  #testedLookup(start: number, end: number): number {
    const { code } = this.#e;
    const call = end - 2;
    if (call < start || !isHelper(code.opcode[call], code.src[call]) || code.imm[call] !== LOOKUP || code.second[call])
      return -1;
    const opcode = code.opcode[end - 1] as number;
    const comparison = opcode & CODE_MASK;
    const tests = (opcode & CLASS_MASK) === Class.JMP && (opcode & SOURCE_MASK) === Source.K;
    if (!tests || (comparison !== Jump.JEQ && comparison !== Jump.JNE)) return -1;
    if (code.dst[end - 1] !== 0 || code.imm[end - 1] !== 0 || code.reached[end - 1] === 0) return -1;
    return isInlined(code.calls.get(call)) ? call : -1;
  }

  #endWithLookup(call: number, taken: number, next: number): Ending {
    this.#place(call);
    this.#count(call);
    this.#count(call + 1);
    const fact = this.#e.code.calls.get(call) as CallFact;
    this.#fact = fact;
    const equal = ((this.#e.code.opcode[call + 1] as number) & CODE_MASK) === Jump.JEQ;
    return { kind: 'guards', count: guardCount(fact), failed: equal ? taken : next, passed: equal ? next : taken };
  }

  #count(slot: number): void {
    const { coverage } = this.#context;
    if (coverage === undefined) return;
    this.#e.const32(coverage.address + 4 * slot);
    this.#e.const32(1);
    this.#e.atomic(AtomicOp.ADD, 2, 0);
    this.#e.op(Op.DROP);
  }

  #emitInstruction(slot: number): void {
    const opcode = this.#e.code.opcode[slot] as number;
    const kind = kindOf(opcode);
    this.#place(slot);
    this.#count(slot);
    const write = WRITERS[kind];
    if (write !== undefined) {
      write(this.#e, slot);
    } else if (kind === Kind.LOAD_IMMEDIATE) {
      emitLoadImmediate(this.#e, slot, this.#context.callbacks);
    } else if (kind === Kind.CALL) {
      this.#emitCall(slot);
    } else if (kind !== Kind.JUMP && kind !== Kind.GOTO) {
      // Jumps are written by the structure.
      const message = `unknown opcode ${opcode.toString(16).padStart(2, '0')}`;
      throw new ProgramError({ insn: slot, code: 'EINVAL', message });
    }
  }

  #emitCall(slot: number): void {
    const { code } = this.#e;
    if (code.src[slot] === Call.HELPER) {
      emitHelperCall(this.#e, slot);
    } else if (code.src[slot] === Call.SUBPROGRAM) {
      emitSubprogramCall(this.#e, this.#context.functions.get(slot + 1 + (code.imm[slot] as number)) as number);
    } else {
      throw unsupported(slot, 'calls of kernel functions');
    }
    forgetCallerSaved(this.#e);
  }
}

/** Instructions that need nothing but themselves, by kind. */
const WRITERS: readonly (((e: Emitter, slot: number) => void) | undefined)[] = writers();

function writers(): (((e: Emitter, slot: number) => void) | undefined)[] {
  const table: (((e: Emitter, slot: number) => void) | undefined)[] = [];
  table[Kind.ALU] = emitAlu;
  table[Kind.NEG] = emitNegation;
  table[Kind.END] = emitByteOrder;
  table[Kind.MOV] = emitMove;
  table[Kind.LOAD] = emitLoad;
  table[Kind.STORE] = emitStore;
  table[Kind.STORE_IMMEDIATE] = emitStoreImmediate;
  table[Kind.ATOMIC] = emitAtomic;
  table[Kind.PACKET_LOAD] = emitPacketLoad;
  table[Kind.EXIT] = emitExit;
  return table;
}

function emitExit(e: Emitter): void {
  e.get(0);
  e.op(Op.RETURN);
}

function isHelper(opcode: number | undefined, src: number | undefined): boolean {
  return opcode === Opcode.CALL && src === Call.HELPER;
}
