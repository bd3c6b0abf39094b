/** How loaded objects are typed by name. */
import type { BpfMap } from '../map.js';
import type { Program } from '../program.js';
import type { ObjectVariable } from './variable.js';

/**
 * What an object file has, by name: the interface `Types` of the module that `innermap types OBJ` prints, for
 * `runtime.loadObject<Types>(bytes)`. It is believed, not checked.
 */
export interface ObjectTypes {
  readonly maps: object;
  readonly programs: object;
  readonly variables: object;
}

/** An object of which only the kinds of things are known. */
export interface AnyObjectTypes {
  readonly maps: Record<string, BpfMap>;
  readonly programs: Record<string, Program>;
  readonly variables: Record<string, ObjectVariable>;
}
