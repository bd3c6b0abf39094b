import { MapType, type Runtime } from '../../index.js';
import { type Command, EXIT, type ExitCode, oneOf, parseOptions, wholeNumber } from '../command.js';
import { hexBytes } from '../input.js';
import { UsageError } from '../output/errors.js';
import { tableLines } from '../output/table.js';
import type { Terminal } from '../output/terminal.js';
import { mapNamed, openStore, type SavedMap, savedMaps, writeStore } from '../saved/store.js';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const U32 = 0xffff_ffff;

function options(args: readonly string[]) {
  return parseOptions(args, {
    type: { type: 'string' },
    'key-size': { type: 'string' },
    'value-size': { type: 'string' },
    'max-entries': { type: 'string' },
    flags: { type: 'string' },
    inner: { type: 'string' },
  });
}

const TYPES = Object.keys(MapType).map((name) => name.toLowerCase());
type Values = ReturnType<typeof options>['values'];

export const command: Command = {
  usage: `usage: innermap map create FILE NAME --type TYPE --key-size N --value-size N --max-entries N [--flags N] [--inner NAME]
       innermap map update FILE NAME KEY VALUE
       innermap map lookup FILE NAME KEY
       innermap map dump FILE [NAME]

Work on maps in a file that runtime.save() wrote; create makes the file if it is not there. Keys and values are
hexadecimal bytes, as they lie in memory; the value of a map of maps is the name of a map of the file.

  --inner NAME    the template of a map of maps
  --json          print one JSON document (lookup and dump)`,
  async main(args, terminal) {
    const [action, ...rest] = args;
    const { values, positionals } = options(rest);
    const [file, ...operands] = positionals;
    const run = ACTIONS[oneOf('action', action ?? '', Object.keys(ACTIONS))] as (call: Call) => Outcome;
    if (file === undefined) throw new UsageError('given no FILE, expected one that runtime.save() wrote');
    await using runtime = await openStore(file);
    const outcome = run({ runtime, operands, values, terminal });
    if (outcome.changed) await writeStore(runtime, file);
    return outcome.code;
  },
};

interface Call {
  readonly runtime: Runtime;
  readonly operands: readonly string[];
  readonly values: Values;
  readonly terminal: Terminal;
}

interface Outcome {
  readonly changed: boolean;
  readonly code: ExitCode;
}

const CHANGED: Outcome = { changed: true, code: EXIT.ok };

const ACTIONS: Readonly<Record<string, (call: Call) => Outcome>> = { create, update, lookup, dump };

function operand(operands: readonly string[], index: number, what: string): string {
  const text = operands[index];
  if (text === undefined) throw new UsageError(`given no ${what}, expected one`);
  return text;
}

function create({ runtime, operands, values }: Call): Outcome {
  const name = operand(operands, 0, 'NAME');
  const type = MapType[oneOf('--type', values.type?.toLowerCase() ?? '', TYPES).toUpperCase() as keyof typeof MapType];
  if (savedMaps(runtime).some((map) => map.name === name)) throw new UsageError(`there is a map ${name} already`);
  const number = (option: 'key-size' | 'value-size' | 'max-entries' | 'flags') =>
    wholeNumber(option, values[option], 0, U32) ?? 0;
  runtime.bpf('MAP_CREATE', {
    map_type: type,
    key_size: number('key-size'),
    value_size: number('value-size'),
    max_entries: number('max-entries'),
    map_flags: number('flags'),
    map_name: name,
    ...(values.inner === undefined ? {} : { inner_map_fd: mapNamed(runtime, values.inner).fd }),
  });
  return CHANGED;
}

function update({ runtime, operands }: Call): Outcome {
  const map = mapNamed(runtime, operand(operands, 0, 'NAME'));
  const text = operand(operands, 2, 'VALUE');
  const value = map.holdsMaps
    ? new Uint8Array(Uint32Array.of(mapNamed(runtime, text).fd).buffer)
    : sized('VALUE', text, map.valueSize);
  const key = sized('KEY', operand(operands, 1, 'KEY'), map.keySize);
  runtime.bpf('MAP_UPDATE_ELEM', { map_fd: map.fd, key: map.keySize === 0 ? null : key, value, flags: 0 });
  return CHANGED;
}

function lookup({ runtime, operands, values, terminal }: Call): Outcome {
  const map = mapNamed(runtime, operand(operands, 0, 'NAME'));
  const key = sized('KEY', operand(operands, 1, 'KEY'), map.keySize);
  const found = heldBy(runtime, map, key);
  if (found === undefined) {
    if (values.json) terminal.json({ key: hex(key), value: null });
    terminal.complain(`${map.name} has no such key`);
    return { changed: false, code: EXIT.failure };
  }
  if (values.json) terminal.json({ key: hex(key), value: found });
  else terminal.print(found);
  return { changed: false, code: EXIT.ok };
}

function dump({ runtime, operands, values, terminal }: Call): Outcome {
  const maps = operands[0] === undefined ? savedMaps(runtime) : [mapNamed(runtime, operands[0])];
  const shown = maps.map((map) => ({ map, entries: entriesOf(runtime, map) }));
  if (values.json) {
    terminal.json(
      shown.map(({ map: { name, type, keySize, valueSize, maxEntries }, entries }) => ({
        name,
        type,
        keySize,
        valueSize,
        maxEntries,
        entries,
      })),
    );
  } else {
    for (const { map, entries } of shown) {
      terminal.print(`${map.name}: ${map.type}, ${entries.length} of at most ${map.maxEntries} entries`);
      terminal.print(
        ...(entries.length > 0
          ? tableLines(
              [{ title: '  key' }, { title: 'value' }],
              entries.map(([key, value]) => [`  ${key}`, value]),
            )
          : []),
        '',
      );
    }
  }
  return { changed: false, code: EXIT.ok };
}

/** Of a map of maps: the name of the inner map. */
function heldBy(runtime: Runtime, map: SavedMap, key: Uint8Array): string | undefined {
  const value = new Uint8Array(map.holdsMaps ? 4 : map.valueSize);
  try {
    runtime.bpf('MAP_LOOKUP_ELEM', { map_fd: map.fd, key, value, flags: 0 });
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return undefined;
    throw error;
  }
  if (!map.holdsMaps) return hex(value);
  const id = new DataView(value.buffer).getUint32(0, true);
  return savedMaps(runtime).find((each) => each.id === id)?.name ?? `id ${id}`;
}

function entriesOf(runtime: Runtime, map: SavedMap): [string, string][] {
  const entries: [string, string][] = [];
  if (map.keySize === 0) return entries;
  let key: Uint8Array | null = null;
  for (;;) {
    const next: Uint8Array = new Uint8Array(map.keySize);
    try {
      runtime.bpf('MAP_GET_NEXT_KEY', { map_fd: map.fd, key, next_key: next });
    } catch (error) {
      if ((error as { code?: string }).code === 'ENOENT') return entries;
      throw error;
    }
    const value = heldBy(runtime, map, next);
    if (value !== undefined) entries.push([hex(next), value]);
    key = next;
  }
}

function sized(what: string, text: string, size: number): Uint8Array {
  const bytes = hexBytes(what, text);
  if (bytes.length === size) return bytes;
  throw new UsageError(`${what}: given ${bytes.length} bytes, expected ${size}`);
}
