/** Instructions as the kernel's log prints them: opcode in brackets, then a C-like text. */
import { prototypeOf } from '../../helpers.js';
import { Alu, Atomic, Call, Class, CLASS_MASK, Opcode, sizeBytes } from '../../insn/opcodes.js';
import { operatorText } from '../pointer-arithmetic.js';
import type { Slots } from '../slots.js';

const SIZES: Readonly<Record<number, string>> = { 1: 'u8', 2: 'u16', 4: 'u32', 8: 'u64' };
const JUMPS = ['', '==', '>', '>=', '&', '!=', 's>', 's>=', '', '', '<', '<=', 's<', 's<='];

const signed = (value: number): string => (value < 0 ? String(value) : `+${value}`);
const place = (register: number, off: number): string => `(r${register} ${signed(off)})`;

export function formatSlot(slots: Slots, slot: number): string {
  const opcode = slots.op(slot);
  const said = text(slots, slot, opcode);
  return said.startsWith('BUG_') ? said : `(${opcode.toString(16).padStart(2, '0')}) ${said}`;
}

function text(slots: Slots, slot: number, opcode: number): string {
  switch (opcode & CLASS_MASK) {
    case Class.ALU:
    case Class.ALU64:
      return arithmetic(slots, slot, opcode);
    case Class.LDX:
      return load(slots, slot, opcode);
    case Class.ST:
      return `*(${SIZES[sizeBytes(opcode)]} *)${place(slots.to(slot), slots.off(slot))} = ${slots.value(slot)}`;
    case Class.STX:
      return store(slots, slot, opcode);
    case Class.LD:
      return loadSpecial(slots, slot, opcode);
    default:
      return jump(slots, slot, opcode);
  }
}

function arithmetic(slots: Slots, slot: number, opcode: number): string {
  const wide = (opcode & CLASS_MASK) === Class.ALU64;
  const letter = wide ? 'r' : 'w';
  const dst = slots.to(slot);
  const code = opcode & 0xf0;
  const off = slots.off(slot);
  const fromRegister = (opcode & 8) !== 0;
  if (code === Alu.END) {
    const form = wide ? 'bswap' : fromRegister ? 'be' : 'le';
    return `r${dst} = ${form}${slots.value(slot)} r${dst}`;
  }
  if (code === Alu.NEG) return `${letter}${dst} = -${letter}${dst}`;
  const signedDivision = off === 1 && (code === Alu.DIV || code === Alu.MOD);
  const operator = signedDivision ? `s${operatorText(code)}` : operatorText(code);
  if (!fromRegister) return `${letter}${dst} ${operator} ${slots.value(slot)}`;
  if (code === Alu.MOV && wide && off === 1) return addressSpaceCast(slots, slot);
  if (code === Alu.MOV && wide && off === -1) return `r${dst} = &(void __percpu *)(r${slots.from(slot)})`;
  const extension = code === Alu.MOV && (off === 8 || off === 16 || off === 32) ? `(s${off})` : '';
  return `${letter}${dst} ${operator} ${extension}${letter}${slots.from(slot)}`;
}

function addressSpaceCast(slots: Slots, slot: number): string {
  const spaces = slots.value(slot);
  return `r${slots.to(slot)} = addr_space_cast(r${slots.from(slot)}, ${spaces >>> 16}, ${spaces & 0xffff})`;
}

function load(slots: Slots, slot: number, opcode: number): string {
  const size = SIZES[sizeBytes(opcode)] ?? '';
  const name = (opcode & 0xe0) === 0x80 ? size.replace('u', 's') : size;
  return `r${slots.to(slot)} = *(${name} *)${place(slots.from(slot), slots.off(slot))}`;
}

const ATOMIC_NAMES = new Map<number, string>([
  [Atomic.ADD, 'add'],
  [Atomic.AND, 'and'],
  [Atomic.OR, 'or'],
  [Atomic.XOR, 'xor'],
]);

function store(slots: Slots, slot: number, opcode: number): string {
  const dst = slots.to(slot);
  const src = slots.from(slot);
  const bytes = sizeBytes(opcode);
  const size = SIZES[bytes] ?? '';
  const where = place(dst, slots.off(slot));
  if ((opcode & 0xe0) !== 0xc0) return `*(${size} *)${where} = r${src}`;
  const imm = slots.value(slot);
  const wide = bytes === 8 ? '64' : '';
  const base = imm & 0xf0;
  const target = `(${size} *)${where}`;
  if (imm === Atomic.CMPXCHG) return `r0 = atomic${wide}_cmpxchg(${target}, r0, r${src})`;
  if (imm === Atomic.XCHG) return `r${src} = atomic${wide}_xchg(${target}, r${src})`;
  if (imm === 0x100) return `r${dst} = load_acquire((${size} *)${place(src, slots.off(slot))})`;
  if (imm === 0x110) return `store_release((${size} *)${where}, r${src})`;
  const name = (imm & ~(0xf0 | Atomic.FETCH)) === 0 ? ATOMIC_NAMES.get(base) : undefined;
  if (name === undefined) return `BUG_${slots.op(slot).toString(16).padStart(2, '0')}`;
  if ((imm & Atomic.FETCH) !== 0) return `r${src} = atomic${wide}_fetch_${name}(${target}, r${src})`;
  return `lock *${target} ${operatorText(base)} r${src}`;
}

function loadSpecial(slots: Slots, slot: number, opcode: number): string {
  if (opcode === Opcode.LOAD_IMMEDIATE) {
    const src = slots.from(slot);
    const low = BigInt(slots.value(slot) >>> 0);
    const high = slot + 1 < slots.count ? BigInt(slots.value(slot + 1) >>> 0) << 32n : 0n;
    if (src === 1 || src === 5) return `r${slots.to(slot)} = map[${slots.value(slot)}]`;
    return `r${slots.to(slot)} = 0x${(high | low).toString(16)}`;
  }
  const name = SIZES[sizeBytes(opcode)] ?? '';
  const imm = slots.value(slot);
  if ((opcode & 0xe0) === 0x20) return `r0 = *(${name} *)skb[${imm}]`;
  return `r0 = *(${name} *)skb[r${slots.from(slot)} + ${imm}]`;
}

function jump(slots: Slots, slot: number, opcode: number): string {
  const narrow = (opcode & CLASS_MASK) === Class.JMP32;
  const code = opcode & 0xf0;
  if (opcode === Opcode.CALL) return call(slots, slot);
  if (opcode === Opcode.GOTO) return `goto pc${signed(slots.off(slot))}`;
  if (opcode === Opcode.GOTO_LONG) return `gotol pc${signed(slots.value(slot))}`;
  if (opcode === Opcode.EXIT) return 'exit';
  if (code === 0xe0) return `may_goto pc${signed(slots.off(slot))}`;
  const letter = narrow ? 'w' : 'r';
  const right = (opcode & 8) !== 0 ? `${letter}${slots.from(slot)}` : `0x${(slots.value(slot) >>> 0).toString(16)}`;
  return `if ${letter}${slots.to(slot)} ${JUMPS[code >> 4]} ${right} goto pc${signed(slots.off(slot))}`;
}

function call(slots: Slots, slot: number): string {
  const imm = slots.value(slot);
  if (slots.from(slot) === Call.SUBPROGRAM) return `call pc${signed(imm)}`;
  const name = slots.from(slot) === Call.HELPER ? prototypeOf(imm)?.name : undefined;
  return `call ${name ?? 'unknown'}#${imm}`;
}
