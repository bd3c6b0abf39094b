import { MapType, type Runtime } from '../../index.js';
import { type Command, EXIT, type ExitCode, oneOf, parseOptions } from '../command.js';
import { readJson } from '../input.js';
import { UsageError } from '../output/errors.js';
import type { Terminal } from '../output/terminal.js';
import {
  givenValue,
  hex,
  holdsMaps,
  isMap,
  jsonOf,
  keyOf,
  pairsOf,
  put,
  type Value,
  valueAt,
} from '../saved/contents.js';
import { sizesOf } from '../saved/create.js';
import { mapAt } from '../saved/references.js';
import { mapJson, mapLines, outermost, valueJson } from '../saved/report.js';
import { found, mapOfFd, openStore, type SavedMap, savedMaps, writeStore } from '../saved/store.js';

const TYPES = Object.keys(MapType).map((name) => name.toLowerCase());

function options(args: readonly string[]) {
  return parseOptions(args, {
    type: { type: 'string' },
    'key-size': { type: 'string' },
    'value-size': { type: 'string' },
    'max-entries': { type: 'string' },
    flags: { type: 'string' },
    inner: { type: 'string' },
    from: { type: 'string' },
  });
}

type Values = ReturnType<typeof options>['values'];

export const command: Command = {
  usage: `usage: innermap map create FILE NAME --type TYPE [--key-size N] [--value-size N] [--max-entries N] [--flags N]
                           [--inner MAP]
       innermap map update FILE MAP KEY VALUE [--inner MAP]
       innermap map update FILE MAP --from JSON [--inner MAP]
       innermap map lookup FILE MAP KEY
       innermap map dump FILE [MAP]

Work on maps in a file that runtime.save() wrote; create makes the file if it is not there.

MAP is a name; for an inner map, where it is held: services/07000000 is the map that services holds at this key; or id:N.
Keys and values are hexadecimal bytes, as they lie in memory: of per-CPU types a JSON list of them, one for each CPU. The
value of a map of maps is a MAP, or in JSON what a new inner map shall hold: '{ "01000000": "2a00000000000000" }' or
'[["01000000", "2a00000000000000"]]'. Queues, stacks and Bloom filters have no KEY; lookup asks a filter for a value.

  --from JSON     a file (- is the standard input) with everything to put into the map, in the form of such a VALUE; what
                  dump --json prints of a map can be given as it is
  --inner MAP     of create: the template of a map of maps; of update: what new inner maps are like (default: those
                  that are there, else the template)
  --json          print one JSON document: of lookup { key, value }, of dump a list of maps, with inner maps in place`,
  async main(args, terminal) {
    const [action, ...rest] = args;
    const { values, positionals } = options(rest);
    const [file, ...operands] = positionals;
    const act = ACTIONS[oneOf('action', action ?? '', Object.keys(ACTIONS))] as Action;
    if (file === undefined) throw new UsageError('given no FILE, expected one that runtime.save() wrote');
    await using runtime = await openStore(file, action === 'create');
    const outcome = await act({ runtime, operands, values, terminal });
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

type Action = (call: Call) => Outcome | Promise<Outcome>;

const CHANGED: Outcome = { changed: true, code: EXIT.ok };
const SHOWN: Outcome = { changed: false, code: EXIT.ok };

const ACTIONS: Readonly<Record<string, Action>> = { create, update, lookup, dump };

/** Exactly these operands. Throws UsageError. */
function operandsOf<const Names extends readonly string[]>(
  { operands }: Call,
  names: Names,
): { [Index in keyof Names]: string } {
  const missing = names[operands.length];
  if (missing !== undefined) throw new UsageError(`given no ${missing}, expected one`);
  const more = operands[names.length];
  if (more !== undefined) throw new UsageError(`given ${more}, expected nothing after ${names.at(-1)}`);
  return operands as unknown as { [Index in keyof Names]: string };
}

function create(call: Call): Outcome {
  const { runtime, values } = call;
  const [name] = operandsOf(call, ['NAME']);
  const typeName = oneOf('--type', values.type?.toLowerCase() ?? '', TYPES);
  const type = MapType[typeName.toUpperCase() as keyof typeof MapType];
  if (savedMaps(runtime).some((map) => map.name === name)) throw new UsageError(`there is a map ${name} already`);
  runtime.bpf('MAP_CREATE', {
    map_type: type,
    ...sizesOf(type, typeName, values),
    map_name: name,
    ...(values.inner === undefined ? {} : { inner_map_fd: mapAt(runtime, values.inner).fd }),
  });
  return CHANGED;
}

async function update(call: Call): Promise<Outcome> {
  const { runtime, values } = call;
  const map = mapAt(runtime, call.operands[0] ?? operandsOf(call, ['MAP'])[0]);
  if (values.from !== undefined) {
    operandsOf(call, ['MAP']);
    fill(call, map, await readJson(values.from), values.from);
  } else if (map.keySize === 0) {
    const [, value] = operandsOf(call, ['MAP', 'VALUE']);
    put(runtime, map, new Uint8Array(0), valueGiven(call, map, value, 'VALUE'));
  } else {
    const [, key, value] = operandsOf(call, ['MAP', 'KEY', 'VALUE']);
    put(runtime, map, keyOf(map, key, 'KEY'), valueGiven(call, map, value, 'VALUE'));
  }
  return CHANGED;
}

/** Put everything into a map that the JSON has. */
function fill(call: Call, map: SavedMap, json: unknown, place: string): void {
  const pairs = pairsOf(json, place);
  // The top of a stack comes first in a dump, and was pushed last.
  for (const [key, value] of map.type === 'stack' ? pairs.reverse() : pairs) {
    const at = `${place}: ${key === '' ? 'value' : key}`;
    put(call.runtime, map, keyOf(map, key, at), valueGiven(call, map, value, at));
  }
}

/** A value in a user's words; of a map of maps a map of the file, or a new one with these contents. */
function valueGiven(call: Call, map: SavedMap, given: unknown, place: string): Value {
  if (!holdsMaps(map)) return givenValue(call.runtime, map, given, place);
  if (typeof given === 'string' && !/^\s*[[{]/.test(given)) return mapAt(call.runtime, given);
  const contents = typeof given === 'string' ? jsonOf(given, place) : given;
  const inner = createLike(call, map);
  fill(call, inner, contents, place);
  return inner;
}

/** A new inner map: like the one that --inner names, one that the outer map holds, or its template. */
function createLike({ runtime, values }: Call, outer: SavedMap): SavedMap {
  const like = values.inner === undefined ? anyHeld(runtime, outer) : mapAt(runtime, values.inner);
  const created = runtime.bpf('MAP_CREATE', like ? attributesOf(like) : templateAttributes(outer));
  return mapOfFd(runtime, created);
}

function attributesOf({ type, keySize, valueSize, maxEntries, flags, extra }: SavedMap): Record<string, number> {
  return {
    map_type: MapType[type.toUpperCase() as keyof typeof MapType],
    key_size: keySize,
    value_size: valueSize,
    max_entries: maxEntries,
    map_flags: flags,
    map_extra: extra,
  };
}

function templateAttributes({ name, template }: SavedMap): Record<string, number> {
  if (template === undefined) throw new UsageError(`${name}: the map holds no maps`);
  const { type, keySize, valueSize, maxEntries, flags } = template;
  return { map_type: type, key_size: keySize, value_size: valueSize, max_entries: maxEntries, map_flags: flags };
}

function anyHeld(runtime: Runtime, outer: SavedMap): SavedMap | undefined {
  const key = new Uint8Array(outer.keySize);
  if (!found(() => runtime.bpf('MAP_GET_NEXT_KEY', { map_fd: outer.fd, key: null, next_key: key }))) return undefined;
  for (;;) {
    const inner = valueAt(runtime, outer, key);
    if (inner !== undefined && isMap(inner)) return inner;
    const attributes = { map_fd: outer.fd, key: key.slice(), next_key: key };
    if (!found(() => runtime.bpf('MAP_GET_NEXT_KEY', attributes))) return undefined;
  }
}

function lookup(call: Call): Outcome {
  const { runtime, values, terminal } = call;
  const map = mapAt(runtime, call.operands[0] ?? operandsOf(call, ['MAP'])[0]);
  if (map.type === 'bloom_filter') return ask(call, map);
  const isKeyless = map.keySize === 0;
  const [, text = ''] = isKeyless ? operandsOf(call, ['MAP']) : operandsOf(call, ['MAP', 'KEY']);
  const key = keyOf(map, text, 'KEY');
  const value = valueAt(runtime, map, key);
  if (values.json) terminal.json({ key: hex(key), value: value === undefined ? null : valueJson(runtime, value) });
  if (value === undefined) {
    terminal.complain(`${call.operands[0]} ${isKeyless ? 'is empty' : `has no key ${hex(key)}`}`);
    return { changed: false, code: EXIT.failure };
  }
  if (values.json) return SHOWN;
  if (isMap(value)) terminal.print(value.name || `${call.operands[0]}/${hex(key)}`);
  else terminal.print([valueJson(runtime, value)].flat().join(' '));
  return SHOWN;
}

/** A Bloom filter does not give its values: it says whether it may have one. */
function ask(call: Call, map: SavedMap): Outcome {
  const { runtime, values, terminal } = call;
  const [, text] = operandsOf(call, ['MAP', 'VALUE']);
  const value = givenValue(runtime, map, text, 'VALUE');
  const attributes = { map_fd: map.fd, key: null, value: value as Uint8Array, flags: 0 };
  const present = found(() => runtime.bpf('MAP_LOOKUP_ELEM', attributes));
  if (values.json) terminal.json({ value: valueJson(runtime, value), present });
  else if (present) terminal.print('present');
  if (!present) terminal.complain(`${call.operands[0]} does not have ${text}`);
  return { changed: false, code: present ? EXIT.ok : EXIT.failure };
}

function dump(call: Call): Outcome {
  const { runtime, operands, values, terminal } = call;
  const [reference] = operands.length === 0 ? [] : operandsOf(call, ['MAP']);
  const maps = reference === undefined ? outermost(runtime) : [mapAt(runtime, reference)];
  if (values.json) terminal.json(maps.map((map) => mapJson(runtime, map)));
  else for (const map of maps) terminal.print(...mapLines(runtime, map, reference ?? (map.name || `id:${map.id}`)), '');
  return SHOWN;
}
