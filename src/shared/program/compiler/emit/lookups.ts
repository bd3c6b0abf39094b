import type { CallFact, ProgramMap } from '../../types.js';
import { AtomicOp, Op, Type } from '../wasm/op.js';
import type { Emitter } from './emitter.js';
import { MAP_DATA } from './immediates.js';
import { Known } from './values.js';

const MapType = { HASH: 1, ARRAY: 2, ARRAY_OF_MAPS: 12, HASH_OF_MAPS: 13 } as const;
/** Flag of an ARRAY whose max_entries may differ from its template's. */
const INNER_MAP = 1 << 12;
/** Field of the map header. */
const MAX_ENTRIES = 12;

/** Look-ups that become code in place: of maps whose elements lie at fixed distances. */
export function isInlined(fact: CallFact | undefined): fact is CallFact {
  return fact !== undefined && (fact.map.type === MapType.ARRAY || fact.map.type === MapType.ARRAY_OF_MAPS);
}

/** A look-up is a row of guards, each of which may find that there is nothing, then the result: see `Ending`. */
export function guardCount({ map }: CallFact): number {
  return map.type === MapType.ARRAY ? 1 : 2;
}

/**
 * Guard 0 compares the index with the map's size; guard 1, of an outer array, loads the slot. Each leaves 1 on the
 * stack when the look-up finds nothing. r0 is 0 from the first guard on.
 */
export function emitLookupGuard(e: Emitter, fact: CallFact, index: number): void {
  const { narrow } = e.locals;
  if (index === 0) {
    emitIndex(e);
    e.teeLocal(narrow);
    emitBound(e, fact.map);
    e.op(Op.I32_GE_U);
    e.const64(0);
    e.setLocal(e.locals.registers[0] as number);
    return;
  }
  emitElement(e, fact.map, 4, (added) => e.atomic(AtomicOp.I32_LOAD, 2, added));
  e.teeLocal(narrow);
  e.op(Op.I32_EQZ);
}

/** r0 when all guards let through. */
export function emitLookupResult(e: Emitter, { map }: CallFact): void {
  if (map.type === MapType.ARRAY_OF_MAPS) {
    e.getLocal(e.locals.narrow);
  } else {
    emitElement(e, map, (map.valueSize + 7) & ~7, (added) => {
      if (added === 0) return;
      e.const32(added);
      e.op(Op.I32_ADD);
    });
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
      return 'lookup_hash_of_maps';
    default:
      return 'lookup_any';
  }
}

const HASH_BY_KEY_SIZE = new Map([
  [4, 'lookup_hash_4'],
  [8, 'lookup_hash_8'],
  [16, 'lookup_hash_16'],
]);

/** A look-up in the core. */
export function emitLookupCall(e: Emitter, fact: CallFact | undefined): void {
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
  if (map.address !== null || (map.type === MapType.ARRAY && (map.flags & INNER_MAP) === 0)) {
    e.const32(map.maxEntries);
    return;
  }
  e.get32(1);
  e.memory(Op.I32_LOAD, 2, MAX_ENTRIES);
}

/** Address of the element whose index is in `narrow`, as a base and what `use` has to add to it. */
function emitElement(e: Emitter, map: ProgramMap, stride: number, use: (added: number) => void): void {
  e.getLocal(e.locals.narrow);
  if (stride !== 1) {
    const power = Math.log2(stride);
    e.const32(Number.isInteger(power) ? power : stride);
    e.op(Number.isInteger(power) ? Op.I32_SHL : Op.I32_MUL);
  }
  if (map.address !== null) {
    use(map.address + MAP_DATA);
    return;
  }
  e.get32(1);
  e.op(Op.I32_ADD);
  use(MAP_DATA);
}
