/** Maps as a run sees them: those that the program names, and the inner maps that it found. */
import { MAP_HEADER } from '../../core-exports.js';
import { MapFlags, MapType } from '../../uapi.js';
import type { CheckedProgram, ProgramMap } from '../types.js';
import type { Region } from './regions.js';

export interface RunMap {
  readonly address: number;
  readonly name: string;
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly flags: number;
}

/** The maps that helper calls may name, by address. */
export class RunMaps {
  readonly #maps = new Map<number, RunMap>();
  readonly #view: DataView;

  constructor(view: DataView) {
    this.#view = view;
  }

  addProgram(program: CheckedProgram): void {
    for (const { map } of program.references) if (map.address !== null) this.#add(map.address, named(map));
  }

  /** An inner map that a look-up gave. */
  addInner(address: number): void {
    this.#add(address, 'inner map');
  }

  get(address: bigint): RunMap | undefined {
    return this.#maps.get(Number(address));
  }

  #add(address: number, name: string): void {
    if (this.#maps.has(address)) return;
    const word = (field: number) => this.#view.getUint32(address + field, true);
    this.#maps.set(address, {
      address,
      name,
      type: word(MAP_HEADER.type),
      keySize: word(MAP_HEADER.keySize),
      valueSize: word(MAP_HEADER.valueSize),
      flags: word(MAP_HEADER.flags),
    });
  }
}

export function isOuter(map: RunMap): boolean {
  return map.type === MapType.ARRAY_OF_MAPS || map.type === MapType.HASH_OF_MAPS;
}

/** What a look-up in the map handed out. */
export function valueRegion(map: RunMap, start: number): Region {
  return { start, size: map.valueSize, label: `value of ${map.name}`, ...permissions(map.flags) };
}

/** The value area behind a direct value address. */
export function directRegion(map: ProgramMap): Region | undefined {
  if (map.address === null) return undefined;
  const start = map.address + MAP_HEADER.data;
  const label = `value of ${named(map)}`;
  return { start, size: map.valueSize * map.maxEntries, label, ...permissions(map.flags) };
}

function permissions(flags: number): { readable: boolean; writable: boolean } {
  return { readable: (flags & MapFlags.WRONLY_PROG) === 0, writable: (flags & MapFlags.RDONLY_PROG) === 0 };
}

function named(map: ProgramMap): string {
  return map.name === '' ? `map ${map.id}` : `map "${map.name}"`;
}
