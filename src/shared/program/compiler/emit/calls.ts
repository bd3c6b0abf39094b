import { STACK_SIZE } from '../../insn/opcodes.js';
import { ProgramError } from '../../insn/problem.js';
import { helperById } from '../../helpers.js';
import type { Code } from '../code.js';
import { type HelperImport, helperImport, LOOKUP, TAIL_CALL } from '../helpers.js';
import { type ModuleBuilder, PROGRAMS_TABLE } from '../wasm/module.js';
import { Op, Type } from '../wasm/op.js';
import type { Emitter } from './emitter.js';
import { unsupported } from './immediates.js';
import { emitLookup, emitLookupCall, isInlined, lookupImport } from './lookups.js';
import { forgetCallerSaved } from './memory.js';

const { I32, I64 } = Type;

export function mainType(module: ModuleBuilder): number {
  return module.type([I64, I32], [I64]);
}

export function functionType(module: ModuleBuilder): number {
  return module.type([I64, I64, I64, I64, I64, I32], [I64]);
}

/** Add what a helper call will import, so that function indices are known before any code is written. */
export function importHelper(module: ModuleBuilder, code: Code, slot: number): void {
  const id = code.imm[slot] as number;
  if (id === TAIL_CALL) {
    module.importFunction('core', 'tail_call_target', module.type([I32, I32], [I32]));
    module.importFunction('host', 'ensure_program', module.type([I32], [I32]));
    return;
  }
  const fact = code.calls.get(slot);
  if (id === LOOKUP) {
    if (!isInlined(fact)) module.importFunction('core', lookupImport(fact), module.type([I32, I32], [I32]));
    return;
  }
  const helper = known(id, slot);
  const parameters: number[] = new Array<number>(helper.arity).fill(I64);
  if (helper.callsBack) parameters.push(I32);
  module.importFunction(helper.module, `helper_${id}`, module.type(parameters, [I64]));
}

export function importPacketLoad(module: ModuleBuilder): void {
  module.importFunction('core', 'load_packet', module.type([I32, I32, I32], [I64]));
}

function known(id: number, slot: number): HelperImport {
  const helper = helperImport(id);
  if (helper !== undefined) return helper;
  const name = helperById(id)?.name;
  if (name === undefined) throw new ProgramError({ insn: slot, code: 'EINVAL', message: `invalid func unknown#${id}` });
  throw unsupported(slot, `calls of helper ${name}#${id}`);
}

export function emitHelperCall(e: Emitter, slot: number): void {
  const id = e.code.imm[slot] as number;
  const fact = e.code.calls.get(slot);
  if (id === TAIL_CALL) {
    emitTailCall(e);
  } else if (id === LOOKUP) {
    // A look-up writes nothing that the program could have stored.
    if (isInlined(fact)) emitLookup(e, fact);
    else emitLookupCall(e, fact);
  } else {
    emitImportedCall(e, known(id, slot));
    e.values.memoryChanged();
  }
  forgetCallerSaved(e);
}

function emitImportedCall(e: Emitter, { id, module, arity, callsBack }: HelperImport): void {
  for (let register = 1; register <= arity; register++) e.get(register);
  if (callsBack) emitCalleeStack(e);
  e.callImport(module, `helper_${id}`);
  e.set(0);
}

/** Top of the stack of a function that this one calls. */
function emitCalleeStack(e: Emitter): void {
  e.frameAddress(-STACK_SIZE);
}

/** A call inside the program; `target` is the callee's index among the module's functions. */
export function emitSubprogramCall(e: Emitter, target: number): void {
  for (let register = 1; register <= 5; register++) e.get(register);
  emitCalleeStack(e);
  e.op(Op.CALL);
  e.out.u32(e.module.importCount + target);
  e.set(0);
  e.values.memoryChanged();
  forgetCallerSaved(e);
}

/**
 * Go to the program in the slot, or on if there is none. A program that this thread has not installed yet is fetched
 * by the host. Its frame takes this one's place.
 */
function emitTailCall(e: Emitter): void {
  const { narrow } = e.locals;
  e.out.u8x2(Op.BLOCK, Type.EMPTY);
  e.get32(2);
  e.get32(3);
  e.callImport('core', 'tail_call_target');
  e.teeLocal(narrow);
  e.op(Op.I32_EQZ);
  e.out.u8x2(Op.BR_IF, 0);
  emitEnsureInstalled(e);
  e.get(1);
  e.getLocal(e.locals.stackTop);
  e.getLocal(narrow);
  e.op(Op.RETURN_CALL_INDIRECT);
  e.out.u32(mainType(e.module));
  e.out.u8(PROGRAMS_TABLE);
  e.op(Op.END);
}

/** Leaves the enclosing block if the program in `narrow` cannot be had. */
function emitEnsureInstalled(e: Emitter): void {
  const { narrow } = e.locals;
  e.out.u8x2(Op.BLOCK, Type.EMPTY);
  e.out.u8x2(Op.BLOCK, Type.EMPTY);
  e.getLocal(narrow);
  e.out.u8x2(Op.MISC, Op.TABLE_SIZE);
  e.out.u8(PROGRAMS_TABLE);
  e.op(Op.I32_GE_U);
  e.out.u8x2(Op.BR_IF, 0);
  e.getLocal(narrow);
  e.out.u8x2(Op.TABLE_GET, PROGRAMS_TABLE);
  e.op(Op.REF_IS_NULL);
  e.op(Op.I32_EQZ);
  e.out.u8x2(Op.BR_IF, 1);
  e.op(Op.END);
  e.getLocal(narrow);
  e.callImport('host', 'ensure_program');
  e.op(Op.I32_EQZ);
  e.out.u8x2(Op.BR_IF, 1);
  e.op(Op.END);
}
