/**
 * The epoch protocol as steps, one shared access each: two readers, of two sections and of one, a writer (main) with two swaps,
 * each retired and reaped, one reader that may die between any two of its steps, to be recovered after its exit,
 * and one advance of the epoch by a thread that reaps elements.
 *
 * What is explored is this model, not the wasm: a call of the core cannot be entered halfway from one thread. That the
 * core's calls make the model's stores, in the model's order, is checked against the core itself (trace.ts), which the
 * steps build stops before each of its stores. Loads leave no trace: R1, R3 and U2 are placed by the code and by the
 * mutants' tests. Accesses are sequentially consistent, as all of these are in the core; plain accesses are not modelled.
 */

export type Bug =
  | 'stamp before unlink'
  | 'local stamp'
  | 'load before enter'
  | 'slot skipped'
  | 'freed early'
  | 'slot cleared before exit';

/** Where everything stands. Small integers, so that a state is a short text. */
export interface State {
  /** G. */
  epoch: number;
  /** S of each reader. */
  slots: number[];
  /** The outer map's slot: which inner map, by its number. */
  outer: number;
  /** Stamp of each map, 0 = not retired. */
  stamps: number[];
  freed: boolean[];
  readers: Reader[];
  writer: Writer;
  deaths: number;
  /** Times that another thread, in need of elements, has advanced G. */
  advances: number;
}

interface Reader {
  at: number;
  epoch: number;
  held: number;
  /** 0 lives, 1 dead, 2 recovered. */
  fate: number;
}

interface Writer {
  at: number;
  old: number;
  stamp: number;
  epoch: number;
  oldest: number;
}

type Step<T> = (state: State, self: T, slot: number) => void;
const NONE = -1;
const NO_SECTION = 99;
/** Of each reader. */
const SECTIONS = [2, 1];
const SWAPS = 2;

// [P1] R1, R2, R3, R4 of src/shared/core/epochs.ts
const loadEpoch: Step<Reader> = (state, self) => {
  self.epoch = state.epoch;
};
const storeSlot: Step<Reader> = (state, self, slot) => {
  state.slots[slot] = self.epoch;
  self.epoch = 0; // locals that are not needed any more are forgotten, so that equal states are one
};
const loadPointer: Step<Reader> = (state, self) => {
  self.held = state.outer;
};
const clearSlot: Step<Reader> = (state, self, slot) => {
  self.held = NONE;
  state.slots[slot] = 0;
};

export function readerSteps(slot: number, bug?: Bug): Step<Reader>[] {
  const section =
    bug === 'load before enter'
      ? [loadEpoch, loadPointer, storeSlot, clearSlot]
      : [loadEpoch, storeSlot, loadPointer, clearSlot];
  return Array.from({ length: SECTIONS[slot] as number }, () => section).flat();
}

// [P2] U1 to U5
const exchange: Step<Writer> = (state, self) => {
  self.old = state.outer;
  state.outer++;
};
const readStamp: Step<Writer> = (state, self) => {
  self.stamp = state.epoch;
};
const readLocalStamp: Step<Writer> = (_, self) => {
  self.stamp = 1;
};
const retire: Step<Writer> = (state, self) => {
  state.stamps[self.old] = self.stamp;
  self.old = 0;
  self.stamp = 0;
};
const loadForAdvance: Step<Writer> = (state, self) => {
  self.epoch = state.epoch;
};
const advance: Step<Writer> = (state, self) => {
  const latest = Math.max(...state.stamps);
  if (self.epoch === latest && state.epoch === latest) state.epoch++;
  self.epoch = 0;
  self.oldest = NO_SECTION;
};
const scan =
  (slot: number): Step<Writer> =>
  (state, self) => {
    const epoch = state.slots[slot] as number;
    if (epoch !== 0) self.oldest = Math.min(self.oldest, epoch);
  };
const free =
  (early: boolean): Step<Writer> =>
  (state, self) => {
    state.stamps.forEach((stamp, map) => {
      if (stamp !== 0 && (early || stamp < self.oldest)) state.freed[map] = true;
    });
    self.oldest = 0;
  };

export function writerSteps(bug?: Bug): Step<Writer>[] {
  const read = bug === 'local stamp' ? readLocalStamp : readStamp;
  const unlink = bug === 'stamp before unlink' ? [read, exchange, retire] : [exchange, read, retire];
  const scans = bug === 'slot skipped' ? [scan(0)] : [scan(0), scan(1)];
  const swap = [...unlink, loadForAdvance, advance, ...scans, free(bug === 'freed early')];
  return Array.from({ length: SWAPS }, () => swap).flat();
}

export interface Exploration {
  states: number;
  /** Ways through them. */
  schedules: bigint;
  /** A schedule that ends with a reader on a freed map. */
  violation: string[] | null;
  /** Ends at which something retired could not be freed although every section was over. */
  stuck: number;
}

