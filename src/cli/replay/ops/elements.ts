/** Ops on single elements, and the two that repeat them over a whole map. */
import { fromHex, toHex } from '../hex.js';
import type { Op } from '../scenario.js';
import { attempt, type Outcome, type Session } from '../session.js';
import { bytesOf, flagsOf, reading } from './buffers.js';

export function lookup(session: Session, op: Op): Outcome {
  const { valueSize } = session.shape(op['map']);
  const attributes = { map_fd: session.fd(op['map']), key: bytesOf(op['key']), flags: flagsOf(op) };
  // A Bloom filter takes the value to be tested where others put theirs.
  const given = bytesOf(op['value_in']);
  if (given) return attempt(() => session.bpf('MAP_LOOKUP_ELEM', { ...attributes, value: given }));
  if (op['value_ptr'] === null) return attempt(() => session.bpf('MAP_LOOKUP_ELEM', { ...attributes, value: null }));
  return reading(valueSize, (value) => session.bpf('MAP_LOOKUP_ELEM', { ...attributes, value }));
}

export function update(session: Session, op: Op): Outcome {
  const attributes = {
    map_fd: session.fd(op['map']),
    key: bytesOf(op['key']),
    value: session.value(op['value']),
    flags: flagsOf(op),
  };
  return attempt(() => session.bpf('MAP_UPDATE_ELEM', attributes));
}

export function remove(session: Session, op: Op): Outcome {
  const attributes = { map_fd: session.fd(op['map']), key: bytesOf(op['key']), flags: flagsOf(op) };
  return attempt(() => session.bpf('MAP_DELETE_ELEM', attributes));
}

export function nextKey(session: Session, op: Op): Outcome {
  const { keySize } = session.shape(op['map']);
  const attributes = { map_fd: session.fd(op['map']), key: bytesOf(op['key']), flags: flagsOf(op) };
  return reading(keySize, (next_key) => session.bpf('MAP_GET_NEXT_KEY', { ...attributes, next_key }));
}

export function lookupAndDelete(session: Session, op: Op): Outcome {
  const { valueSize } = session.shape(op['map']);
  const attributes = { map_fd: session.fd(op['map']), key: bytesOf(op['key']), flags: flagsOf(op) };
  return reading(valueSize, (value) => session.bpf('MAP_LOOKUP_AND_DELETE_ELEM', { ...attributes, value }));
}

export function walk(session: Session, op: Op): Outcome {
  const { keys, outcome } = walkKeys(session, op);
  return { ...outcome, count: keys.length, out: keys };
}

/** Each key with its value, or with the error that its look-up gives (an empty slot). */
export function dump(session: Session, op: Op): Outcome {
  const { keys, outcome } = walkKeys(session, op);
  const elements = keys.map((key) => {
    const value = lookup(session, { op: 'lookup', ret: 0, map: op['map'], key });
    return [key, value['ret'] === 0 ? value['out'] : { errno: value['errno'] }];
  });
  return { ...outcome, count: keys.length, out: elements };
}

/** Far more than any recorded map holds: a walk that does not end is a fault. */
const MAX_STEPS = 1_000_000;

function walkKeys(session: Session, op: Op): { keys: string[]; outcome: Outcome } {
  const { keySize } = session.shape(op['map']);
  const keys: string[] = [];
  let key: Uint8Array | null = null;
  while (keys.length < MAX_STEPS) {
    const next = new Uint8Array(keySize);
    const from = key;
    const outcome = attempt(() =>
      session.bpf('MAP_GET_NEXT_KEY', { map_fd: session.fd(op['map']), key: from, next_key: next }),
    );
    if (outcome['errno'] === 'ENOENT') return { keys, outcome: { ret: 0 } };
    if (outcome['ret'] !== 0) return { keys, outcome };
    keys.push(toHex(next));
    key = next;
  }
  return { keys, outcome: { ret: -1, errno: `no end after ${MAX_STEPS} keys` } };
}

/** Keys as the recording has them: in the map's order, or sorted by their bytes where the order is random. */
export function sortedByKey<T>(elements: readonly T[], keyOf: (element: T) => string): T[] {
  return elements
    .map((element) => ({ element, bytes: fromHex(keyOf(element)) }))
    .sort((a, b) => compareBytes(a.bytes, b.bytes))
    .map(({ element }) => element);
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
