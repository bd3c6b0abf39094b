import { Alu, Class, Jump, Mode, Opcode, Size, Source } from './opcodes.js';

/** How the checks and the compiler see an opcode. */
export const Kind = {
  UNKNOWN: 0,
  ALU: 1,
  NEG: 2,
  END: 3,
  MOV: 4,
  JUMP: 5,
  GOTO: 6,
  CALL: 7,
  EXIT: 8,
  LOAD: 9,
  STORE_IMMEDIATE: 10,
  STORE: 11,
  ATOMIC: 12,
  LOAD_IMMEDIATE: 13,
  PACKET_LOAD: 14,
} as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

const KINDS = opcodeKinds();

/** Kind of an opcode byte, by the tables of RFC 9669. `may_goto`, which is Linux's own, jumps by a condition of its own. */
export function kindOf(opcode: number): Kind {
  return KINDS[opcode] ?? Kind.UNKNOWN;
}

function opcodeKinds(): Kind[] {
  const kinds: Kind[] = new Array<Kind>(256).fill(Kind.UNKNOWN);
  arithmetic(kinds);
  jumps(kinds);
  memory(kinds);
  return kinds;
}

function arithmetic(kinds: Kind[]): void {
  const binary = [Alu.ADD, Alu.SUB, Alu.MUL, Alu.DIV, Alu.OR, Alu.AND, Alu.LSH, Alu.RSH, Alu.MOD, Alu.XOR, Alu.ARSH];
  for (const kind of [Class.ALU, Class.ALU64]) {
    for (const source of [Source.K, Source.X]) {
      for (const code of binary) kinds[kind | code | source] = Kind.ALU;
      kinds[kind | Alu.MOV | source] = Kind.MOV;
    }
    kinds[kind | Alu.NEG] = Kind.NEG;
    kinds[kind | Alu.END] = Kind.END;
  }
  kinds[Class.ALU | Alu.END | Source.X] = Kind.END;
}

function jumps(kinds: Kind[]): void {
  const { JEQ, JGT, JGE, JSET, JNE, JSGT, JSGE, JLT, JLE, JSLT, JSLE } = Jump;
  for (const kind of [Class.JMP, Class.JMP32]) {
    for (const code of [JEQ, JGT, JGE, JSET, JNE, JSGT, JSGE, JLT, JLE, JSLT, JSLE]) {
      kinds[kind | code | Source.K] = Kind.JUMP;
      kinds[kind | code | Source.X] = Kind.JUMP;
    }
  }
  kinds[Opcode.MAY_GOTO] = Kind.JUMP;
  kinds[Opcode.GOTO] = Kind.GOTO;
  kinds[Opcode.GOTO_LONG] = Kind.GOTO;
  kinds[Opcode.CALL] = Kind.CALL;
  kinds[Opcode.EXIT] = Kind.EXIT;
}

function memory(kinds: Kind[]): void {
  for (const size of [Size.B, Size.H, Size.W, Size.DW]) {
    kinds[Class.LDX | Mode.MEM | size] = Kind.LOAD;
    kinds[Class.ST | Mode.MEM | size] = Kind.STORE_IMMEDIATE;
    kinds[Class.STX | Mode.MEM | size] = Kind.STORE;
    kinds[Class.STX | Mode.ATOMIC | size] = Kind.ATOMIC;
    if (size === Size.DW) continue;
    kinds[Class.LDX | Mode.MEMSX | size] = Kind.LOAD;
    kinds[Class.LD | Mode.ABS | size] = Kind.PACKET_LOAD;
    kinds[Class.LD | Mode.IND | size] = Kind.PACKET_LOAD;
  }
  kinds[Opcode.LOAD_IMMEDIATE] = Kind.LOAD_IMMEDIATE;
}
