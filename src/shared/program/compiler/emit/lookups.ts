import { MapType } from '../../../uapi.js';
import type { CallFact, ProgramMap } from '../../types.js';
import { AtomicOp, Op, Type } from '../wasm/op.js';
import type { Emitter } from './emitter.js';
import { emitFirstProbe, hasFirstProbe } from './hash-lookups.js';
import { MAP_DATA } from './immediates.js';
import { Known } from './values.js';

/** Flag of an ARRAY whose max_entries may differ from its template's. */
const INNER_MAP = 1 << 12;
/** Fields of the map header: size, and bytes from one CPU's elements to the next's of a PERCPU_ARRAY. */
const MAX_ENTRIES = 12;
const BYTES_A_CPU = 216;
/** Each CPU's elements begin at a multiple of this. */
const CPU_ALIGNMENT = 128;

const INLINED: ReadonlySet<number> = new Set([MapType.ARRAY, MapType.PERCPU_ARRAY, MapType.ARRAY_OF_MAPS]);

/** Look-ups that become code in place: of maps whose elements lie at fixed distances. */
export function isInlined(fact: CallFact | undefined): fact is CallFact {
  return fact !== undefined && INLINED.has(fact.map.type);
}

/** A look-up is a row of guards, each of which may find that there is nothing, then the result: see `Ending`. */
export function guardCount({ map }: CallFact): number {
  return map.type === MapType.ARRAY_OF_MAPS || (map.type === MapType.PERCPU_ARRAY && map.address === null) ? 2 : 1;
}

/**
 * Guard 0 compares the index with the map's size; guard 1 loads the slot of an outer array, or compares with the size
 * of an inner PERCPU_ARRAY, which its template does not bound (SPEC 6.6). Each leaves other than 0 on the stack when
 * the look-up finds nothing. r0 is 0 from the first guard on.
 */
export function emitLookupGuard(e: Emitter, { map }: CallFact, index: number): void {
  const { narrow } = e.locals;
  if (index === 0) {
    emitIndex(e);
    e.teeLocal(narrow);
    emitBound(e, map);
    e.op(Op.I32_GE_U);
    e.const64(0);
    e.setLocal(e.locals.registers[0] as number);
  } else if (map.type === MapType.ARRAY_OF_MAPS) {
    emitElement(e, map, 4);
    e.atomic(AtomicOp.I32_LOAD, 2, baseOf(map));
    e.teeLocal(narrow);
    e.op(Op.I32_EQZ);
  } else {
    e.getLocal(narrow);
    emitHeaderWord(e, MAX_ENTRIES);
    e.op(Op.I32_GE_U);
  }
}

/** r0 when all guards let through. */
export function emitLookupResult(e: Emitter, { map }: CallFact): void {
  if (map.type === MapType.ARRAY_OF_MAPS) {
    e.getLocal(e.locals.narrow);
  } else {
    emitElement(e, map, strideOf(map));
    if (map.type === MapType.PERCPU_ARRAY) emitCpuDistance(e, map);
    e.const32(baseOf(map));
    e.op(Op.I32_ADD);
  }
  e.op(Op.I64_EXTEND_I32_U);
  e.setLocal(e.locals.registers[0] as number);
}

/** The whole look-up, where its result is not tested right behind it. */
export function emitLookup(e: Emitter, fact: CallFact): void {
  e.out.u8x2(Op.BLOCK, Type.EMPTY);
  for (let index = 0; index < guardCount(fact); index++) {
    emitLookupGuard(e, fact, index);
    e.out.u8x2(Op.BR_IF, 0);
  }
  emitLookupResult(e, fact);
  e.op(Op.END);
}

/** The core's look-up for the map's type and key size; those that it has no special one for go by the type in the header. */
export function lookupImport(fact: CallFact | undefined): string {
  switch (fact?.map.type) {
    case MapType.HASH:
      return HASH_BY_KEY_SIZE.get(fact.map.keySize) ?? 'lookup_hash_n';
    case MapType.HASH_OF_MAPS:
      return fact.map.keySize === 4 ? 'lookup_hash_of_maps_4' : 'lookup_hash_of_maps';
    case MapType.PERCPU_HASH:
      return 'lookup_percpu_hash';
    case MapType.LRU_HASH:
    case MapType.LRU_PERCPU_HASH:
      return 'lookup_lru_hash';
    case MapType.LPM_TRIE:
      return 'lookup_lpm_trie';
    default:
      return 'lookup_any';
  }
}

