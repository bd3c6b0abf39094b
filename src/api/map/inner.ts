import { BpfError } from '../errors.js';
import { MapObjectBase } from './base.js';

/** The open map object that the caller gave as an inner map. */
export function innerMapOf(outer: MapObjectBase, operation: string, given: object): MapObjectBase {
  if (!(given instanceof MapObjectBase)) {
    throw new BpfError('EINVAL', operation, 'map: given no map object, expected a map of runtime.createMap()');
  }
  if (given.host !== outer.host) {
    throw new BpfError(
      'EINVAL',
      operation,
      `map: map ${given.id} belongs to another runtime, expected one of this runtime`,
    );
  }
  if (given.closed) throw new BpfError('EBADF', operation, `map: map ${given.id} is closed, expected an open map`);
  return given;
}
