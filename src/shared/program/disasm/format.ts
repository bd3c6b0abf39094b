import { helperById } from '../helpers.js';
import { type Instruction, immediate64, jumpTarget } from '../insn/instruction.js';
import { Kind, kindOf } from '../insn/kinds.js';
import {
  Alu,
  Atomic,
  Call,
  Class,
  CLASS_MASK,
  CODE_MASK,
  Jump,
  Mode,
  MODE_MASK,
  Opcode,
  Pseudo,
  Source,
  SOURCE_MASK,
  sizeBytes,
} from '../insn/opcodes.js';

/** Where an instruction lies, and the slots that have labels. */
export interface Labelling {
  readonly slot: number;
  readonly targets: ReadonlySet<number>;
}

/** Text of one instruction; of one that has no text, its fields in brackets. */
export function formatInstruction(insn: Instruction, labelling?: Labelling): string {
  switch (kindOf(insn.opcode)) {
    case Kind.ALU:
    case Kind.NEG:
    case Kind.MOV:
    case Kind.END:
      return formatArithmetic(insn) ?? unknown(insn);
    case Kind.JUMP:
    case Kind.GOTO:
    case Kind.CALL:
    case Kind.EXIT:
      return formatControl(insn, labelling) ?? unknown(insn);
    case Kind.LOAD_IMMEDIATE:
      return formatLoadImmediate(insn, labelling) ?? unknown(insn);
    case Kind.UNKNOWN:
      return unknown(insn);
    default:
      return formatMemory(insn) ?? unknown(insn);
  }
}

function unknown({ opcode, dst, src, offset, imm }: Instruction): string {
  return `(opcode 0x${opcode.toString(16).padStart(2, '0')}, dst ${dst}, src ${src}, offset ${offset}, imm ${imm})`;
}

const OPERATORS = new Map<number, string>([
  [Alu.ADD, '+='],
  [Alu.SUB, '-='],
  [Alu.MUL, '*='],
  [Alu.DIV, '/='],
  [Alu.OR, '|='],
  [Alu.AND, '&='],
  [Alu.LSH, '<<='],
  [Alu.RSH, '>>='],
  [Alu.MOD, '%='],
  [Alu.XOR, '^='],
  [Alu.MOV, '='],
  [Alu.ARSH, 's>>='],
]);

function formatArithmetic(insn: Instruction): string | null {
  const { opcode, src, offset, imm } = insn;
  const letter = (opcode & CLASS_MASK) === Class.ALU64 ? 'r' : 'w';
  const dst = `${letter}${insn.dst}`;
  const kind = kindOf(opcode);
  if (kind === Kind.NEG) return `${dst} = -${dst}`;
  if (kind === Kind.END) {
    const form = letter === 'r' ? 'bswap' : (opcode & SOURCE_MASK) === Source.X ? 'be' : 'le';
    return `r${insn.dst} = ${form}${imm} r${insn.dst}`;
  }
  const operator = OPERATORS.get(opcode & CODE_MASK);
  const operand = (opcode & SOURCE_MASK) === Source.X ? `${letter}${src}` : String(imm);
  if (kind === Kind.MOV && offset !== 0) return `${dst} = (s${offset})${operand}`;
  return operator === undefined ? null : `${dst} ${offset === 1 ? 's' : ''}${operator} ${operand}`;
}

const CONDITIONS = new Map<number, string>([
  [Jump.JEQ, '=='],
  [Jump.JGT, '>'],
  [Jump.JGE, '>='],
  [Jump.JSET, '&'],
  [Jump.JNE, '!='],
  [Jump.JSGT, 's>'],
  [Jump.JSGE, 's>='],
  [Jump.JLT, '<'],
  [Jump.JLE, '<='],
  [Jump.JSLT, 's<'],
  [Jump.JSLE, 's<='],
]);

function formatControl(insn: Instruction, labelling?: Labelling): string | null {
  const { opcode, dst, src, imm } = insn;
  const kind = kindOf(opcode);
  if (kind === Kind.EXIT) return 'exit';
  if (kind === Kind.CALL) return formatCall(insn, labelling);
  const target = place(opcode === Opcode.GOTO_LONG ? imm : insn.offset, labelling, insn);
  if (kind === Kind.GOTO) return `${opcode === Opcode.GOTO_LONG ? 'gotol' : 'goto'} ${target}`;
  if (opcode === Opcode.MAY_GOTO) return `may_goto ${target}`;
  const letter = (opcode & CLASS_MASK) === Class.JMP ? 'r' : 'w';
  const operand = (opcode & SOURCE_MASK) === Source.X ? `${letter}${src}` : String(imm);
  const condition = CONDITIONS.get(opcode & CODE_MASK);
  return condition === undefined ? null : `if ${letter}${dst} ${condition} ${operand} goto ${target}`;
}

