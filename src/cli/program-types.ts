import { ProgramType } from '../index.js';

const NAMES = new Map<number, string>(
  Object.entries(ProgramType).map(([name, number]) => [number, name.toLowerCase()]),
);

/** Kernel name of a program type in lower case. */
export function typeName(type: number): string {
  return NAMES.get(type) ?? `type ${type}`;
}