const HASH_BY_KEY_SIZE = new Map([
  [4, 'lookup_hash_4'],
  [8, 'lookup_hash_8'],
  [16, 'lookup_hash_16'],
]);

/** A look-up in the core, of a hash only if the key is not in the first element of its bucket. */
export function emitLookupCall(e: Emitter, fact: CallFact | undefined): void {
  if (fact === undefined || !hasFirstProbe(fact)) {
    emitCoreCall(e, fact);
    return;
  }
  e.out.u8x2(Op.BLOCK, Type.EMPTY);
  e.out.u8x2(Op.BLOCK, Type.EMPTY);
  emitFirstProbe(e, fact);
  e.op(Op.END);
  emitCoreCall(e, fact);
  e.op(Op.END);
}

function emitCoreCall(e: Emitter, fact: CallFact | undefined): void {
  emitMapAddress(e, fact);
  e.pointer(2);
  e.callImport('core', lookupImport(fact));
  e.op(Op.I64_EXTEND_I32_U);
  e.setLocal(e.locals.registers[0] as number);
}

function emitMapAddress(e: Emitter, fact: CallFact | undefined): void {
  if (fact?.map.address == null) e.get32(1);
  else e.const32(fact.map.address);
}

/** The index at the key in r2, or the copy of what was stored there. */
function emitIndex(e: Emitter): void {
  const { values } = e;
  const behind = values.kind[2] === Known.FRAME ? values.storeBehind(values.value[2] as number, 4) : undefined;
  if (behind !== undefined && behind.offset === values.value[2]) {
    e.getLocal(e.locals.copies + behind.copy);
    e.op(Op.I32_WRAP);
  } else {
    const added = e.address(2, 0);
    e.memory(Op.I32_LOAD, 0, added);
  }
}

/**
 * SPEC 6.6: a known map, and an inner ARRAY without INNER_MAP, has the size that is known at load; with INNER_MAP
 * the map's own size counts.
 */
function emitBound(e: Emitter, map: ProgramMap): void {
  if (map.address === null && (map.flags & INNER_MAP) !== 0) emitHeaderWord(e, MAX_ENTRIES);
  else e.const32(map.maxEntries);
}

/** A field of the header of the map in r1. */
function emitHeaderWord(e: Emitter, field: number): void {
  e.get32(1);
  e.memory(Op.I32_LOAD, 2, field);
}

function strideOf({ valueSize }: ProgramMap): number {
  return (valueSize + 7) & ~7;
}

/** What is to be added to `emitElement`'s sum. */
function baseOf({ address }: ProgramMap): number {
  return (address ?? 0) + MAP_DATA;
}

/** Distance of the element whose index is in `narrow`, and the map's address if it is not part of `baseOf`. */
function emitElement(e: Emitter, map: ProgramMap, stride: number): void {
  e.getLocal(e.locals.narrow);
  const power = Math.log2(stride);
  e.const32(Number.isInteger(power) ? power : stride);
  e.op(Number.isInteger(power) ? Op.I32_SHL : Op.I32_MUL);
  if (map.address !== null) return;
  e.get32(1);
  e.op(Op.I32_ADD);
}

/** Add the distance of this CPU's elements. The word holds the CPU number plus one; 0, no CPU, is taken for CPU 0. */
function emitCpuDistance(e: Emitter, map: ProgramMap): void {
  const { narrow } = e.locals;
  e.out.u8x2(Op.GLOBAL_GET, e.module.globalIndex('cpu'));
  e.memory(Op.I32_LOAD, 2, 0);
  e.teeLocal(narrow);
  e.getLocal(narrow);
  e.const32(0);
  e.op(Op.I32_NE);
  e.op(Op.I32_SUB);
  if (map.address === null) emitHeaderWord(e, BYTES_A_CPU);
  else e.const32(Math.ceil((strideOf(map) * map.maxEntries) / CPU_ALIGNMENT) * CPU_ALIGNMENT);
  e.op(Op.I32_MUL);
  e.op(Op.I32_ADD);
}
