/**
 * Look-ups in hashes, with the first step in place: the bucket of the key, and its first element. That is where most
 * keys are found, and a call would cost as many instructions as this does; while the first element is on its way from
 * memory, the processor is at the next look-up already, if that is not too many instructions away. Whatever is not
 * found there, the core looks up: so all that is relied on is what lies where (core/types/hash-layout.ts).
 */
import { MapType } from '../../../uapi.js';
import type { CallFact, ProgramMap } from '../../types.js';
import { ARITHMETIC_TO_64, AtomicOp, Op } from '../wasm/op.js';
import type { Emitter } from './emitter.js';
import { MAP_DATA } from './immediates.js';
import { Known } from './values.js';

const ZERO_SEED = 1 << 6;
/** Fields of the map header. */
const BUCKET_MASK = 28;
const SEED = 32;
/** Of an element whose key has at most 8 bytes. */
const KEY = 16;
const VALUE = 24;
const BUCKET_SHIFT = 2;
/** Factors of the hash: low and high halves. */
const FIRST_FACTOR = [0x7f4a7c15, 0x9e3779b9 | 0] as const;
const SECOND_FACTOR = [0x6659fd93, 0xd6e8feb8 | 0] as const;

/** Whether `emitFirstProbe` can be used. */
export function hasFirstProbe({ map }: CallFact): boolean {
  if ((map.flags & ZERO_SEED) !== 0) return false;
  return map.keySize === 4 ? isHash(map) : map.keySize === 8 && map.type === MapType.HASH;
}

function isHash({ type }: ProgramMap): boolean {
  return type === MapType.HASH || type === MapType.HASH_OF_MAPS;
}

/**
 * Sets r0 and leaves the outer of two enclosing blocks if the key is in the first element of its bucket, else leaves the
 * inner one. r0 serves as a scratch variable for the key.
 */
export function emitFirstProbe(e: Emitter, { map }: CallFact): void {
  const { narrow, registers } = e.locals;
  const word = registers[0] as number;
  emitKey(e, map.keySize);
  e.setLocal(word);
  emitHead(e, map, word);
  e.teeLocal(narrow);
  e.op(Op.I32_EQZ);
  e.out.u8x2(Op.BR_IF, 0);
  e.getLocal(narrow);
  e.memory(map.keySize === 8 ? Op.I64_LOAD : Op.I64_LOAD32_U, 0, KEY);
  e.getLocal(word);
  e.op(Op.I64_NE);
  e.out.u8x2(Op.BR_IF, 0);
  e.getLocal(narrow);
  if (map.type === MapType.HASH_OF_MAPS) {
    e.atomic(AtomicOp.I32_LOAD, 2, VALUE);
  } else {
    e.const32(VALUE);
    e.op(Op.I32_ADD);
  }
  e.op(Op.I64_EXTEND_I32_U);
  e.setLocal(word);
  e.out.u8x2(Op.BR, 1);
}

/** The key that r2 points to, zero-extended, or the copy of what was stored there. */
function emitKey(e: Emitter, bytes: number): void {
  const { values } = e;
  const at = values.value[2] as number;
  const behind = values.kind[2] === Known.FRAME ? values.storeBehind(at, bytes) : undefined;
  if (behind === undefined || behind.offset !== at) {
    const added = e.address(2, 0);
    e.memory(bytes === 8 ? Op.I64_LOAD : Op.I64_LOAD32_U, 0, added);
    return;
  }
  e.getLocal(e.locals.copies + behind.copy);
  if (bytes === 8) return;
  e.op(Op.I32_WRAP);
  e.op(Op.I64_EXTEND_I32_U);
}

/** Address of the first element of the bucket of the key in the local `word`, 0 = none. */
function emitHead(e: Emitter, map: ProgramMap, word: number): void {
  const { wide } = e.locals;
  e.getLocal(word);
  emitHeaderField(e, map, Op.I64_LOAD32_U, SEED);
  e.op(Op.I32_XOR + ARITHMETIC_TO_64);
  emitProduct(e, FIRST_FACTOR);
  e.teeLocal(wide);
  e.getLocal(wide);
  emitHighHalf(e);
  e.op(Op.I32_XOR + ARITHMETIC_TO_64);
  emitProduct(e, SECOND_FACTOR);
  emitHighHalf(e);
  e.op(Op.I32_WRAP);
  emitHeaderField(e, map, Op.I32_LOAD, BUCKET_MASK);
  e.op(Op.I32_AND);
  e.const32(BUCKET_SHIFT);
  e.op(Op.I32_SHL);
  if (map.address === null) {
    e.get32(1);
    e.op(Op.I32_ADD);
  }
  e.atomic(AtomicOp.I32_LOAD, 2, (map.address ?? 0) + MAP_DATA);
}

function emitHeaderField(e: Emitter, map: ProgramMap, load: number, field: number): void {
  if (map.address === null) e.get32(1);
  else e.const32(map.address);
  e.memory(load, 2, field);
}

function emitProduct(e: Emitter, [low, high]: readonly [number, number]): void {
  e.constHalves(low, high);
  e.op(Op.I32_MUL + ARITHMETIC_TO_64);
}

function emitHighHalf(e: Emitter): void {
  e.const64(32);
  e.op(Op.I64_SHR_U);
}
