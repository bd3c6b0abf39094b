/** Whether an outcome is what was recorded. */
import { toHex, word } from './hex.js';
import { sortedByKey } from './ops/elements.js';
import type { Op } from './scenario.js';
import type { Outcome, Session } from './session.js';

/** Fields of an op that are results, beside `ret` and `errno`. The others are inputs or for people. */
const RESULTS: Readonly<Record<string, readonly string[]>> = {
  lookup: ['out'],
  next_key: ['out'],
  lookup_and_delete: ['out'],
  walk: ['count', 'out'],
  dump: ['count', 'out'],
  lookup_batch: ['count_out', 'out_batch', 'out'],
  lookup_and_delete_batch: ['count_out', 'out_batch', 'out'],
  update_batch: ['count_out'],
  delete_batch: ['count_out'],
  info: ['out', 'info_len_out'],
  info_len: ['info_len_out'],
  info_hash: ['out'],
  map_get_next_id: ['out'],
  wait_id_gone: ['gone'],
  mmap_read: ['out'],
  poll: ['in', 'out_ready', 'err'],
  prog_run: ['retval'],
};

export interface Difference {
  readonly field: string;
  readonly expected: unknown;
  readonly got: unknown;
}

const ANY = '*any*';

/** The first result that differs, or null. */
export function difference(session: Session, op: Op, outcome: Outcome): Difference | null {
  for (const field of ['ret', 'errno', 'touched', ...(RESULTS[op.op] ?? [])]) {
    const expected = recorded(session, op, field);
    const got = field === 'out' ? arranged(op, outcome[field]) : outcome[field];
    if (expected === ANY && got !== undefined) continue;
    if (!same(expected, got)) return { field, expected: op[field], got };
  }
  return null;
}

/** The recorded value, ids as bytes. */
function recorded(session: Session, op: Op, field: string): unknown {
  const value = op[field];
  return field === 'out' ? withIds(session, value) : value;
}

function withIds(session: Session, value: unknown): unknown {
  if (typeof value === 'string' && value.startsWith('id:')) return toHex(word(session.resolveId(value)));
  if (Array.isArray(value)) return value.map((element) => withIds(session, element));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, withIds(session, part)]));
}

/** Where the order of a map is random, recordings have the elements sorted by key. */
function arranged(op: Op, out: unknown): unknown {
  if (op['ordered'] !== false || !Array.isArray(out)) return out;
  return sortedByKey(out, (element) => String(Array.isArray(element) ? element[0] : element));
}

function same(expected: unknown, got: unknown): boolean {
  if (Object.is(expected, got)) return true;
  if (Array.isArray(expected) && Array.isArray(got)) {
    return expected.length === got.length && expected.every((element, index) => same(element, got[index]));
  }
  if (!isRecord(expected) || !isRecord(got)) return false;
  const names = new Set([...Object.keys(expected), ...Object.keys(got)]);
  return [...names].every((name) => same(expected[name], got[name]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
