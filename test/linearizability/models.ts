/** What each map type does when one operation comes after another. Results: a value (at least 1), 0, or -errno. */
import {
  type Call,
  DELETE,
  GET,
  type Model,
  PEEK,
  POP,
  PUSH,
  PUSH_OVER,
  SET,
  SET_NEW,
  SET_OLD,
  TAKE,
} from './checker.js';

const ENOENT = -2;
const E2BIG = -7;
const ENOMEM = -12;
const EEXIST = -17;
const ENOSPC = -28;

/** Keys with their values, in the order of keys. */
type Table = ReadonlyMap<number, number>;

function textOf(table: Table): string {
  return [...table]
    .sort(([a], [b]) => a - b)
    .map((entry) => entry.join('='))
    .join(',');
}

function tableOf(text: string): Map<number, number> {
  if (text === '') return new Map();
  return new Map(text.split(',').map((entry) => entry.split('=').map(Number) as [number, number]));
}

/** Values of an array; every key is there, with 0 at first. */
export const arrayModel: Model = {
  start: '',
  next(state, { kind, key, value, result }) {
    const table = tableOf(state);
    if (kind === GET) return (table.get(key) ?? 0) === result ? [state] : [];
    return result === 0 ? [textOf(table.set(key, value))] : [];
  },
};

/**
 * A hash. That it is full is said of the places taken, and these come before the element, and go after it: a call which
 * others disturb may find no room although fewer elements are seen. It never finds room where there is none.
 */
export function hashModel(maxEntries: number, full = E2BIG): Model {
  return {
    start: '',
    next(state, call, isDisturbed) {
      const table = tableOf(state);
      const old = table.get(call.key);
      if (call.result === full) {
        return isSet(call) && old === undefined && (table.size >= maxEntries || isDisturbed) ? [state] : [];
      }
      return hashStep(state, table, old, call, table.size < maxEntries);
    },
  };
}

function isSet({ kind }: Call): boolean {
  return kind === SET || kind === SET_NEW;
}

function hashStep(state: string, table: Map<number, number>, old: number | undefined, call: Call, room: boolean) {
  const { kind, key, value, result } = call;
  const expect = (wanted: number, after = state): string[] => (result === wanted ? [after] : []);
  const put = (): string => textOf(new Map(table).set(key, value));
  switch (kind) {
    case GET:
      return expect(old ?? ENOENT);
    case SET:
      return old === undefined && !room ? [] : expect(0, put());
    case SET_NEW:
      return old !== undefined ? expect(EEXIST) : room ? expect(0, put()) : [];
    case SET_OLD:
      return old === undefined ? expect(ENOENT) : expect(0, put());
    default:
      return old === undefined ? expect(ENOENT) : expect(kind === TAKE ? old : 0, without(table, key));
  }
}

function without(table: Table, key: number): string {
  const rest = new Map(table);
  rest.delete(key);
  return textOf(rest);
}

/**
 * An LRU hash that evicts: a key may be gone at any time; a value that is found is the last one. When other calls have
 * all places in hand, there is none (ENOMEM).
 */
export const evictingModel: Model = {
  start: '',
  next(state, call, isDisturbed) {
    if (call.result === ENOMEM) return isDisturbed ? [state] : [];
    const table = tableOf(state);
    const present = hashStep(state, table, table.get(call.key), call, true);
    if (!table.has(call.key)) return present;
    const evicted = without(table, call.key);
    return [...present, ...hashStep(evicted, tableOf(evicted), undefined, call, true)];
  },
};

/** Prefixes by their number; `covers` of a key, from the longest to the shortest, itself first. */
export function trieModel(covers: (key: number) => readonly number[], maxEntries: number): Model {
  const hash = hashModel(maxEntries, ENOSPC);
  return {
    start: '',
    next(state, call, isDisturbed) {
      if (call.kind !== GET) return hash.next(state, call, isDisturbed);
      const table = tableOf(state);
      const best = covers(call.key).find((key) => table.has(key));
      const wanted = best === undefined ? ENOENT : (table.get(best) as number);
      return call.result === wanted ? [state] : [];
    },
  };
}

export function queueModel(maxEntries: number, isStack: boolean): Model {
  return {
    start: '',
    next(state, { kind, value, result }) {
      const values = state === '' ? [] : state.split(',').map(Number);
      if (kind === PUSH || kind === PUSH_OVER) {
        const full = values.length >= maxEntries;
        if (full && kind === PUSH) return result === E2BIG ? [state] : [];
        return result === 0 ? [[...(full ? values.slice(1) : values), value].join(',')] : [];
      }
      const next = isStack ? values.at(-1) : values[0];
      if (result !== (next ?? ENOENT)) return [];
      if (kind !== POP || next === undefined) return [state];
      return [(isStack ? values.slice(0, -1) : values.slice(1)).join(',')];
    },
  };
}

/** A value that was pushed is there; one that was not may seem to be. */
export const bloomModel: Model = {
  start: '',
  next(state, { kind, key, result }) {
    const table = tableOf(state);
    if (kind === PUSH) return result === 0 ? [textOf(table.set(key, 1))] : [];
    if (kind !== PEEK) return [];
    return result === 0 || (result === ENOENT && !table.has(key)) ? [state] : [];
  },
};

export { DELETE };
