import type { ArrayMap, HashMap, OuterMap, Program, RingBuffer } from 'innermap';

export interface Maps {
  /** ARRAY, 2 entries */
  first: ArrayMap<bigint>;
  /** ARRAY, 2 entries */
  second: ArrayMap<bigint>;
  /** ARRAY_OF_MAPS, 4 entries */
  by_index: OuterMap<number, ArrayMap<bigint>>;
  /** HASH_OF_MAPS, 16 entries */
  by_tenant: OuterMap<bigint, HashMap<number, number>>;
  /** ARRAY_OF_MAPS, 3 entries */
  rings: OuterMap<number, RingBuffer<Uint8Array>>;
}

export interface Programs {
  lookup_static: Program;
  lookup_dynamic: Program;
}

export type ProgramName = keyof Programs;

export type Variables = Record<never, never>;

export interface Types {
  maps: Maps;
  programs: Programs;
  variables: Variables;
}