/** The label of the slot that a distance leads to, or the distance with its sign. */
function place(distance: number, labelling: Labelling | undefined, insn?: Instruction): string {
  if (labelling !== undefined) {
    const target = insn === undefined ? labelling.slot + 1 + distance : jumpTarget(insn, labelling.slot);
    if (labelling.targets.has(target)) return `L${target}`;
  }
  return distance < 0 ? String(distance) : `+${distance}`;
}

function formatCall({ src, offset, imm }: Instruction, labelling?: Labelling): string | null {
  if (src === Call.SUBPROGRAM) return `call ${place(imm, labelling)}`;
  if (src === Call.HELPER) return `call ${helperById(imm)?.name ?? imm}`;
  if (src !== Call.KERNEL_FUNCTION) return null;
  return `call kfunc[${imm}${offset === 0 ? '' : `, ${offset}`}]`;
}

function formatLoadImmediate(insn: Instruction, labelling?: Labelling): string | null {
  const { dst, imm, immHigh } = insn;
  const offset = immHigh === 0 ? '' : ` + ${immHigh >>> 0}`;
  switch (insn.src) {
    case Pseudo.CONSTANT:
      return `r${dst} = 0x${BigInt.asUintN(64, immediate64(insn)).toString(16)} ll`;
    case Pseudo.MAP_FD:
      return `r${dst} = map[fd:${imm}] ll`;
    case Pseudo.MAP_VALUE:
      return `r${dst} = map[fd:${imm}][0]${offset} ll`;
    case Pseudo.BTF_ID:
      return `r${dst} = btf[${imm}${immHigh === 0 ? '' : `, ${immHigh}`}] ll`;
    case Pseudo.FUNCTION:
      return `r${dst} = func[${place(imm, labelling)}] ll`;
    case Pseudo.MAP_INDEX:
      return `r${dst} = map[idx:${imm}] ll`;
    case Pseudo.MAP_INDEX_VALUE:
      return `r${dst} = map[idx:${imm}][0]${offset} ll`;
    default:
      return null;
  }
}

function formatMemory(insn: Instruction): string | null {
  const { opcode, dst, src, imm } = insn;
  const bits = sizeBytes(opcode) * 8;
  switch (kindOf(opcode)) {
    case Kind.LOAD:
      return `r${dst} = *(${(opcode & MODE_MASK) === Mode.MEMSX ? 's' : 'u'}${bits} *)${address(src, insn.offset)}`;
    case Kind.STORE:
      return `*(u${bits} *)${address(dst, insn.offset)} = r${src}`;
    case Kind.STORE_IMMEDIATE:
      return `*(u${bits} *)${address(dst, insn.offset)} = ${imm}`;
    case Kind.PACKET_LOAD:
      if ((opcode & MODE_MASK) === Mode.ABS) return `r0 = *(u${bits} *)skb[${imm}]`;
      return `r0 = *(u${bits} *)skb[${bare(src, imm)}]`;
    default:
      return formatAtomic(insn, bits);
  }
}

function bare(register: number, offset: number): string {
  return `r${register} ${offset < 0 ? '-' : '+'} ${Math.abs(offset)}`;
}

function address(register: number, offset: number): string {
  return `(${bare(register, offset)})`;
}

const ATOMICS = new Map<number, { operator: string; name: string }>([
  [Atomic.ADD, { operator: '+=', name: 'add' }],
  [Atomic.OR, { operator: '|=', name: 'or' }],
  [Atomic.AND, { operator: '&=', name: 'and' }],
  [Atomic.XOR, { operator: '^=', name: 'xor' }],
]);

function formatAtomic({ dst, src, offset, imm }: Instruction, bits: number): string | null {
  const pointer = `(u${bits} *)`;
  if (imm === Atomic.LOAD_ACQUIRE) return `r${dst} = load_acquire(${pointer}${address(src, offset)})`;
  if (imm === Atomic.STORE_RELEASE) return `store_release(${pointer}${address(dst, offset)}, r${src})`;
  const value = `${bits === 64 ? 'r' : 'w'}${src}`;
  const suffix = bits === 64 ? '_64' : '32_32';
  if (bits < 32) return null;
  if (imm === Atomic.XCHG) return `${value} = xchg${suffix}(${bare(dst, offset)}, ${value})`;
  if (imm === Atomic.CMPXCHG) {
    const old = bits === 64 ? 'r0' : 'w0';
    return `${old} = cmpxchg${suffix}(${bare(dst, offset)}, ${old}, ${value})`;
  }
  const operation = ATOMICS.get(imm & ~Atomic.FETCH);
  if (operation === undefined) return null;
  if ((imm & Atomic.FETCH) === 0) return `lock *${pointer}${address(dst, offset)} ${operation.operator} ${value}`;
  return `${value} = atomic_fetch_${operation.name}(${pointer}${address(dst, offset)}, ${value})`;
}
