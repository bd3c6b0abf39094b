import { MAP_HEADER } from '../../shared/core-exports.js';
import type { Kernel } from '../kernel/kernel.js';
import type { BtfObject, MapObject } from '../kernel/objects.js';
import { elementsOf, linksOf } from './contents.js';
import { seal, Writer } from './format.js';
import { type SavedMap, write } from './records.js';

/**
 * Every live map: its attributes, contents, BTF and names, and which inner map each slot of an outer map holds. Not
 * programs, nor what a PROG_ARRAY holds. Call it while no program writes, or the maps are not of one moment; a QUEUE
 * or STACK is emptied and filled again on the way.
 */
export function saveMaps(kernel: Kernel): Uint8Array {
  const maps = [...kernel.maps()];
  const btfs = new Set<BtfObject>(maps.flatMap((map) => (map.btf ? [map.btf.object] : [])));
  const writer = new Writer();
  write(writer, {
    possibleCpus: kernel.possibleCpus,
    btfs: [...btfs].map(({ id, bytes }) => ({ id, bytes })),
    maps: maps.map((map) => savedMap(kernel, map)),
    pins: [...kernel.pins.entries()].flatMap(([path, object]) =>
      object.kind === 'map' ? [{ path, map: object.id }] : [],
    ),
  });
  return seal(writer.result());
}

function savedMap(kernel: Kernel, map: MapObject): SavedMap {
  const { id, type, keySize, valueSize, maxEntries, flags, fields, name, extra, frozen, template, btf } = map;
  return {
    id, type, keySize, valueSize, maxEntries, flags, fields, name, extra, frozen, template,
    seed: kernel.arena.u32[(map.address + MAP_HEADER.seed) >>> 2] ?? 0,
    btf: btf?.object.id ?? 0,
    keyTypeId: btf?.keyTypeId ?? 0,
    valueTypeId: btf?.valueTypeId ?? 0,
    elements: elementsOf(kernel, map),
    links: linksOf(kernel, map),
  }; // biome-ignore format: one property a line would hide the shape
}
