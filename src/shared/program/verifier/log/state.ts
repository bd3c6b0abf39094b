/** Register and stack states as the kernel's log prints them. */
import type { Env } from '../env.js';
import { Kind, kindOf, typeName } from '../register-kinds.js';
import { LINK_CONSTANT, type Register } from '../register.js';
import { toSigned, toUnsigned } from '../scalar/int64.js';
import { isUnknown } from '../scalar/tnum.js';
import { Byte, type Frame, type State } from '../state.js';
import { formatTnum } from './tnum.js';

const MAX_DECIMAL_U = 0xffffn;
const MAX_DECIMAL_S = 0x7fffn;
const MIN_DECIMAL_S = -0x8000n;

function unsignedText(value: bigint): string {
  return value <= MAX_DECIMAL_U ? value.toString() : `0x${value.toString(16)}`;
}

/** Small numbers in decimal; others as 64-bit hexadecimal. */
function signedText(value: bigint): string {
  if (value >= MIN_DECIMAL_S && value <= MAX_DECIMAL_S) return value.toString();
  return `0x${BigInt.asUintN(64, value).toString(16)}`;
}

interface Bound {
  readonly name: string;
  readonly value: bigint;
  omit: boolean;
}

function bounds(r: Register): Bound[] {
  const smin = toSigned(r.sminLo, r.sminHi);
  const smax = toSigned(r.smaxLo, r.smaxHi);
  const umin = toUnsigned(r.uminLo, r.uminHi);
  const umax = toUnsigned(r.umaxLo, r.umaxHi);
  // A 32-bit bound that is printed in hexadecimal shows 32 bits only.
  const narrow = (word: number): bigint =>
    word >= Number(MIN_DECIMAL_S) && word <= Number(MAX_DECIMAL_S) ? BigInt(word) : BigInt(word >>> 0);
  return [
    { name: 'smin', value: smin, omit: smin === -(1n << 63n) },
    { name: 'smax', value: smax, omit: smax === (1n << 63n) - 1n },
    { name: 'umin', value: umin, omit: umin === 0n },
    { name: 'umax', value: umax, omit: umax === (1n << 64n) - 1n },
    { name: 'smin32', value: narrow(r.s32min), omit: r.s32min === -0x8000_0000 },
    { name: 'smax32', value: narrow(r.s32max), omit: r.s32max === 0x7fff_ffff },
    { name: 'umin32', value: BigInt(r.u32min >>> 0), omit: r.u32min === 0 },
    { name: 'umax32', value: BigInt(r.u32max >>> 0), omit: r.u32max === -1 },
  ];
}

/** Bounds with the same value are named together: `smin=umin=5`. */
function rangeTexts(r: Register): string[] {
  const all = bounds(r);
  const texts: string[] = [];
  all.forEach((bound, i) => {
    if (bound.omit) return;
    let text = `${bound.name}=`;
    const signed = bound.name.startsWith('s');
    const negative = signed && bound.value < 0n;
    for (let j = i + 2; j < all.length; j += 2) {
      const other = all[j] as Bound;
      if (other.omit || BigInt.asUintN(64, other.value) !== BigInt.asUintN(64, bound.value)) continue;
      if ((other.name.startsWith('s') && other.value < 0n) !== negative) continue;
      other.omit = true;
      text += `${other.name}=`;
    }
    texts.push(text + (signed ? signedText(bound.value) : unsignedText(bound.value)));
  });
  return texts;
}

function objectTexts(r: Register): string[] {
  const kind = kindOf(r.type);
  const texts: string[] = [];
  if (kind === Kind.MAP_PTR || kind === Kind.MAP_VALUE || kind === Kind.MAP_KEY) {
    if (r.map?.name) texts.push(`map=${r.map.name}`);
    texts.push(`ks=${r.map?.keySize ?? 0}`, `vs=${r.map?.valueSize ?? 0}`);
  }
  if (r.type !== Kind.SCALAR && r.off !== 0) texts.push(`off=${signedText(BigInt(r.off))}`);
  if (kind === Kind.PACKET || kind === Kind.PACKET_META)
    texts.push(`r=${unsignedText(BigInt.asUintN(64, BigInt(r.range)))}`);
  if (kind === Kind.MEM) texts.push(`sz=${unsignedText(BigInt(r.memSize >>> 0))}`);
  if (kind === Kind.DYNPTR) texts.push(`type=${dynptrName(r.dynptr)}`);
  return texts;
}

function dynptrName(kind: number): string {
  return ['', 'local', 'ringbuf', 'skb', 'xdp'][kind] ?? '';
}

