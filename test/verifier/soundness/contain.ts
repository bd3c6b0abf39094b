/** Whether concrete values lie in what the verifier says of a register or a stack slot. */
import type { Machine } from '#dist/shared/program/interpreter/index.js';
import type { ProgramMap } from '#dist/shared/program/types.js';
import { Flag, Kind, kindOf, mayBeNull } from '#dist/shared/program/verifier/register-kinds.js';
import type { Register } from '#dist/shared/program/verifier/register.js';
import { lessSigned, lessUnsigned, toUnsigned } from '#dist/shared/program/verifier/scalar/int64.js';
import { Byte, type Frame, type State } from '#dist/shared/program/verifier/state.js';
import { ProgramType } from '#dist/shared/uapi.js';

/** What is concrete at one moment of a run: a copy. */
export interface Moment {
  /** For what only grows: memory that was given out, inner maps that were found. */
  readonly machine: Machine;
  readonly slot: number;
  readonly depth: number;
  readonly registers: readonly bigint[];
  readonly context: number;
  /** r10 of each live frame, the main function's first. */
  readonly tops: readonly number[];
  /** The stacks of all frames, from address `stackStart` on. */
  readonly stack: DataView;
  readonly stackStart: number;
  readonly packet: { readonly data: number; readonly end: number; readonly meta: number };
}

const STACK_SIZE = 512;
const XDP = { data: 0, end: 4, meta: 8 };
const SKB = { data: 76, end: 80, meta: 140 };

export function momentOf(machine: Machine, context: number, tops: readonly number[]): Moment {
  const { slot, depth, registers, memory, program } = machine;
  const stackStart = (tops.at(-1) as number) - STACK_SIZE;
  const stack = new DataView(memory.bytes.slice(stackStart, tops[0]).buffer);
  const fields = program.type === ProgramType.XDP ? XDP : SKB;
  const word = (offset: number) => memory.view.getUint32(context + offset, true);
  const packet = { data: word(fields.data), end: word(fields.end), meta: word(fields.meta) };
  return { machine, slot, depth, registers: [...registers], context, tops: [...tops], stack, stackStart, packet };
}

/**
 * `precise`: scalars count only where the state relies on them (they are marked precise), registers only where bit n
 * of `live` is set.
 */
export interface Claim {
  readonly precise: boolean;
  readonly live: number;
}

/** Why the moment is not in the state; undefined: it is. */
export function whyOutside(moment: Moment, state: State, claim: Claim): string | undefined {
  const { registers } = moment;
  for (let number = 0; number <= 10; number++) {
    const value = registers[number] as bigint;
    const live = number === 10 || (claim.live & (1 << number)) !== 0;
    const why = live ? whyNot(moment, state.current.peek(number), value, claim.precise) : undefined;
    if (why !== undefined) return `r${number} = ${value}: ${why}`;
  }
  for (let number = 0; number < state.frames.length; number++) {
    const why = whyStackOutside(moment, state.frame(number), moment.tops[number] as number, claim.precise);
    if (why !== undefined) return `frame ${number}, ${why}`;
  }
  return claim.precise ? undefined : whyUnequal(state, registers);
}

/** Scalars of one identity are equal: what is learnt of one is learnt of all. */
function whyUnequal(state: State, registers: readonly bigint[]): string | undefined {
  const values = new Map<number, bigint>();
  for (let number = 0; number < 10; number++) {
    const register = state.current.peek(number);
    if (register.type !== Kind.SCALAR || register.id === 0 || register.id !== register.baseId) continue;
    const value = registers[number] as bigint;
    const other = values.get(register.id);
    if (other !== undefined && other !== value) return `r${number} is not equal to what has its identity`;
    values.set(register.id, value);
  }
  return undefined;
}

function whyStackOutside(moment: Moment, frame: Frame, top: number, precise: boolean): string | undefined {
  const { stack, stackStart } = moment;
  for (let slot = 0; slot < frame.slotCount; slot++) {
    const base = top - 8 * (slot + 1);
    for (let index = 0; index < 8; index++) {
      const at = base + 7 - index;
      if (frame.byte(slot, index) === Byte.ZERO && stack.getUint8(at - stackStart) !== 0)
        return `fp${at - top}: not zero`;
    }
    if (!frame.isSpill(slot)) continue;
    const spilled = frame.peekSpill(slot);
    const bytes = spilledBytes(frame, slot);
    const whole = stack.getBigUint64(base - stackStart, true);
    const why =
      bytes === 8
        ? whyNot(moment, spilled, whole, precise)
        : whyPartNot(spilled, BigInt.asUintN(8 * bytes, whole), bytes, precise);
    if (why !== undefined) return `fp${base - top}: ${why}`;
  }
  return undefined;
}

function spilledBytes(frame: Frame, slot: number): number {
  let bytes = 0;
  while (bytes < 8 && frame.byte(slot, 7 - bytes) === Byte.SPILL) bytes++;
  return bytes;
}

/** The low bytes of a spilled scalar: its known bits, and its bounds if they fit. */
function whyPartNot(register: Register, value: bigint, bytes: number, precise: boolean): string | undefined {
  if (precise && !register.precise) return undefined;
  if (toUnsigned(register.umaxLo, register.umaxHi) < 1n << BigInt(8 * bytes)) return whyNumberNot(register, value);
  const mask = toUnsigned(register.maskLo, register.maskHi);
  const known = toUnsigned(register.valueLo, register.valueHi);
  return BigInt.asUintN(8 * bytes, (value ^ known) & ~mask) === 0n ? undefined : 'other known bits';
}

