import { helperById } from '../../helpers.js';
import type { Instruction } from '../instruction.js';
import { Kind, kindOf } from '../kinds.js';
import {
  Alu,
  Atomic,
  Call,
  Class,
  CLASS_MASK,
  CODE_MASK,
  FRAME_POINTER,
  Opcode,
  Pseudo,
  Source,
  SOURCE_MASK,
  Mode,
  MODE_MASK,
  sizeBytes,
} from '../opcodes.js';
import type { Problem } from '../problem.js';

/** What is wrong with one instruction: errno name and the kernel's words. */
export type Fault = Omit<Problem, 'insn'>;

const invalid = (message: string): Fault => ({ code: 'EINVAL', message });
const READ_ONLY: Fault = { code: 'EACCES', message: 'frame pointer is read only' };

/** Unknown opcodes and the fields that the kernel checks before it looks at control flow. */
export function encodingFault(insn: Instruction): Fault | null {
  switch (kindOf(insn.opcode)) {
    case Kind.UNKNOWN:
      return invalid(`unknown opcode ${insn.opcode.toString(16).padStart(2, '0')}`);
    case Kind.LOAD:
      return insn.imm !== 0 ? invalid('BPF_LDX uses reserved fields') : null;
    case Kind.STORE:
      return insn.imm !== 0 ? invalid('BPF_STX uses reserved fields') : null;
    case Kind.LOAD_IMMEDIATE:
      return loadImmediateFault(insn);
    default:
      return null;
  }
}

/** Reserved fields, register numbers and operands of one instruction whose opcode is known. */
export function fieldFault(insn: Instruction): Fault | null {
  return reservedFault(insn) ?? registerFault(insn) ?? operandFault(insn);
}

function loadImmediateFault(insn: Instruction): Fault | null {
  const unknown = insn.src > Pseudo.MAP_INDEX_VALUE;
  const tooLong = insn.immHigh !== 0 && (insn.src === Pseudo.MAP_FD || insn.src === Pseudo.MAP_INDEX);
  return unknown || tooLong ? invalid('unrecognized bpf_ld_imm64 insn') : null;
}

function reservedFault(insn: Instruction): Fault | null {
  const { opcode, dst, src, offset, imm } = insn;
  const fromRegister = (opcode & SOURCE_MASK) === Source.X;
  switch (kindOf(opcode)) {
    case Kind.NEG:
      return src !== 0 || offset !== 0 || imm !== 0 ? invalid('BPF_NEG uses reserved fields') : null;
    case Kind.END:
      return src !== 0 || offset !== 0 || !isWidth(imm, 64) || imm === 8
        ? invalid('BPF_END uses reserved fields')
        : null;
    case Kind.MOV:
      return movReserved(insn, fromRegister) ? invalid('BPF_MOV uses reserved fields') : null;
    case Kind.ALU:
      return aluReserved(insn, fromRegister) ? invalid('BPF_ALU uses reserved fields') : null;
    case Kind.JUMP:
      if (opcode === Opcode.MAY_GOTO) return dst || src || imm ? invalid('BPF_JMP/JMP32 uses reserved fields') : null;
      return (fromRegister ? imm : src) !== 0 ? invalid('BPF_JMP/JMP32 uses reserved fields') : null;
    case Kind.GOTO:
      return src !== 0 || dst !== 0 || (opcode === Opcode.GOTO ? imm : offset) !== 0
        ? invalid('BPF_JA uses reserved fields')
        : null;
    case Kind.EXIT:
      return src !== 0 || dst !== 0 || imm !== 0 ? invalid('BPF_EXIT uses reserved fields') : null;
    case Kind.CALL:
      return callReserved(insn) ? invalid('BPF_CALL uses reserved fields') : null;
    case Kind.STORE_IMMEDIATE:
      return src !== 0 ? invalid('BPF_ST uses reserved fields') : null;
    case Kind.LOAD_IMMEDIATE:
      return offset !== 0 ? invalid('BPF_LD_IMM64 uses reserved fields') : null;
    case Kind.PACKET_LOAD:
      return packetReserved(insn) ? invalid('BPF_LD_[ABS|IND] uses reserved fields') : null;
    default:
      return null;
  }
}

/** `imm` is 8, 16, 32 or 64, and at most `most`. */
function isWidth(imm: number, most: number): boolean {
  return (imm === 8 || imm === 16 || imm === 32 || imm === 64) && imm <= most;
}

