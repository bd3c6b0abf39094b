import { Kind, kindOf } from '../../insn/kinds.js';
import { Call, Opcode, Pseudo } from '../../insn/opcodes.js';
import { ProgramError } from '../../insn/problem.js';
import type { Code } from '../code.js';

/** Basic blocks of a whole program, by number in ascending order of slots. -1 stands for none. */
export interface Blocks {
  readonly count: number;
  readonly start: Int32Array;
  /** First slot behind the block. */
  readonly end: Int32Array;
  /** Where control goes without a taken conditional jump. */
  readonly next: Int32Array;
  /** Where a conditional jump at the end goes, when that is not `next` too. */
  readonly taken: Int32Array;
  /** Block that a slot begins; only meaningful for first slots. */
  readonly of: Int32Array;
}

/** First slots of the functions: 0, then those that are called or whose address is taken, ascending. */
export interface FunctionStarts {
  readonly starts: readonly number[];
  /** Functions whose address is taken, ascending: a subset of `starts`. */
  readonly callbacks: readonly number[];
}

export function functionStarts(code: Code): FunctionStarts {
  const starts = new Set([0]);
  const callbacks = new Set<number>();
  for (let slot = 0; slot < code.count; slot++) {
    const opcode = code.opcode[slot];
    const isCall = opcode === Opcode.CALL && code.src[slot] === Call.SUBPROGRAM;
    const isAddress = opcode === Opcode.LOAD_IMMEDIATE && code.src[slot] === Pseudo.FUNCTION;
    if (code.second[slot] || !(isCall || isAddress)) continue;
    const target = slot + 1 + (code.imm[slot] as number);
    if (!beginsInstruction(code, target)) throw outOfRange('call to invalid destination', slot, target);
    starts.add(target);
    if (isAddress) callbacks.add(target);
  }
  const ascending = (slots: Set<number>) => [...slots].sort((a, b) => a - b);
  return { starts: ascending(starts), callbacks: ascending(callbacks) };
}

export function basicBlocks(code: Code, starts: readonly number[]): Blocks {
  const of = leaders(code, starts);
  let count = 0;
  for (let slot = 0; slot < code.count; slot++) of[slot] = of[slot] === 1 ? count++ : -1;
  const blocks: Blocks = {
    count,
    start: new Int32Array(count),
    end: new Int32Array(count),
    next: new Int32Array(count).fill(-1),
    taken: new Int32Array(count).fill(-1),
    of,
  };
  for (let slot = 0; slot < code.count; slot++) if ((of[slot] as number) >= 0) blocks.start[of[slot] as number] = slot;
  for (let block = 0; block < count; block++) close(code, blocks, block);
  return blocks;
}

/** 1 at each slot where a block begins. */
function leaders(code: Code, starts: readonly number[]): Int32Array {
  const marks = new Int32Array(code.count);
  for (const start of starts) marks[start] = 1;
  for (let slot = 0; slot < code.count; slot++) {
    const kind = code.second[slot] ? Kind.UNKNOWN : kindOf(code.opcode[slot] as number);
    if (kind !== Kind.JUMP && kind !== Kind.GOTO && kind !== Kind.EXIT) continue;
    if (slot + 1 < code.count) marks[slot + 1] = 1;
    if (kind === Kind.EXIT) continue;
    const target = targetOf(code, slot);
    if (code.second[target]) throw intoImmediate(target - 1);
    if (!beginsInstruction(code, target)) throw outOfRange('jump out of range', slot, target);
    marks[target] = 1;
  }
  return marks;
}

/** Find the end of a block and where it leads. */
function close(code: Code, blocks: Blocks, block: number): void {
  const end = block + 1 < blocks.count ? (blocks.start[block + 1] as number) : code.count;
  blocks.end[block] = end;
  let last = end - 1;
  if (code.second[last]) last--;
  const kind = kindOf(code.opcode[last] as number);
  if (kind === Kind.EXIT) return;
  if (kind === Kind.GOTO) {
    blocks.next[block] = blocks.of[targetOf(code, last)] as number;
    return;
  }
  const following = end < code.count ? block + 1 : -1;
  blocks.next[block] = following;
  if (kind !== Kind.JUMP) return;
  const target = blocks.of[targetOf(code, last)] as number;
  if (target !== following) blocks.taken[block] = target;
}

function targetOf(code: Code, slot: number): number {
  const distance = code.opcode[slot] === Opcode.GOTO_LONG ? code.imm[slot] : code.offset[slot];
  return slot + 1 + (distance as number);
}

function beginsInstruction(code: Code, slot: number): boolean {
  return slot >= 0 && slot < code.count && code.second[slot] === 0;
}

function outOfRange(what: string, slot: number, target: number): ProgramError {
  const message = what.startsWith('jump') ? `${what} from insn ${slot} to ${target}` : `${what} ${target}`;
  return new ProgramError({ insn: slot, code: 'EINVAL', message });
}

function intoImmediate(slot: number): ProgramError {
  return new ProgramError({ insn: slot, code: 'EINVAL', message: `jump into the middle of ldimm64 insn ${slot}` });
}
