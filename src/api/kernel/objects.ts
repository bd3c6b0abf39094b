/** What the kernel side knows of maps and programs. Descriptors, programs and outer slots refer to these. */

/** The attributes that MAP_CREATE fixes for a map's life, and that a template copies. */
export interface MapProperties {
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  /** Permanent flags only: RDONLY and WRONLY belong to a descriptor. */
  readonly flags: number;
}

export interface MapObject extends MapProperties {
  readonly kind: 'map';
  readonly id: number;
  /** Arena address of the map's header. */
  readonly address: number;
  readonly name: string;
  /** MAP_FREEZE was called: no descriptor may write any more. Programs still may. */
  frozen: boolean;
  /** Descriptors, programs and outer slots that refer to the map, and running calls. 0 = destroyed. */
  references: number;
  /** Descriptors only. */
  users: number;
  /** Outer maps: what an inner map has to look like. A copy; the template map itself is not referenced. */
  readonly template: MapProperties | undefined;
  /**
   * Outer maps: how many slots hold each inner map. The main thread is the only writer of outer maps, so this
   * equals the slots, and destruction need not walk them.
   */
  readonly inner: Map<MapObject, number> | undefined;
}

export interface ProgramObject {
  readonly kind: 'program';
  /** Never reused: it is the program's index in the function tables of all threads. */
  readonly id: number;
  readonly name: string;
  readonly type: number;
  /** The instructions, 8 bytes each, as loaded. */
  readonly insns: Uint8Array;
  readonly module: WebAssembly.Module;
  /** Maps that the program refers to, each once. */
  readonly maps: MapObject[];
  references: number;
}

/** A program about to get its id: all of it but what the kernel adds. */
export type ProgramParts = Omit<ProgramObject, 'kind' | 'id' | 'references'> & { readonly id?: number };