function movReserved({ opcode, src, offset, imm }: Instruction, fromRegister: boolean): boolean {
  if (!fromRegister) return src !== 0 || offset !== 0;
  const wide = (opcode & CLASS_MASK) === Class.ALU64;
  return imm !== 0 || (offset !== 0 && !isWidth(offset, wide ? 32 : 16));
}

function aluReserved({ opcode, src, offset, imm }: Instruction, fromRegister: boolean): boolean {
  const code = opcode & CODE_MASK;
  const signed = offset === 1 && (code === Alu.DIV || code === Alu.MOD);
  return (fromRegister ? imm : src) !== 0 || (offset !== 0 && !signed);
}

function packetReserved({ opcode, dst, src, offset }: Instruction): boolean {
  return dst !== 0 || offset !== 0 || ((opcode & MODE_MASK) === Mode.ABS && src !== 0);
}

function callReserved({ dst, src, offset }: Instruction): boolean {
  return dst !== 0 || src > Call.KERNEL_FUNCTION || (src !== Call.KERNEL_FUNCTION && offset !== 0);
}

function registerFault(insn: Instruction): Fault | null {
  const kind = kindOf(insn.opcode);
  if (kind === Kind.CALL || kind === Kind.EXIT || kind === Kind.GOTO) return null;
  // The source field of a load-immediate names a kind of value, not a register.
  if (kind !== Kind.LOAD_IMMEDIATE && insn.src > FRAME_POINTER) return invalid(`R${insn.src} is invalid`);
  if (insn.dst > FRAME_POINTER) return invalid(`R${insn.dst} is invalid`);
  return writesFramePointer(insn, kind) ? READ_ONLY : null;
}

function writesFramePointer(insn: Instruction, kind: Kind): boolean {
  switch (kind) {
    case Kind.ALU:
    case Kind.NEG:
    case Kind.END:
    case Kind.MOV:
    case Kind.LOAD:
    case Kind.LOAD_IMMEDIATE:
      return insn.dst === FRAME_POINTER;
    case Kind.ATOMIC:
      if (insn.imm === Atomic.LOAD_ACQUIRE) return insn.dst === FRAME_POINTER;
      return (
        insn.src === FRAME_POINTER &&
        insn.imm !== Atomic.STORE_RELEASE &&
        (insn.imm & Atomic.FETCH) !== 0 &&
        insn.imm !== Atomic.CMPXCHG
      );
    default:
      return false;
  }
}

function operandFault(insn: Instruction): Fault | null {
  const { opcode, src, imm } = insn;
  switch (kindOf(opcode)) {
    case Kind.ALU:
      return (opcode & SOURCE_MASK) === Source.K ? immediateFault(insn) : null;
    case Kind.ATOMIC:
      return isAtomic(opcode, imm)
        ? null
        : invalid(`BPF_ATOMIC uses invalid atomic opcode ${(imm >>> 0).toString(16).padStart(2, '0')}`);
    case Kind.CALL:
      return src === Call.HELPER && helperById(imm) === undefined ? invalid(`invalid func unknown#${imm}`) : null;
    default:
      return null;
  }
}

function immediateFault({ opcode, imm }: Instruction): Fault | null {
  const code = opcode & CODE_MASK;
  if ((code === Alu.DIV || code === Alu.MOD) && imm === 0) return invalid('div by zero');
  if (code !== Alu.LSH && code !== Alu.RSH && code !== Alu.ARSH) return null;
  const bits = (opcode & CLASS_MASK) === Class.ALU64 ? 64 : 32;
  return imm < 0 || imm >= bits ? invalid(`invalid shift ${imm}`) : null;
}

/** Whether the immediate of an atomic instruction names an operation. */
function isAtomic(opcode: number, imm: number): boolean {
  if (imm === Atomic.LOAD_ACQUIRE || imm === Atomic.STORE_RELEASE) return true;
  if (sizeBytes(opcode) < 4) return false;
  switch (imm) {
    case Atomic.XCHG:
    case Atomic.CMPXCHG:
      return true;
    default:
      switch (imm & ~Atomic.FETCH) {
        case Atomic.ADD:
        case Atomic.OR:
        case Atomic.AND:
        case Atomic.XOR:
          return true;
        default:
          return false;
      }
  }
}
