/** What the kernel side knows of maps, programs and BTF. Descriptors, pins, programs and outer slots refer to these. */
import type { Btf, SpecialFields } from '../../shared/object/btf/index.js';
import type { WasmModule } from '../../shared/wasm-types.js';
import type { MapOwner } from './owner.js';

/** The attributes that MAP_CREATE fixes for a map's life, and that a template copies. */
export interface MapProperties {
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  /** Permanent flags only: RDONLY and WRONLY belong to a descriptor. */
  readonly flags: number;
  /** Spin lock, timer and work queue in the value. Absent: none. */
  readonly fields?: SpecialFields | undefined;
}

export interface MapObject extends MapProperties {
  readonly kind: 'map';
  readonly id: number;
  /** Arena address of the map's header. */
  readonly address: number;
  readonly name: string;
  /** Bytes of a value on the syscall side: per-CPU maps have a slot of whole 8 bytes for each possible CPU. */
  readonly valueBytes: number;
  /** BLOOM_FILTER: hash functions; ARENA: where it lies. */
  readonly extra: number;
  /** Types of keys and values. */
  readonly btf: MapBtf | undefined;
  /** MAP_FREEZE was called: no descriptor may write any more. Programs still may. */
  frozen: boolean;
  /** Descriptors, pins, programs, outer slots and mappings that refer to the map, and running calls. 0 = destroyed. */
  references: number;
  /** Open files only: descriptors, pins and mappings. */
  users: number;
  /** Mappings that may be written to: they keep the map from being frozen. */
  writableMappings: number;
  /** A raw view of its memory was given out: the memory is never used again. */
  exposed: boolean;
  /** Outer maps: what an inner map has to look like. A copy; the template map itself is not referenced. */
  readonly template: MapProperties | undefined;
  /**
   * Outer maps: how many slots hold each inner map. The main thread is the only writer of outer maps, so this
   * equals the slots, and destruction need not walk them.
   */
  readonly inner: Map<MapObject, number> | undefined;
  /** PROG_ARRAY: what its slots hold. The main thread is the only writer here too. */
  readonly programs: ProgramSlots | undefined;
  /** PROG_ARRAY, DEVMAP, CPUMAP: what the first program was like. */
  owner: MapOwner | undefined;
}

export interface MapBtf {
  readonly object: BtfObject;
  readonly keyTypeId: number;
  readonly valueTypeId: number;
}

export interface ProgramSlots {
  readonly slots: Map<number, ProgramObject>;
}

export interface ProgramObject {
  /** Arena address of its run count and run time; absent: not counted. */
  counters?: number;
  readonly kind: 'program';
  /** Never reused: it is the program's index in the function tables of all threads. */
  readonly id: number;
  readonly name: string;
  readonly type: number;
  /** As given at load. Absent: 0. */
  readonly expectedAttachType?: number;
  /** `prog_flags` of the load. Absent: 0. */
  readonly flags?: number;
  /** The instructions, 8 bytes each, as loaded. */
  readonly insns: Uint8Array;
  /** Null: the interpreter runs it. */
  readonly module: WasmModule | null;
  /** Maps that the program refers to, each once. */
  readonly maps: MapObject[];
  references: number;
}

/** A program about to get its id: all of it but what the kernel adds. */
export type ProgramParts = Omit<ProgramObject, 'kind' | 'id' | 'references'> & { readonly id?: number };

export interface BtfObject {
  readonly kind: 'btf';
  readonly id: number;
  /** As loaded. */
  readonly bytes: Uint8Array;
  readonly types: Btf;
  /** Descriptors and maps. */
  references: number;
}
