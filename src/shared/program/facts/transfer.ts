import type { Code } from '../compiler/code.js';
import { Kind, kindOf } from '../insn/kinds.js';
import {
  Alu,
  Atomic,
  Call,
  Class,
  CLASS_MASK,
  CODE_MASK,
  Pseudo,
  Size,
  SIZE_MASK,
  Source,
  SOURCE_MASK,
  sizeBytes,
} from '../insn/opcodes.js';
import { Fact, forgetSlots, frameFact, isFrame, kindOfFact, loadSlot, payloadOf, storeSlot } from './state.js';

/** What the pass needs beside instructions: numbers of maps. */
export interface MapNumbers {
  /** Fact for the load-immediate at a slot that names a map; UNKNOWN for any other. */
  reference(slot: number): number;
  /** Fact for r0 after a look-up in the map with this number. */
  lookedUp(map: number): number;
}

const LOOKUP = 1;
/** Helpers whose memory arguments are only read: lookup, update, delete, tail call, push, perf_event_output, redirect_map, ringbuf_output. */
const READERS: ReadonlySet<number> = new Set([1, 2, 3, 12, 25, 51, 87, 130, 195]);

/** Change `state` as the instruction does. */
export function transfer(state: Int32Array, code: Code, slot: number, maps: MapNumbers): void {
  const dst = code.dst[slot] as number;
  switch (kindOf(code.opcode[slot] as number)) {
    case Kind.ALU:
      state[dst] = arithmetic(state, code, slot);
      return;
    case Kind.MOV:
      state[dst] = move(state, code, slot);
      return;
    case Kind.NEG:
    case Kind.END:
      state[dst] = Fact.UNKNOWN;
      return;
    case Kind.LOAD_IMMEDIATE:
      state[dst] = code.src[slot] === Pseudo.CONSTANT ? Fact.UNKNOWN : maps.reference(slot);
      return;
    case Kind.LOAD:
      state[dst] = load(state, code, slot);
      return;
    case Kind.STORE:
      store(state, code, slot, state[code.src[slot] as number] as number);
      return;
    case Kind.STORE_IMMEDIATE:
      store(state, code, slot, Fact.UNKNOWN);
      return;
    case Kind.ATOMIC:
      atomic(state, code, slot);
      return;
    case Kind.PACKET_LOAD:
      state.fill(Fact.UNKNOWN, 0, 6);
      return;
    case Kind.CALL:
      call(state, code, slot, maps);
  }
}

function isWide(opcode: number): boolean {
  return (opcode & CLASS_MASK) === Class.ALU64;
}

function arithmetic(state: Int32Array, code: Code, slot: number): number {
  const opcode = code.opcode[slot] as number;
  const left = state[code.dst[slot] as number] as number;
  const byRegister = (opcode & SOURCE_MASK) === Source.X;
  const right = byRegister ? (state[code.src[slot] as number] as number) : Fact.UNKNOWN;
  if (!isWide(opcode) || !(isFrame(left) || isFrame(right))) return Fact.UNKNOWN;
  const operation = opcode & CODE_MASK;
  if (byRegister || kindOfFact(left) !== Fact.FRAME || (operation !== Alu.ADD && operation !== Alu.SUB))
    return Fact.ANY_FRAME;
  const imm = code.imm[slot] as number;
  const offset = payloadOf(left) + (operation === Alu.ADD ? imm : -imm);
  return Math.abs(offset) < 0x10000 ? frameFact(offset) : Fact.ANY_FRAME;
}

function move(state: Int32Array, code: Code, slot: number): number {
  const opcode = code.opcode[slot] as number;
  const whole = isWide(opcode) && (opcode & SOURCE_MASK) === Source.X && code.offset[slot] === 0;
  return whole ? (state[code.src[slot] as number] as number) : Fact.UNKNOWN;
}

function load(state: Int32Array, code: Code, slot: number): number {
  const base = state[code.src[slot] as number] as number;
  const whole = ((code.opcode[slot] as number) & SIZE_MASK) === Size.DW;
  if (!whole || kindOfFact(base) !== Fact.FRAME) return Fact.UNKNOWN;
  return loadSlot(state, payloadOf(base) + (code.offset[slot] as number));
}

function store(state: Int32Array, code: Code, slot: number, fact: number): void {
  const base = state[code.dst[slot] as number] as number;
  const kind = kindOfFact(base);
  if (kind === Fact.FRAME)
    storeSlot(state, payloadOf(base) + (code.offset[slot] as number), sizeBytes(code.opcode[slot] as number), fact);
  else if (kind === Fact.ANY_FRAME) forgetSlots(state, -512, 0);
}

function atomic(state: Int32Array, code: Code, slot: number): void {
  const imm = code.imm[slot] as number;
  if (imm === Atomic.LOAD_ACQUIRE) {
    state[code.dst[slot] as number] = Fact.UNKNOWN;
    return;
  }
  store(state, code, slot, Fact.UNKNOWN);
  if (imm === Atomic.CMPXCHG) state[0] = Fact.UNKNOWN;
  else if (imm !== Atomic.STORE_RELEASE && (imm & Atomic.FETCH) !== 0) state[code.src[slot] as number] = Fact.UNKNOWN;
}

/** r0 is the result, r1–r5 are gone; the callee may have written what it got pointers to. */
function call(state: Int32Array, code: Code, slot: number, maps: MapNumbers): void {
  const helper = code.src[slot] === Call.HELPER ? code.imm[slot] : -1;
  const first = state[1] as number;
  const result = helper === LOOKUP && kindOfFact(first) === Fact.MAP ? maps.lookedUp(payloadOf(first)) : Fact.UNKNOWN;
  for (let register = 1; register <= 5; register++) {
    const argument = state[register] as number;
    if (!isFrame(argument) || READERS.has(helper as number)) continue;
    forgetSlots(state, helper !== -1 && kindOfFact(argument) === Fact.FRAME ? payloadOf(argument) : -512, 0);
  }
  state.fill(Fact.UNKNOWN, 1, 6);
  state[0] = result;
}
