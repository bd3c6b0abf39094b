/** A program laid out for execution: instructions by slot, and what its load-immediates stand for. */
import { MAP_HEADER } from '../../core-exports.js';
import type { Instruction } from '../insn/instruction.js';
import { slotTable } from '../insn/slots.js';
import type { CheckedProgram, MapReference } from '../types.js';

export interface Code {
  readonly program: CheckedProgram;
  /** By slot; undefined for the second half of a 64-bit load-immediate. */
  readonly slots: readonly (Instruction | undefined)[];
  readonly references: ReadonlyMap<number, MapReference>;
}

const CODES = new WeakMap<CheckedProgram, Code>();

export function codeOf(program: CheckedProgram): Code {
  let code = CODES.get(program);
  if (code === undefined) {
    const { count, slotOf } = slotTable(program.insns);
    const slots = new Array<Instruction | undefined>(count).fill(undefined);
    program.insns.forEach((insn, index) => {
      slots[slotOf[index] as number] = insn;
    });
    code = { program, slots, references: new Map(program.references.map((reference) => [reference.slot, reference])) };
    CODES.set(program, code);
  }
  return code;
}

/** Address that a reference to a map stands for; undefined for a template. */
export function referenceAddress({ map, kind, offset }: MapReference): bigint | undefined {
  if (map.address === null) return undefined;
  return BigInt(kind === 'map' ? map.address : map.address + MAP_HEADER.data + offset);
}