/** Known bits and all ranges. */
function whyNumberNot(r: Register, value: bigint): string | undefined {
  return whyWordsNot(r, Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)));
}

/** By halves, because most states that are asked do not hold the value. */
function whyWordsNot(r: Register, lo: number, hi: number): string | undefined {
  if (((lo ^ r.valueLo) & ~r.maskLo) !== 0 || ((hi ^ r.valueHi) & ~r.maskHi) !== 0) return 'other known bits';
  if (lessUnsigned(lo, hi, r.uminLo, r.uminHi) || lessUnsigned(r.umaxLo, r.umaxHi, lo, hi)) return 'unsigned range';
  if (lessSigned(lo, hi, r.sminLo, r.sminHi) || lessSigned(r.smaxLo, r.smaxHi, lo, hi)) return 'signed range';
  if (lo >>> 0 < r.u32min >>> 0 || lo >>> 0 > r.u32max >>> 0) return 'unsigned range of the low half';
  if (lo < r.s32min || lo > r.s32max) return 'signed range of the low half';
  return undefined;
}

function whyNot(moment: Moment, r: Register, value: bigint, precise: boolean): string | undefined {
  if (r.type === Kind.NOT_INIT) return undefined;
  if (r.type === Kind.SCALAR) return precise && !r.precise ? undefined : whyNumberNot(r, value);
  if (mayBeNull(r.type) && value === 0n) return undefined;
  return whyPointerNot(moment, r, value);
}

function whyPointerNot(moment: Moment, r: Register, value: bigint): string | undefined {
  const at = Number(value);
  const distance = (base: number) => whyNumberNot(r, BigInt.asUintN(64, value - BigInt(base) - BigInt(r.off)));
  switch (kindOf(r.type & ~Flag.MAYBE_NULL)) {
    case Kind.CTX:
      return distance(moment.context);
    case Kind.STACK:
      return distance(moment.tops[r.frame] as number);
    case Kind.MAP_PTR:
      return whyMapNot(moment, r.map, at);
    case Kind.MAP_VALUE:
      // What was looked up in an outer map becomes a map pointer with the test for NULL.
      if (r.map?.inner !== undefined) return whyMapNot(moment, r.map.inner, at);
      return whyValueNot(moment, r, at, distance);
    case Kind.MEM:
      return whyMemoryNot(moment, r, at);
    case Kind.PACKET:
    case Kind.PACKET_META:
    case Kind.PACKET_END:
      return whyPacketNot(moment, r, at, distance);
    default:
      return undefined;
  }
}

function whyMapNot({ machine }: Moment, expected: ProgramMap | null, at: number): string | undefined {
  if (expected?.address != null) return expected.address === at ? undefined : `not map ${expected.name}`;
  const map = machine.maps.get(BigInt(at));
  if (map === undefined) return 'no map';
  const same = map.type === expected?.type && map.keySize === expected.keySize && map.valueSize === expected.valueSize;
  return same ? undefined : 'not like the template';
}

/** The element may be any that the program was given: a region of a value, or of all values of an array. */
function whyValueNot(
  { machine }: Moment,
  r: Register,
  at: number,
  distance: (base: number) => string | undefined,
): string | undefined {
  const size = r.map?.valueSize ?? 0;
  const stride = (size + 7) & ~7;
  const tried: string[] = [];
  for (const place of [at, at - 1, at - r.off]) {
    const region = machine.regions.find(place, 1);
    if (region === undefined || !region.label.startsWith('value of')) continue;
    const base = region.start + Math.floor((place - region.start) / stride) * stride;
    const why = distance(base);
    if (why === undefined && base + size <= region.start + region.size) return undefined;
    tried.push(`${why} from ${region.label}`);
  }
  // A pointer with a distance that leads out of its value may be made; only its use is refused.
  return tried.length > 0 || r.isConstant ? tried.join(', ') || 'no value there' : undefined;
}

function whyMemoryNot({ machine }: Moment, r: Register, at: number): string | undefined {
  // A record that was given back since is no region any more; the next one begins behind it.
  if (!r.isConstant || (r.type & Flag.RINGBUF) !== 0) return undefined;
  const start = at - r.off - (r.valueLo | 0);
  return machine.regions.find(start, r.memSize) === undefined ? `no ${r.memSize} bytes from ${start}` : undefined;
}

function whyPacketNot(
  moment: Moment,
  r: Register,
  at: number,
  distance: (base: number) => string | undefined,
): string | undefined {
  const { data, end, meta } = moment.packet;
  if (kindOf(r.type) === Kind.PACKET_END) return at === end ? undefined : 'not the end of the packet';
  const isMeta = kindOf(r.type) === Kind.PACKET_META;
  const why = distance(isMeta ? meta : data);
  if (why !== undefined) return why;
  const limit = isMeta ? data : end;
  if (r.range === -1) return at >= limit ? undefined : 'not at the end';
  if (r.range === -2) return at > limit ? undefined : 'not beyond the end';
  if (r.range > 0 && at - r.off + r.range > limit) return `range ${r.range} leads ${at - r.off + r.range - limit} out`;
  return undefined;
}
