/** Maps of a file as `map dump` shows them: inner maps beneath the map that holds them. */
import type { Runtime } from '../../index.js';
import { tableLines } from '../output/table.js';
import { type Entry, entriesOf, hex, holdsMaps, isMap, type Value } from './contents.js';
import { type SavedMap, savedMaps } from './store.js';

/** The maps that stand for themselves: those with a name, and those that no other map holds. */
export function outermost(runtime: Runtime): SavedMap[] {
  const maps = savedMaps(runtime);
  const held = new Set<number>();
  for (const map of maps.filter(holdsMaps)) {
    for (const [, value] of entriesOf(runtime, map) ?? []) if (isMap(value)) held.add(value.id);
  }
  return maps.filter(({ id, name }) => name !== '' || !held.has(id));
}

/** As `--json` prints it: bytes are hexadecimal text, an inner map stands where it is held. */
export function mapJson(runtime: Runtime, map: SavedMap): object {
  const { name, type, keySize, valueSize, maxEntries } = map;
  const entries = entriesOf(runtime, map)?.map(([key, value]) => [hex(key), valueJson(runtime, value)]) ?? null;
  return { ...(name === '' ? {} : { name }), type, keySize, valueSize, maxEntries, entries };
}

export function valueJson(runtime: Runtime, value: Value): unknown {
  if (value instanceof Uint8Array) return hex(value);
  return isMap(value) ? mapJson(runtime, value) : value.map(hex);
}

/** @param reference What names the map on the command line. */
export function mapLines(runtime: Runtime, map: SavedMap, reference: string): string[] {
  const entries = entriesOf(runtime, map);
  const most = `at most ${map.maxEntries} ${map.type.includes('ringbuf') ? 'bytes' : 'entries'}`;
  if (entries === null) return [`${reference}: ${map.type}, ${most} (its contents cannot be listed)`];
  const head = `${reference}: ${map.type}, ${entries.length} of ${most}`;
  if (entries.length === 0) return [head];
  if (!holdsMaps(map)) return [head, ...table(map, entries)];
  const inner = entries.flatMap(([key, value]) => {
    const place = `${reference}/${hex(key)}`;
    if (!isMap(value)) return [];
    const lines = mapLines(runtime, value, value.name === '' ? place : `${place} = ${value.name}`);
    return lines.map((line) => `  ${line}`);
  });
  return [head, ...inner];
}

function table({ keySize }: SavedMap, entries: readonly Entry[]): string[] {
  if (keySize === 0) return entries.map(([, value]) => `  ${valueText(value)}`);
  const rows = entries.map(([key, value]) => [`  ${hex(key)}`, valueText(value)]);
  return tableLines([{ title: '  key' }, { title: 'value' }], rows);
}

function valueText(value: Value): string {
  if (value instanceof Uint8Array) return hex(value);
  return isMap(value) ? value.name : value.map(hex).join(' ');
}
