/** Batch ops. */
import { concat, fromHex, toHex } from '../hex.js';
import type { Op } from '../scenario.js';
import { attempt, type MapShape, type Outcome, type Session } from '../session.js';
import { bytesOf, flagsOf, outputBuffer } from './buffers.js';

/** A hash family's cursor is 4 bytes whatever the key size; others have a key. */
const CURSOR_SIZE = 4;

export function lookupBatch(session: Session, op: Op): Outcome {
  return readBatch(session, op, 'MAP_LOOKUP_BATCH');
}

export function lookupAndDeleteBatch(session: Session, op: Op): Outcome {
  return readBatch(session, op, 'MAP_LOOKUP_AND_DELETE_BATCH');
}

export function updateBatch(session: Session, op: Op): Outcome {
  const values = list(op['values'])?.map((value) => session.value(value) ?? new Uint8Array(0));
  return writeBatch(session, op, 'MAP_UPDATE_BATCH', values ? concat(values) : null);
}

export function deleteBatch(session: Session, op: Op): Outcome {
  return writeBatch(session, op, 'MAP_DELETE_BATCH', null);
}

type ReadCommand = 'MAP_LOOKUP_BATCH' | 'MAP_LOOKUP_AND_DELETE_BATCH';

function readBatch(session: Session, op: Op, command: ReadCommand): Outcome {
  const shape = session.shape(op['map']);
  const room = Number(op['count']);
  const cursor = outputBuffer(Math.max(shape.keySize, CURSOR_SIZE));
  const attributes = {
    map_fd: session.fd(op['map']),
    in_batch: bytesOf(op['in_batch']),
    out_batch: op['out_batch_ptr'] === null ? null : cursor,
    keys: op['keys'] === null ? null : outputBuffer(room * shape.keySize),
    values: op['values'] === null ? null : outputBuffer(room * shape.valueSize),
    count: room,
    elem_flags: flagsOf(op, 'elem_flags'),
    flags: flagsOf(op),
  };
  const outcome = attempt(() => session.bpf(command, attributes));
  const length = typeof op['out_batch'] === 'string' ? op['out_batch'].length / 2 : cursor.length;
  const written = !cursor.every((byte) => byte === 0xa5);
  return {
    ...outcome,
    count_out: attributes.count,
    ...(written ? { out_batch: toHex(cursor.subarray(0, length)) } : {}),
    ...elementsRead(outcome, op, shape, attributes),
  };
}

/** Elements are valid up to the count, and only if the call got as far as giving some. */
function elementsRead(
  outcome: Outcome,
  op: Op,
  { keySize, valueSize }: MapShape,
  buffers: { keys: Uint8Array | null; values: Uint8Array | null; count: number },
): Outcome {
  const complete = outcome['ret'] === 0 || outcome['errno'] === 'ENOENT';
  const { keys, values, count } = buffers;
  if (!complete || keys === null || values === null || (count === 0 && op['out'] === undefined)) return {};
  const out = Array.from({ length: count }, (_, index) => [
    toHex(keys.subarray(index * keySize, (index + 1) * keySize)),
    toHex(values.subarray(index * valueSize, (index + 1) * valueSize)),
  ]);
  return { out };
}

function writeBatch(
  session: Session,
  op: Op,
  command: 'MAP_UPDATE_BATCH' | 'MAP_DELETE_BATCH',
  values: Uint8Array | null,
): Outcome {
  const attributes = {
    map_fd: session.fd(op['map']),
    keys: keysOf(op),
    ...(command === 'MAP_UPDATE_BATCH' ? { values } : {}),
    count: Number(op['count']),
    elem_flags: flagsOf(op, 'elem_flags'),
    flags: flagsOf(op),
  };
  const outcome = attempt(() => session.bpf(command, attributes));
  return { ...outcome, count_out: attributes.count };
}

function keysOf(op: Op): Uint8Array | null {
  const keys = list(op['keys']);
  return keys ? concat(keys.map((key) => fromHex(String(key)))) : null;
}

function list(given: unknown): readonly unknown[] | null {
  return Array.isArray(given) ? given : null;
}