/** One value. */
function formatRegister(frame: Frame, r: Register): string {
  const isScalar = r.type === Kind.SCALAR;
  const precise = isScalar && r.precise ? 'P' : '';
  if (isScalar && r.isConstant) return precise + signedText(toSigned(r.valueLo, r.valueHi));
  let text = precise + typeName(r.type);
  if (r.type === Kind.STACK) {
    if (frame.number !== r.frame) text += `[${r.frame}]`;
    if (r.isConstant) return text + signedText(toSigned(r.valueLo, r.valueHi) + BigInt(r.off));
  }
  const parts: string[] = [];
  if (r.id !== 0) {
    const distance = (r.id & LINK_CONSTANT) !== 0 ? (r.off < 0 ? String(r.off) : `+${r.off}`) : '';
    parts.push(`id=${r.baseId}${distance}`);
  }
  if (r.refObjId !== 0) parts.push(`ref_obj_id=${r.refObjId}`);
  parts.push(...objectTexts(r));
  if (r.isConstant) {
    if ((r.valueLo | r.valueHi) !== 0) parts.push(`imm=${signedText(toSigned(r.valueLo, r.valueHi))}`);
  } else {
    parts.push(...rangeTexts(r));
    if (!isUnknown(r)) parts.push(`var_off=${formatTnum(r)}`);
  }
  text += `(${parts.join(',')})`;
  return text;
}

const BYTE_LETTERS = '?rm0d';

function formatSlot(frame: Frame, slot: number): string {
  let letters = '';
  let valid = false;
  for (let i = 0; i < 8; i++) {
    const kind = frame.byte(slot, i);
    if (kind !== Byte.INVALID) valid = true;
    letters += BYTE_LETTERS[kind] ?? '?';
  }
  if (!valid) return '';
  const place = ` fp${(-slot - 1) * 8}=`;
  const kind = frame.byte(slot, 7);
  if (kind === Byte.SPILL) {
    let above = '';
    for (let i = 0; i < 8 && frame.byte(slot, i) !== Byte.SPILL; i++) above += letters[i];
    return place + above + formatRegister(frame, frame.peekSpill(slot));
  }
  if (kind !== Byte.DYNPTR) return place + letters;
  const half = frame.peekSpill(slot);
  if (!half.firstSlot) return '';
  const parts = [half.id ? `id=${half.id}` : '', half.refObjId ? `ref_id=${half.refObjId}` : '', 'dynptr_id=1'].filter(
    (part) => part !== '',
  );
  return `${place}dynptr_${dynptrName(half.dynptr)}(${parts.join(',')})`;
}

/** One frame of a state; `all`: also what the last instruction did not touch. */
export function formatState(env: Env, state: State, number: number, all: boolean): string {
  const frame = state.frame(number);
  let text = number > 0 ? ` frame${number}:` : '';
  const everything = all || env.touchedAll;
  for (let i = 0; i < 11; i++) {
    const r = frame.peek(i);
    if (r.type === Kind.NOT_INIT) continue;
    if (everything || (env.touchedRegisters & (1 << i)) !== 0) text += ` R${i}=${formatRegister(frame, r)}`;
  }
  for (let slot = 0; slot < frame.slotCount; slot++) {
    if (everything || env.touchedStack.has(slot)) text += formatSlot(frame, slot);
  }
  // Nothing is acquired while a lock is held: it comes last.
  const held = [...state.references.map(({ id }) => id), ...(state.activeLocks > 0 ? [state.lockId] : [])];
  if (held[0]) text += ` refs=${held.filter((id) => id !== 0).join(',')}`;
  if (frame.inCallback) text += ' cb';
  if (frame.inAsyncCallback) text += ' async_cb';
  return text;
}

function forgetTouched(env: Env): void {
  env.touchedRegisters = 0;
  env.touchedStack.clear();
  env.touchedAll = false;
}

function wasTouched(env: Env): boolean {
  return env.touchedAll || env.touchedRegisters !== 0 || env.touchedStack.size > 0;
}

/** What the last instruction changed: behind its line where that is the log's last, else on a line of its own. */
export function printTouched(env: Env): void {
  if (!env.log.detailed || !wasTouched(env)) return;
  env.log.annotate(env.slot, formatState(env, env.state, env.state.depth, false));
  forgetTouched(env);
}

export function printStateAfter(env: Env): void {
  if (!env.log.detailed) return;
  env.log.annotate(env.slot, formatState(env, env.state, env.state.depth, false));
  forgetTouched(env);
}

export function printCallStates(env: Env): void {
  if (!env.log.detailed) return;
  env.log.line('caller:');
  env.log.line(formatState(env, env.state, env.state.depth - 1, true));
  env.log.line('callee:');
  env.log.line(formatState(env, env.state, env.state.depth, true));
  env.touchEverything();
}

export function printReturnStates(env: Env, next: number): void {
  if (!env.log.detailed) return;
  env.log.line('returning from callee:');
  env.log.line(formatState(env, env.state, env.state.depth, true));
  env.log.line(`to caller at ${next}:`);
  env.log.line(formatState(env, env.state, env.state.depth - 1, true));
}
