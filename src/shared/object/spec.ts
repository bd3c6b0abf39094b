/** An object file as plain data: what it declares, to be looked at and edited before it is loaded. */
import type { Btf, CoreRelocation, FunctionInfo, LineInfo } from './btf/index.js';

/** A map that an object declares. Numbers are those of MAP_CREATE. */
export interface ObjectMapSpec {
  /** As the object calls it: the variable of `.maps`, or the section of global data (`.rodata`). */
  readonly name: string;
  /** What MAP_CREATE is given: at most 15 characters. */
  kernelName: string;
  type: number;
  keySize: number;
  valueSize: number;
  maxEntries: number;
  flags: number;
  numaNode: number;
  mapExtra: number;
  pinning: 'none' | 'byName';
  /** BTF type ids, 0 = none. */
  readonly keyType: number;
  readonly valueType: number;
  /** Outer maps: the template. */
  inner?: ObjectMapSpec;
  /** What stands in it from the start: by index, the name of a map (outer maps) or of a program (PROG_ARRAY). */
  readonly entries: readonly { readonly index: number; readonly name: string }[];
  /** Global data: its bytes at load. Edit them, or use `variables`. */
  contents?: Uint8Array;
  /** Whether the map is frozen once its contents are written. */
  readonly frozen: boolean;
}

/** A load-immediate that names a map, or an address in global data. Its descriptor is filled in at load. */
export interface ObjectMapReference {
  /** Index of the first of its two 8-byte slots. */
  readonly slot: number;
  readonly map: string;
  /** Undefined: the map itself. A number: bytes from the start of its value. */
  readonly offset?: number;
}

export interface ObjectProgramSpec {
  /** Name of the function. */
  readonly name: string;
  /** Name of its section, as written. */
  readonly section: string;
  /** Program type; 0 when the section's name says nothing. */
  type: number;
  expectedAttachType: number;
  flags: number;
  /** False for sections that begin with `?`: loaded only when asked for. */
  autoload: boolean;
  /** Instructions with its subprograms behind them; map descriptors are still 0. */
  readonly insns: Uint8Array;
  readonly references: readonly ObjectMapReference[];
  /** `insn` counts instructions of `insns`. */
  readonly functions: readonly FunctionInfo[];
  readonly lines: readonly LineInfo[];
  /** CO-RE, to be resolved against the target's BTF at load; `insn` counts instructions of `insns`. */
  readonly relocations: readonly CoreRelocation[];
  /** Why it cannot be loaded here, in words; empty for most. */
  readonly problems: readonly string[];
}

/** A global variable. */
export interface ObjectVariableSpec {
  readonly name: string;
  /** Name of the map that holds it. */
  readonly map: string;
  /** Bytes from the start of the map's value. */
  readonly offset: number;
  readonly size: number;
  /** BTF type id, 0 = none. */
  readonly type: number;
  /** Whether programs only read it. */
  readonly constant: boolean;
}

export interface ObjectSpec {
  readonly license: string;
  /** `kern_version` of PROG_LOAD, from a section `version`; 0 = none. */
  readonly version: number;
  readonly maps: Record<string, ObjectMapSpec>;
  readonly programs: Record<string, ObjectProgramSpec>;
  readonly variables: Record<string, ObjectVariableSpec>;
  /** Types, as BTF_LOAD takes them; absent when the object was built without. */
  readonly btf?: Btf;
  /** What was passed over, in words. */
  readonly warnings: readonly string[];
}