export function explore(bug?: Bug): Exploration {
  const readers = SECTIONS.map((_, slot) => readerSteps(slot, bug));
  const writer = writerSteps(bug);
  const ways = new Map<string, bigint>();
  const result: Exploration = { states: 0, schedules: 0n, violation: null, stuck: 0 };

  const visit = (state: State, path: string[]): bigint => {
    if (result.violation !== null) return 0n; // one is enough
    const key = textOf(state);
    const known = ways.get(key);
    if (known !== undefined) return known;
    result.states++;
    if (violates(state)) {
      result.violation = [...path];
      return 1n;
    }
    const moves = movesOf(state, readers, writer, bug);
    if (moves.length === 0 && !endsClean(state)) result.stuck++;
    let sum = moves.length === 0 ? 1n : 0n;
    for (const [name, move] of moves) {
      const next = structuredCopy(state);
      move(next);
      path.push(name);
      sum += visit(next, path);
      path.pop();
    }
    ways.set(key, sum);
    return sum;
  };
  result.schedules = visit(startState(), []);
  return result;
}

export function startState(): State {
  const reader = (): Reader => ({ at: 0, epoch: 0, held: NONE, fate: 0 });
  return {
    epoch: 1,
    slots: [0, 0],
    outer: 0,
    stamps: [0, 0, 0],
    freed: [false, false, false],
    readers: [reader(), reader()],
    writer: { at: 0, old: 0, stamp: 0, epoch: 0, oldest: 0 },
    deaths: 0,
    advances: 0,
  };
}

function movesOf(
  state: State,
  readers: Step<Reader>[][],
  writer: Step<Writer>[],
  bug?: Bug,
): [string, (next: State) => void][] {
  const moves: [string, (next: State) => void][] = [];
  state.readers.forEach(({ at, fate }, slot) => {
    const own = readers[slot] as Step<Reader>[];
    const step = own[at];
    if (fate === 0 && step !== undefined) {
      moves.push([`reader ${slot} step ${at}`, (next) => stepOf(next.readers[slot] as Reader, step, next, slot)]);
      if (state.deaths === 0) {
        moves.push([
          `reader ${slot} dies`,
          (next) => {
            next.readers[slot] = { at: own.length, epoch: 0, held: NONE, fate: 1 };
            next.deaths = 1;
          },
        ]);
      }
    }
    // Main recovers after the exit. The bug: it takes a reader for dead that lives.
    const cleared = bug === 'slot cleared before exit' && fate === 0 && state.slots[slot] !== 0;
    if (fate === 1 || cleared) {
      moves.push([
        `reader ${slot} is recovered`,
        (next) => {
          next.slots[slot] = 0;
          if (fate === 1) (next.readers[slot] as Reader).fate = 2;
        },
      ]);
    }
  });
  if (state.advances === 0) {
    moves.push([
      'another thread advances the epoch',
      (next) => {
        next.epoch++;
        next.advances = 1;
      },
    ]);
  }
  const step = writer[state.writer.at];
  if (step !== undefined) moves.push([`writer step ${state.writer.at}`, (next) => stepOf(next.writer, step, next, 0)]);
  return moves;
}

function stepOf<T extends { at: number }>(self: T, step: Step<T>, state: State, slot: number): void {
  step(state, self, slot);
  self.at++;
}

/** A living reader holds a map that is freed. (A dead one holds nothing: it will not look.) */
function violates(state: State): boolean {
  return state.readers.some(({ held, fate }) => fate === 0 && held !== NONE && state.freed[held] === true);
}

/** Everybody has ended: one more reap frees all that is retired. */
function endsClean(state: State): boolean {
  const last = structuredCopy(state);
  for (const step of [loadForAdvance, advance, scan(0), scan(1), free(false)]) step(last, last.writer, 0);
  return last.stamps.every((stamp, map) => stamp === 0 || last.freed[map] === true);
}

function structuredCopy(state: State): State {
  return {
    ...state,
    slots: [...state.slots],
    stamps: [...state.stamps],
    freed: [...state.freed],
    readers: state.readers.map((reader) => ({ ...reader })),
    writer: { ...state.writer },
  };
}

function textOf({ epoch, slots, outer, stamps, freed, readers, writer, deaths, advances }: State): string {
  const locals = readers.map(({ at, epoch: e, held, fate }) => `${at},${e},${held},${fate}`).join(';');
  const { at, old, stamp, epoch: e, oldest } = writer;
  return `${epoch}|${slots}|${outer}|${stamps}|${freed.map(Number)}|${locals}|${at},${old},${stamp},${e},${oldest}|${deaths}|${advances}`;
}
