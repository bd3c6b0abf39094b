/** What is saved of a runtime: plain data, and how it lies in the payload. */
import type { SpecialFields } from '../../shared/object/btf/index.js';
import type { MapProperties } from '../kernel/objects.js';
import type { Reader, Writer } from './format.js';

export interface SavedElement {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

export interface SavedLink {
  readonly key: Uint8Array;
  /** Id that the inner map had. */
  readonly inner: number;
}

export interface SavedMap extends MapProperties {
  /** As it was; the loaded map gets another. */
  readonly id: number;
  readonly name: string;
  readonly seed: number;
  readonly extra: number;
  readonly frozen: boolean;
  /** Id that the BTF had, 0 = none. */
  readonly btf: number;
  readonly keyTypeId: number;
  readonly valueTypeId: number;
  readonly template: MapProperties | undefined;
  /** In the order in which they have to be written again. */
  readonly elements: readonly SavedElement[];
  readonly links: readonly SavedLink[];
}

export interface SavedBtf {
  readonly id: number;
  readonly bytes: Uint8Array;
}

export interface SavedPin {
  readonly path: string;
  readonly map: number;
}

export interface Saved {
  readonly possibleCpus: number;
  readonly btfs: readonly SavedBtf[];
  readonly maps: readonly SavedMap[];
  readonly pins: readonly SavedPin[];
}

export function write(writer: Writer, saved: Saved): void {
  writer.u32(saved.possibleCpus);
  list(writer, saved.btfs, ({ id, bytes }) => {
    writer.u32(id);
    writer.blob(bytes);
  });
  list(writer, saved.maps, (map) => writeMap(writer, map));
  list(writer, saved.pins, ({ path, map }) => {
    writer.text(path);
    writer.u32(map);
  });
}

export function read(reader: Reader): Saved {
  const saved = {
    possibleCpus: reader.u32(),
    btfs: reader.list(8, () => ({ id: reader.u32(), bytes: reader.blob() })),
    maps: reader.list(64, () => readMap(reader)),
    pins: reader.list(8, () => ({ path: reader.text(), map: reader.u32() })),
  };
  reader.end();
  return saved;
}

function writeMap(writer: Writer, map: SavedMap): void {
  writer.u32(map.id);
  writeProperties(writer, map);
  writer.text(map.name);
  writer.u32(map.seed);
  writer.u64(map.extra);
  writer.u8(map.frozen ? 1 : 0);
  for (const id of [map.btf, map.keyTypeId, map.valueTypeId]) writer.u32(id);
  writer.u8(map.template ? 1 : 0);
  if (map.template) writeProperties(writer, map.template);
  list(writer, map.elements, ({ key, value }) => {
    writer.blob(key);
    writer.blob(value);
  });
  list(writer, map.links, ({ key, inner }) => {
    writer.blob(key);
    writer.u32(inner);
  });
}

function readMap(reader: Reader): SavedMap {
  return {
    id: reader.u32(),
    ...readProperties(reader),
    name: reader.text(),
    seed: reader.u32(),
    extra: reader.u64(),
    frozen: reader.u8() !== 0,
    btf: reader.u32(),
    keyTypeId: reader.u32(),
    valueTypeId: reader.u32(),
    template: reader.u8() === 0 ? undefined : readProperties(reader),
    elements: reader.list(8, () => ({ key: reader.blob(), value: reader.blob() })),
    links: reader.list(8, () => ({ key: reader.blob(), inner: reader.u32() })),
  };
}

const FIELD_KINDS = ['spinLock', 'timer', 'workqueue'] as const;

function writeProperties(writer: Writer, properties: MapProperties): void {
  const { type, keySize, valueSize, maxEntries, flags, fields } = properties;
  for (const value of [type, keySize, valueSize, maxEntries, flags]) writer.u32(value);
  for (const kind of FIELD_KINDS) writer.i32(fields?.[kind] ?? -1);
}

function readProperties(reader: Reader): MapProperties {
  const [type, keySize, valueSize, maxEntries, flags] = [
    reader.u32(),
    reader.u32(),
    reader.u32(),
    reader.u32(),
    reader.u32(),
  ];
  const fields: SpecialFields = { spinLock: reader.i32(), timer: reader.i32(), workqueue: reader.i32() };
  const none = FIELD_KINDS.every((kind) => fields[kind] < 0);
  return { type, keySize, valueSize, maxEntries, flags, ...(none ? {} : { fields }) };
}

function list<T>(writer: Writer, things: readonly T[], each: (thing: T) => void): void {
  writer.u32(things.length);
  for (const thing of things) each(thing);
}
