import { type Code, codeOf } from '../compiler/code.js';
import { type Blocks, basicBlocks, functionStarts } from '../compiler/flow/blocks.js';
import type { Instruction } from '../insn/instruction.js';
import { Call, Opcode } from '../insn/opcodes.js';
import type { CallFact, MapReference, ProgramMap } from '../types.js';
import { entryState, Fact, kindOfFact, mapFact, merge, payloadOf } from './state.js';
import { type MapNumbers, transfer } from './transfer.js';

const TAIL_CALL = 12;
const PERF_EVENT_OUTPUT = 25;

/**
 * Which map each helper call is given, as far as a forward pass over moves, spills at constant offsets and calls can
 * tell: a map that the program names, or the template of an outer map whose look-up gave it. It claims nothing that a
 * valid program could contradict; the verifier finds at least as much.
 */
export function callFacts(insns: readonly Instruction[], references: readonly MapReference[]): CallFact[] {
  if (!references.some(({ kind }) => kind === 'map')) return [];
  const code = codeOf({ name: '', type: 0, insns, references, calls: [] });
  const { starts, callbacks } = functionStarts(code);
  const pass = new Pass(code, basicBlocks(code, starts), numberMaps(references));
  return pass.run([0, ...callbacks]);
}

interface NumberedMaps extends MapNumbers {
  readonly maps: readonly ProgramMap[];
}

/** Every map that the program names gets a number, and so does every template. */
function numberMaps(references: readonly MapReference[]): NumberedMaps {
  const maps: ProgramMap[] = [];
  const numbers = new Map<ProgramMap, number>();
  const number = (map: ProgramMap): number => {
    const known = numbers.get(map);
    if (known !== undefined) return known;
    const next = maps.push(map) - 1;
    numbers.set(map, next);
    return next;
  };
  const bySlot = new Map<number, number>();
  for (const { slot, kind, map } of references) if (kind === 'map') bySlot.set(slot, number(map));
  for (let at = 0; at < maps.length; at++) {
    const inner = maps[at]?.inner;
    if (inner !== undefined) number(inner);
  }
  return {
    maps,
    reference(slot) {
      const found = bySlot.get(slot);
      return found === undefined ? Fact.UNKNOWN : mapFact(found);
    },
    lookedUp(map) {
      const inner = maps[map]?.inner;
      return inner === undefined ? Fact.UNKNOWN : mapFact(number(inner));
    },
  };
}

class Pass {
  readonly #code: Code;
  readonly #blocks: Blocks;
  readonly #maps: NumberedMaps;
  /** By block: what is known at its start; undefined until it is reached. */
  readonly #states: (Int32Array | undefined)[];
  readonly #pending: number[] = [];
  readonly #queued: Uint8Array;

  constructor(code: Code, blocks: Blocks, maps: NumberedMaps) {
    this.#code = code;
    this.#blocks = blocks;
    this.#maps = maps;
    this.#states = new Array<Int32Array | undefined>(blocks.count);
    this.#queued = new Uint8Array(blocks.count);
  }

  run(entries: readonly number[]): CallFact[] {
    for (const entry of entries) this.#flow(this.#blocks.of[entry] as number, entryState());
    for (let block = this.#pending.pop(); block !== undefined; block = this.#pending.pop()) {
      this.#queued[block] = 0;
      const state = this.#walk(block, null);
      this.#flow(this.#blocks.next[block] as number, state);
      this.#flow(this.#blocks.taken[block] as number, state);
    }
    const facts: CallFact[] = [];
    for (let block = 0; block < this.#blocks.count; block++) if (this.#states[block]) this.#walk(block, facts);
    return facts;
  }

  /** Go through a block; once the states have settled, with a list to put facts in. */
  #walk(block: number, facts: CallFact[] | null): Int32Array {
    const state = (this.#states[block] as Int32Array).slice();
    const end = this.#blocks.end[block] as number;
    for (let slot = this.#blocks.start[block] as number; slot < end; slot++) {
      if (this.#code.second[slot]) continue;
      if (this.#code.opcode[slot] === Opcode.CALL) this.#atCall(state, slot, facts);
      transfer(state, this.#code, slot, this.#maps);
    }
    return state;
  }

  #atCall(state: Int32Array, slot: number, facts: CallFact[] | null): void {
    const { src, imm } = this.#code;
    if (src[slot] === Call.HELPER && facts !== null) {
      const second = imm[slot] === TAIL_CALL || imm[slot] === PERF_EVENT_OUTPUT;
      const fact = state[second ? 2 : 1] as number;
      if (kindOfFact(fact) === Fact.MAP) facts.push({ slot, map: this.#maps.maps[payloadOf(fact)] as ProgramMap });
    } else if (src[slot] === Call.SUBPROGRAM && facts === null) {
      const entry = entryState();
      // A pointer into the caller's frame means nothing in the callee's.
      for (let register = 1; register <= 5; register++) {
        if (kindOfFact(state[register] as number) === Fact.MAP) entry[register] = state[register] as number;
      }
      this.#flow(this.#blocks.of[slot + 1 + (imm[slot] as number)] as number, entry);
    }
  }

  #flow(block: number, state: Int32Array): void {
    if (block === -1) return;
    const known = this.#states[block];
    if (known === undefined) this.#states[block] = state.slice();
    else if (!merge(known, state)) return;
    if (this.#queued[block]) return;
    this.#queued[block] = 1;
    this.#pending.push(block);
  }
}
