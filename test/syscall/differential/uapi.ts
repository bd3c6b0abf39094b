import { Errno, MapType } from 'innermap';
import type { MapConfig } from './configs.js';

const NAMES = new Map<number, string>(Object.entries(Errno).map(([name, number]) => [number, name]));

/** Name of a negative errno. */
export function errnoName(result: number): string {
  return NAMES.get(-result) ?? String(result);
}

export function isOuterType(type: number): boolean {
  return type === MapType.ARRAY_OF_MAPS || type === MapType.HASH_OF_MAPS;
}

export function isPerCpu(type: number): boolean {
  return type === MapType.PERCPU_ARRAY || type === MapType.PERCPU_HASH || type === MapType.LRU_PERCPU_HASH;
}

/** Inner maps: those that fit, and one that does not. */
export function template(misfit: boolean): MapConfig {
  return { type: MapType.ARRAY, keySize: 4, valueSize: misfit ? 16 : 8, maxEntries: 2, flags: 0, extra: 0 };
}
