/** One map on both sides, and random calls on it: the answers must be the same. */
import assert from 'node:assert/strict';
import { errnoName, isOuterType, isPerCpu, template } from './uapi.js';
import type { MapConfig } from './configs.js';
import { type Context, descriptor, type Descriptors, type Operation, randomOperation } from './operations.js';
import type { Random } from './random.js';
import type { Answer, Attributes, Pair, Side } from './sides.js';

export interface Tally {
  operations: number;
  lookups: number;
  hits: number;
  /** `command errno` that were seen. */
  readonly errors: Set<string>;
}

export function newTally(): Tally {
  return { operations: 0, lookups: 0, hits: 0, errors: new Set() };
}

/** One type, `int`: an open file that is no map. */
const SMALLEST_BTF = Uint8Array.from(
  Buffer.from(
    '9feb01001800000000000000100000001000000005000000' + '01000000000000010400000020000001' + '00696e7400',
    'hex',
  ),
);
const OBJECTS = 3;
const PATTERN = 0xa5;

/** Calls on one random map. Throws AssertionError with the call that the two sides answer differently. */
export function episode(pair: Pair, config: MapConfig, random: Random, operations: number, tally: Tally): void {
  const sides = [pair.kernel, pair.library].map((side) => openSide(side, config));
  const [kernel, library] = sides as [OpenSide, OpenSide];
  const context: Context = {
    config,
    random,
    valueBytes: isPerCpu(config.type) ? pair.possibleCpus * Math.ceil(config.valueSize / 8) * 8 : config.valueSize,
    holdsObjects: isOuterType(config.type),
    objectCount: OBJECTS,
    cursor: null,
  };
  const history: string[] = [];
  try {
    for (let done = 0; done < operations; done++) {
      const operation = done === operations - 20 && random.chance(20) ? FREEZE : randomOperation(context);
      const expected = run(kernel, operation);
      const got = run(library, operation);
      history.push(`${text(operation)} = ${expected.result}`);
      assert.deepEqual(got.seen, expected.seen, `${JSON.stringify(config)}\n${history.slice(-12).join('\n')}`);
      if (operation.command.endsWith('BATCH') && expected.cursor) context.cursor = expected.cursor;
      count(tally, operation, expected.result);
    }
  } finally {
    for (const { side, fds } of sides) for (const fd of new Set([fds.map, fds.other, ...fds.objects])) side.close(fd);
  }
}

const FREEZE: Operation = { command: 'MAP_FREEZE', fd: 'map', inputs: {}, outputs: {} };

interface OpenSide {
  readonly side: Side;
  readonly fds: Descriptors;
  /** Index of an inner map by its id. */
  readonly ids: ReadonlyMap<number, number>;
  readonly outer: boolean;
}

function openSide(side: Side, config: MapConfig): OpenSide {
  const outer = isOuterType(config.type);
  const inner = outer
    ? Array.from({ length: OBJECTS + 1 }, (_, index) => create(side, template(index === OBJECTS)))
    : [];
  const map = create(side, config, inner[0] ?? 0);
  const other = side.call('BTF_LOAD', { btf: SMALLEST_BTF, btf_size: SMALLEST_BTF.length }).result;
  return {
    side,
    fds: { map, other, objects: inner },
    ids: new Map(inner.map((fd, index) => [idOf(side, fd), index])),
    outer,
  };
}

function create(side: Side, { type, keySize, valueSize, maxEntries, flags, extra }: MapConfig, inner = 0): number {
  const attributes = {
    map_type: type,
    key_size: keySize,
    value_size: valueSize,
    max_entries: maxEntries,
    map_flags: flags,
    map_extra: extra,
    inner_map_fd: inner,
  };
  const { result } = side.call('MAP_CREATE', attributes);
  assert.ok(result > 0, `${side.name}: MAP_CREATE ${JSON.stringify(attributes)}: errno ${-result}`);
  return result;
}

function idOf(side: Side, fd: number): number {
  const info = new Uint8Array(104);
  side.call('OBJ_GET_INFO_BY_FD', { bpf_fd: fd, info_len: info.length, info });
  return new DataView(info.buffer).getUint32(4, true);
}

interface Run {
  readonly result: number;
  /** What is compared. */
  readonly seen: unknown;
  readonly cursor: Uint8Array | null;
}

function run(open: OpenSide, operation: Operation): Run {
  const { command, inputs, outputs, objects } = operation;
  const attributes: Attributes = {};
  for (const [name, input] of Object.entries(inputs))
    attributes[name] = input instanceof Uint8Array ? input.slice() : input;
  attributes['map_fd'] = descriptor(operation.fd, open.fds);
  const buffers: Record<string, Uint8Array> = {};
  for (const [name, size] of Object.entries(outputs))
    attributes[name] = buffers[name] = new Uint8Array(size).fill(PATTERN);
  if (objects)
    attributes[command === 'MAP_UPDATE_BATCH' ? 'values' : 'value'] = words(
      objects.map((index) => open.fds.objects[index] ?? -1),
    );
  const answer = open.side.call(command, attributes);
  return {
    result: answer.result,
    seen: { ...answer, ...visible(open, operation, answer, buffers) },
    cursor: cursorOf(answer, buffers),
  };
}

/** What a caller may look at: nothing after an error, but for the end of a batch; ids as the maps they name. */
function visible(
  open: OpenSide,
  { command, inputs }: Operation,
  { result, written }: Answer,
  buffers: Record<string, Uint8Array>,
): object {
  const isBatch = command.endsWith('BATCH');
  const name = errnoName(result);
  if (result < 0 && !(isBatch && (name === 'ENOENT' || name === 'ENOSPC'))) return {};
  const { keys, values, value, next_key, out_batch } = buffers;
  if (!isBatch)
    return { value: value && (open.outer ? innerOf(open, value) : [...value]), next_key: next_key && [...next_key] };
  const count = Number(written['count']);
  const share = (bytes: Uint8Array | undefined) =>
    bytes && [...bytes.subarray(0, (bytes.length / Number(inputs['count'])) * count)];
  return {
    keys: share(keys),
    values: open.outer ? values && innerOf(open, Uint8Array.from(share(values) ?? [])) : share(values),
    out_batch: out_batch && [...out_batch],
  };
}

function innerOf(open: OpenSide, bytes: Uint8Array): (number | undefined)[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / 4 }, (_, index) => open.ids.get(view.getUint32(4 * index, true)));
}

function cursorOf({ result }: Answer, { out_batch }: Record<string, Uint8Array>): Uint8Array | null {
  return result >= 0 && out_batch ? out_batch : null;
}

function words(numbers: readonly number[]): Uint8Array {
  return new Uint8Array(Int32Array.from(numbers).buffer);
}

function count(tally: Tally, { command }: Operation, result: number): void {
  tally.operations++;
  if (result < 0) tally.errors.add(`${command} ${errnoName(result)}`);
  if (command !== 'MAP_LOOKUP_ELEM') return;
  tally.lookups++;
  if (result === 0) tally.hits++;
}

function text({ command, inputs, fd, objects, outputs }: Operation): string {
  const shown = Object.entries(inputs).map(
    ([name, input]) => `${name}=${input instanceof Uint8Array ? Buffer.from(input).toString('hex') : input}`,
  );
  return `${command} ${fd} ${shown.join(' ')} ${objects ? `objects=${objects}` : ''} out=${Object.keys(outputs)}`;
}
