/** A program under construction: instructions, the map each load names, and jumps whose targets come later. */
import { type Instruction, type InstructionFields, instruction } from '#dist/shared/program/insn/instruction.js';
import { Call, Class, Mode, Opcode, Pseudo, Size } from '#dist/shared/program/insn/opcodes.js';

export type Width = 1 | 2 | 4 | 8;

const SIZE_FIELD: Record<Width, number> = { 1: Size.B, 2: Size.H, 4: Size.W, 8: Size.DW };

export function sizeField(width: Width): number {
  return SIZE_FIELD[width];
}

/** A place that jumps and calls can name before it exists. */
export interface Label {
  slot: number;
}

export interface MapUse {
  /** Slot of the load-immediate or of the helper call. */
  readonly slot: number;
  readonly map: number;
  readonly kind: 'map' | 'value' | 'call';
  readonly offset: number;
}

export class Code {
  readonly insns: Instruction[] = [];
  readonly uses: MapUse[] = [];
  readonly #pending: {
    readonly insn: Instruction;
    readonly slot: number;
    readonly label: Label;
    readonly field: 'offset' | 'imm';
  }[] = [];
  slot = 0;

  emit(fields: InstructionFields): Instruction {
    const insn = instruction(fields);
    this.insns.push(insn);
    this.slot += insn.opcode === Opcode.LOAD_IMMEDIATE ? 2 : 1;
    return insn;
  }

  label(): Label {
    return { slot: -1 };
  }

  place(label: Label): void {
    label.slot = this.slot;
  }

  /** A jump, call or function address: `field` will hold the distance to the label. */
  emitTo(label: Label, field: 'offset' | 'imm', fields: InstructionFields): void {
    const slot = this.slot;
    this.#pending.push({ insn: this.emit(fields), slot, label, field });
  }

  loadMap(register: number, map: number): void {
    this.uses.push({ slot: this.slot, map, kind: 'map', offset: 0 });
    this.emit({ opcode: Opcode.LOAD_IMMEDIATE, dst: register, src: Pseudo.MAP_FD });
  }

  loadValue(register: number, map: number, offset: number): void {
    this.uses.push({ slot: this.slot, map, kind: 'value', offset });
    this.emit({ opcode: Opcode.LOAD_IMMEDIATE, dst: register, src: Pseudo.MAP_VALUE, immHigh: offset });
  }

  /** Call a helper whose r1 is the map (or, without one, any helper). */
  helper(id: number, map?: number): void {
    if (map !== undefined) this.uses.push({ slot: this.slot, map, kind: 'call', offset: 0 });
    this.emit({ opcode: Opcode.CALL, src: Call.HELPER, imm: id });
  }

  load(width: Width, dst: number, src: number, offset: number, signed = false): void {
    this.emit({ opcode: Class.LDX | (signed ? Mode.MEMSX : Mode.MEM) | SIZE_FIELD[width], dst, src, offset });
  }

  store(width: Width, dst: number, src: number, offset: number): void {
    this.emit({ opcode: Class.STX | Mode.MEM | SIZE_FIELD[width], dst, src, offset });
  }

  storeImmediate(width: Width, dst: number, offset: number, imm: number): void {
    this.emit({ opcode: Class.ST | Mode.MEM | SIZE_FIELD[width], dst, offset, imm });
  }

  mov(dst: number, imm: number): void {
    this.emit({ opcode: 0xb7, dst, imm });
  }

  copy(dst: number, src: number): void {
    this.emit({ opcode: 0xbf, dst, src });
  }

  /** Fill the distances in. */
  finish(): void {
    for (const { insn, slot, label, field } of this.#pending) {
      if (label.slot < 0) throw new Error('a label was never placed');
      insn[field] = label.slot - slot - 1;
    }
  }
}
