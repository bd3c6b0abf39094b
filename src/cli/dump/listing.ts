/** A program's instructions as text, one by slot, and the graph of its blocks. */
import {
  decodeInstructions,
  formatInstruction,
  type Instruction,
  type ObjectProgramSpec,
  type ObjectSpec,
} from '../../index.js';
import { blocksOf } from './blocks.js';
import { functionNames, sourceLines } from './source-lines.js';

const LOAD_IMMEDIATE = 0x18;

/** Text of the instruction at each slot. A reference to a map names it. */
export function instructionTexts(program: ObjectProgramSpec): ReadonlyMap<number, string> {
  const references = new Map(program.references.map((reference) => [reference.slot, reference]));
  return textsBySlot(decodeInstructions(program.insns), (insn, slot) => {
    const reference = references.get(slot);
    const place = reference?.offset === undefined ? '' : ` + ${reference.offset}`;
    return reference ? `r${insn.dst} = map[${reference.map}]${place} ll` : formatInstruction(insn);
  });
}

/** Texts by slot: load-immediates take two. */
export function textsBySlot(
  insns: readonly Instruction[],
  textOf: (insn: Instruction, slot: number) => string = (insn) => formatInstruction(insn),
): ReadonlyMap<number, string> {
  const texts = new Map<number, string>();
  let slot = 0;
  for (const insn of insns) {
    texts.set(slot, textOf(insn, slot));
    slot += insn.opcode === LOAD_IMMEDIATE ? 2 : 1;
  }
  return texts;
}

/** Disassembly with slots, source lines as comments, and the names of functions. */
export function listing(spec: ObjectSpec, program: ObjectProgramSpec): string[] {
  const sources = sourceLines(spec, program);
  const functions = functionNames(spec, program);
  const lines: string[] = [];
  for (const [slot, text] of instructionTexts(program)) {
    const name = functions.get(slot);
    if (name !== undefined) lines.push(...(lines.length > 0 ? [''] : []), `${name}:`);
    const source = sources.get(slot);
    if (source !== undefined) lines.push(`; ${source}`);
    lines.push(`${String(slot).padStart(6)}: ${text}`);
  }
  return lines;
}

/** The control-flow graph in Graphviz's language: blocks as boxes, taken jumps dashed. */
export function graphviz(program: ObjectProgramSpec): string[] {
  const texts = instructionTexts(program);
  const lines = [`digraph ${JSON.stringify(program.name)} {`, '  node [shape=box, fontname=monospace, labeljust=l];'];
  for (const { start, end, edges } of blocksOf(program.insns)) {
    const shown: string[] = [];
    for (let slot = start; slot < end; slot++) {
      const text = texts.get(slot);
      if (text !== undefined) shown.push(`${slot}: ${text}`);
    }
    const label = shown.map((line) => `${line.replaceAll(/["\\]/g, '\\$&')}\\l`).join('');
    lines.push(`  b${start} [label="${label}"];`);
    for (const { to, kind } of edges) lines.push(`  b${start} -> b${to}${kind === 'jump' ? ' [style=dashed]' : ''};`);
  }
  return [...lines, '}'];
}
