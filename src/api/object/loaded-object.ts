import '../../shared/dispose.js';
import { showAs } from '../../shared/inspect.js';
import type { ObjectSpec } from '../../shared/object/index.js';
import type { BpfMap } from '../map.js';
import type { Program } from '../program.js';
import type { AnyObjectTypes, ObjectTypes } from './types.js';
import type { ObjectVariable } from './variable.js';

/** What a load hands over. */
export interface LoadedParts {
  readonly spec: ObjectSpec;
  readonly maps: Readonly<Record<string, BpfMap>>;
  readonly programs: Readonly<Record<string, Program>>;
  readonly variables: Readonly<Record<string, ObjectVariable>>;
  readonly descriptors: Readonly<Record<string, number>>;
  /** Gives up what the object holds. */
  readonly release: () => void;
}

/**
 * An object file that is loaded: its maps, programs and variables by the names that the C source gives them.
 * Closing it closes them, save for maps that were given by `reuse`.
 */
export class LoadedObject<T extends ObjectTypes = AnyObjectTypes> {
  /** As it was loaded. */
  readonly spec: ObjectSpec;
  /** Typed by BTF. Types of map that hold no elements here are left out: see `descriptors`. */
  readonly maps: Readonly<T['maps']>;
  /** Those that were loaded. */
  readonly programs: Readonly<T['programs']>;
  readonly variables: Readonly<T['variables']>;
  /** Descriptor of every map, for `runtime.bpf()`. */
  readonly descriptors: Readonly<Record<string, number>>;
  readonly #parts: LoadedParts;
  #closed = false;

  static {
    showAs(
      LoadedObject.prototype,
      () => 'LoadedObject',
      ({ maps, programs, variables, closed }) => ({
        maps: Object.keys(maps),
        programs: Object.keys(programs),
        variables: Object.keys(variables),
        ...(closed ? { closed } : {}),
      }),
    );
  }

  /** Made by `runtime.loadObject()`. */
  constructor(parts: LoadedParts) {
    this.spec = parts.spec;
    this.#parts = parts;
    // The caller's word that these are their names and types.
    this.maps = parts.maps as T['maps'];
    this.programs = parts.programs as T['programs'];
    this.variables = parts.variables as T['variables'];
    this.descriptors = parts.descriptors;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Close the programs, then the maps. Closing twice does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const variable of Object.values(this.#parts.variables)) variable.detach();
    for (const program of Object.values(this.#parts.programs)) program.close();
    this.#parts.release();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
