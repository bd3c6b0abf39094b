/** Fields and values of the opcode byte, by RFC 9669 (section 3 and following). */

/** Low three bits of every opcode. */
export const Class = {
  LD: 0x00,
  LDX: 0x01,
  ST: 0x02,
  STX: 0x03,
  ALU: 0x04,
  JMP: 0x05,
  JMP32: 0x06,
  ALU64: 0x07,
} as const;
export const CLASS_MASK = 0x07;

/** Bit 3 of arithmetic and jump instructions: the operand is the immediate (K) or the source register (X). */
export const Source = { K: 0x00, X: 0x08 } as const;
export const SOURCE_MASK = 0x08;

/** High four bits of arithmetic and jump instructions. */
export const CODE_MASK = 0xf0;

export const Alu = {
  ADD: 0x00,
  SUB: 0x10,
  MUL: 0x20,
  /** Offset 1: signed. */
  DIV: 0x30,
  OR: 0x40,
  AND: 0x50,
  LSH: 0x60,
  RSH: 0x70,
  NEG: 0x80,
  /** Offset 1: signed. */
  MOD: 0x90,
  XOR: 0xa0,
  /** Offset 8, 16, 32: sign-extend from that many bits. */
  MOV: 0xb0,
  ARSH: 0xc0,
  /** Class ALU: K to little-endian, X to big-endian. Class ALU64: swap always. The immediate is the width. */
  END: 0xd0,
} as const;

export const Jump = {
  /** Class JMP: target in the offset. Class JMP32: target in the immediate (`gotol`). */
  JA: 0x00,
  JEQ: 0x10,
  JGT: 0x20,
  JGE: 0x30,
  JSET: 0x40,
  JNE: 0x50,
  JSGT: 0x60,
  JSGE: 0x70,
  CALL: 0x80,
  EXIT: 0x90,
  JLT: 0xa0,
  JLE: 0xb0,
  JSLT: 0xc0,
  JSLE: 0xd0,
} as const;

/** Bits 3 and 4 of load and store instructions. */
export const Size = { W: 0x00, H: 0x08, B: 0x10, DW: 0x18 } as const;
export const SIZE_MASK = 0x18;

/** High three bits of load and store instructions. */
export const Mode = { IMM: 0x00, ABS: 0x20, IND: 0x40, MEM: 0x60, MEMSX: 0x80, ATOMIC: 0xc0 } as const;
export const MODE_MASK = 0xe0;

/** Immediate of an atomic instruction. */
export const Atomic = {
  ADD: 0x00,
  OR: 0x40,
  AND: 0x50,
  XOR: 0xa0,
  /** Added to the four above: the old value goes to the source register. */
  FETCH: 0x01,
  XCHG: 0xe1,
  CMPXCHG: 0xf1,
  /** Not in RFC 9669; the kernel has them since 6.15, for all four sizes. */
  LOAD_ACQUIRE: 0x100,
  STORE_RELEASE: 0x110,
} as const;

/** Source register of a 64-bit load-immediate: what its immediate names. */
export const Pseudo = {
  CONSTANT: 0,
  MAP_FD: 1,
  MAP_VALUE: 2,
  BTF_ID: 3,
  FUNCTION: 4,
  MAP_INDEX: 5,
  MAP_INDEX_VALUE: 6,
} as const;

/** Source register of a call: what its immediate names. */
export const Call = { HELPER: 0, SUBPROGRAM: 1, KERNEL_FUNCTION: 2 } as const;

export const Opcode = {
  LOAD_IMMEDIATE: 0x18,
  CALL: 0x85,
  EXIT: 0x95,
  GOTO: 0x05,
  GOTO_LONG: 0x06,
  MAY_GOTO: 0xe5,
} as const;

/** Bytes that a load or store of this size field moves. */
export function sizeBytes(opcode: number): 1 | 2 | 4 | 8 {
  switch (opcode & SIZE_MASK) {
    case Size.B:
      return 1;
    case Size.H:
      return 2;
    case Size.W:
      return 4;
    default:
      return 8;
  }
}

/** Registers r0–r10; r10 is the frame pointer and read-only. */
export const REGISTER_COUNT = 11;
export const FRAME_POINTER = 10;
/** Bytes of stack below r10. */
export const STACK_SIZE = 512;
