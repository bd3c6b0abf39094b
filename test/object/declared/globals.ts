import type { ArrayMap, ObjectVariable, Program } from 'innermap';

export interface settings {
  limit: number;
  name: string;
  weights: number[];
  low: number;
  high: number;
  mode: number /* SLOW, FAST */;
  either: {
    word: number; // union
    bytes: Uint8Array; // union
  };
}

export interface Maps {
  /** ARRAY, 1 entry */
  '.rodata': ArrayMap<{
    threshold: number;
    settings: settings;
    verbose: boolean;
    'account.____fmt': string;
  }>;
  /** ARRAY, 1 entry */
  '.data': ArrayMap<{
    hits: bigint;
    balance: number;
    banner: string;
  }>;
  /** ARRAY, 1 entry */
  '.data.tables': ArrayMap<{
    table: number[];
  }>;
  /** ARRAY, 1 entry */
  '.rodata.tables': ArrayMap<{
    powers: number[];
  }>;
  /** ARRAY, 1 entry */
  '.bss': ArrayMap<{
    total: bigint;
    hidden: number;
  }>;
  /** ARRAY, 1 entry */
  '.bss.scratch': ArrayMap<{
    scratch: bigint[];
  }>;
  /** ARRAY, 1 entry */
  '.rodata.str1.1': ArrayMap<{
    'greet.text': string;
  }>;
}

export interface Programs {
  account: Program;
  greet: Program;
}

export type ProgramName = keyof Programs;

export interface Variables {
  threshold: Readonly<ObjectVariable<number>>;
  settings: Readonly<ObjectVariable<settings>>;
  verbose: Readonly<ObjectVariable<boolean>>;
  'account.____fmt': Readonly<ObjectVariable<string>>;
  hits: ObjectVariable<bigint>;
  balance: ObjectVariable<number>;
  banner: ObjectVariable<string>;
  table: ObjectVariable<number[]>;
  powers: Readonly<ObjectVariable<number[]>>;
  total: ObjectVariable<bigint>;
  hidden: ObjectVariable<number>;
  scratch: ObjectVariable<bigint[]>;
  'greet.text': Readonly<ObjectVariable<string>>;
}

export interface Types {
  maps: Maps;
  programs: Programs;
  variables: Variables;
}
