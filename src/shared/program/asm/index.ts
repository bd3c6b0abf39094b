import type { Instruction } from '../insn/instruction.js';
import { Opcode } from '../insn/opcodes.js';
import { Cursor } from './cursor.js';
import { AssemblyError } from './error.js';
import type { Token } from './lexer.js';
import { takeStatement } from './parse.js';
import type { Names, Statement } from './statement.js';

export { AssemblyError } from './error.js';

export interface AssembleOptions {
  /** Descriptor that `map[name]` stands for, by name. */
  readonly maps?: Readonly<Record<string, number>>;
}

export interface Assembled {
  readonly insns: Instruction[];
  /** Slot that each label stands for. */
  readonly labels: ReadonlyMap<string, number>;
  /** By instruction (not slot): its line, counted from 1. */
  readonly lines: Int32Array;
}

/** A statement and where it lies. */
interface Placed extends Statement {
  readonly line: number;
  readonly slot: number;
}

/**
 * Translate assembly text in LLVM's syntax, one statement a line, `;`, `//` and `#` for comments. Throws
 * AssemblyError with line, column, what was found and what was expected. The program is not judged: any
 * instruction that can be encoded is taken.
 */
export function assemble(source: string, options: AssembleOptions = {}): Assembled {
  const lines = source.split('\n');
  const names = namesOf(lines, options.maps ?? {});
  const labels = new Map<string, number>();
  const placed: Placed[] = [];
  let slot = 0;
  for (let index = 0; index < lines.length; index++) {
    const cursor = new Cursor(lines[index] as string, index + 1);
    while (atLabel(cursor)) define(labels, cursor, slot);
    if (cursor.token.kind === 'end') continue;
    const statement = takeStatement(cursor, names);
    placed.push({ ...statement, line: index + 1, slot });
    slot += statement.insn.opcode === Opcode.LOAD_IMMEDIATE ? 2 : 1;
  }
  for (const statement of placed) complete(statement, labels);
  return {
    insns: placed.map(({ insn }) => insn),
    labels,
    lines: Int32Array.from(placed, ({ line }) => line),
  };
}

function namesOf(lines: readonly string[], maps: Readonly<Record<string, number>>): Names {
  const labels = new Set<string>();
  for (const line of lines)
    for (const match of line.matchAll(/([A-Za-z_.$][\w.$]*)\s*:/g)) labels.add(match[1] as string);
  return {
    map: (name) => (Object.hasOwn(maps, name) ? maps[name] : undefined),
    mapNames: Object.keys(maps),
    isLabel: (name) => labels.has(name),
  };
}

function atLabel(cursor: Cursor): boolean {
  return cursor.token.kind === 'word' && cursor.is(':', 1);
}

function define(labels: Map<string, number>, cursor: Cursor, slot: number): void {
  if (cursor.atRegister()) cursor.fail('a label that is no register');
  const token = cursor.token;
  if (labels.has(token.text)) cursor.fail('a label that is not defined above', token);
  labels.set(token.text, slot);
  cursor.advance();
  cursor.advance();
}

/** Put the distance to the label in its field. Every distance counts from the slot behind the first one of the instruction. */
function complete({ insn, label, fixup, slot }: Placed, labels: ReadonlyMap<string, number>): void {
  if (label === undefined) return;
  const target = labels.get(label.text);
  if (target === undefined) throw new AssemblyError(label, `"${label.text}"`, 'a label that the source defines');
  const distance = target - slot - 1;
  if (fixup === 'jump') insn.offset = jumpDistance(distance, label, insn);
  else insn.imm = distance;
}

function jumpDistance(distance: number, label: Token, insn: Instruction): number {
  if (distance >= -0x8000 && distance <= 0x7fff) return distance;
  const hint = insn.opcode === Opcode.GOTO ? '; "gotol" reaches further' : '';
  throw new AssemblyError(label, `a jump over ${distance} slots`, `a distance from -32768 to 32767${hint}`);
}
