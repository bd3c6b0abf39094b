import type { ProgramMap } from '../../types.js';
import type { Prototype } from '../../prototypes/prototype.js';
import type { RawAccess } from '../memory/stack-access.js';

/** What the arguments of one call told, for its effects and its result. */
export interface Meta extends RawAccess {
  readonly prototype: Prototype;
  map: ProgramMap | null;
  mapUid: number;
  /** Known key of an array look-up, or −1. */
  constantKey: number;
  releaseRegister: number;
  refObjId: number;
  memSize: number;
  maxSize: { lo: number; hi: number };
  subprogram: number;
  dynptrId: number;
  dynptrKind: number;
}

export function newMeta(prototype: Prototype): Meta {
  return {
    prototype,
    raw: false,
    accessSize: 0,
    register: 0,
    map: null,
    mapUid: 0,
    constantKey: -1,
    releaseRegister: 0,
    refObjId: 0,
    memSize: 0,
    maxSize: { lo: 0, hi: 0 },
    subprogram: -1,
    dynptrId: 0,
    dynptrKind: 0,
  };
}
