/** Calls of the core that belong to single map types: a build of the core may lack some. */
import type { ElementTypeCalls } from '../../shared/core-element-calls.js';
import type { CoreExports } from '../../shared/core-exports.js';
import { mapTypeName } from '../../shared/uapi.js';
import { BpfError } from '../errors.js';
import type { MapObject } from './objects.js';

/** Addresses and results as in `CoreExports`. */
export interface TypeCalls extends ElementTypeCalls {
  /** Id of the program that was in the slot, 0 = none. */
  progArraySet(map: number, index: number, programId: number): number;
  /** RINGBUF and USER_RINGBUF: address of what a mapping begins with: consumer's page, producer's page, data twice. */
  ringData(map: number): number;
}

/** The core, or ENOTSUPP naming the type where this build of the core has no such call. */
export function typeCalls(core: CoreExports, map: MapObject, syscall: string, name: keyof TypeCalls): TypeCalls {
  const calls = core as CoreExports & TypeCalls;
  if (typeof calls[name] === 'function') return calls;
  const missing = `${mapTypeName(map.type)} maps`;
  throw new BpfError('ENOTSUPP', syscall, `map_fd: ${missing} are not there yet in this version (${name})`, {
    missing,
  });
}
