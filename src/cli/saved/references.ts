/**
 * How maps of a file are named on the command line: by name; by `id:N`, as `dump` shows it; or, for inner maps, by where
 * they are, as `services/07000000`: the map that `services` holds at this key.
 */
import type { Runtime } from '../../index.js';
import { meant } from '../command.js';
import { UsageError } from '../output/errors.js';
import { holdsMaps, isMap, keyOf, valueAt } from './contents.js';
import { type SavedMap, savedMaps } from './store.js';

/** The map that a text names. Throws UsageError. */
export function mapAt(runtime: Runtime, reference: string): SavedMap {
  const [name = '', ...keys] = reference.split('/');
  return keys.reduce((outer, key) => innerAt(runtime, outer, key, reference), mapNamed(runtime, name));
}

function mapNamed(runtime: Runtime, name: string): SavedMap {
  const maps = savedMaps(runtime);
  const map = maps.find((each) => each.name === name || `id:${each.id}` === name);
  if (map) return map;
  const names = maps.flatMap((each) => (each.name === '' ? [] : [each.name]));
  const known = names.length > 0 ? meant(name, names) : 'the file has no map with a name';
  throw new UsageError(`there is no map ${name}: ${known}`);
}

function innerAt(runtime: Runtime, outer: SavedMap, key: string, reference: string): SavedMap {
  if (!holdsMaps(outer)) throw new UsageError(`${reference}: the map is of type ${outer.type}, which holds no maps`);
  const inner = valueAt(runtime, outer, keyOf(outer, key, reference));
  if (inner !== undefined && isMap(inner)) return inner;
  throw new UsageError(`${reference}: there is no map at this key`);
}
