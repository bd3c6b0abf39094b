/**
 * Slots of a PROG_ARRAY (SPEC §4.9). The main thread writes them; programs read the core's copy, which holds ids.
 * A slot holds a reference to its program.
 */
import type { CoreExports } from '../../shared/core-exports.js';
import type { MapObject, ProgramObject, ProgramSlots } from './objects.js';
import { adoptOwner } from './owner.js';
import { typeCalls } from './type-calls.js';

export interface ProgramArrayHost {
  readonly core: CoreExports;
  call(syscall: string, run: () => number): number;
  holdProgram(program: ProgramObject): void;
  putProgram(program: ProgramObject): void;
}

export function programSlots(map: MapObject): ProgramSlots {
  if (map.programs === undefined) throw new TypeError(`map ${map.id} is no PROG_ARRAY`);
  return map.programs;
}

export function setProgram(
  host: ProgramArrayHost,
  map: MapObject,
  index: number,
  program: ProgramObject,
  syscall: string,
): void {
  adoptOwner(map, program, syscall);
  const { slots } = programSlots(map);
  const old = slots.get(index);
  host.holdProgram(program);
  host.call(syscall, () =>
    typeCalls(host.core, map, syscall, 'progArraySet').progArraySet(map.address, index, program.id),
  );
  slots.set(index, program);
  if (old) host.putProgram(old);
}

/** Whether there was a program in the slot. */
export function clearProgram(host: ProgramArrayHost, map: MapObject, index: number, syscall: string): boolean {
  const { slots } = programSlots(map);
  const old = slots.get(index);
  if (old === undefined) return false;
  host.call(syscall, () => typeCalls(host.core, map, syscall, 'progArraySet').progArraySet(map.address, index, 0));
  slots.delete(index);
  host.putProgram(old);
  return true;
}

/** The last open file is gone: programs that still refer to the map find nothing in it any more. */
export function clearPrograms(host: ProgramArrayHost, map: MapObject): void {
  for (const index of [...programSlots(map).slots.keys()]) clearProgram(host, map, index, 'close');
}
