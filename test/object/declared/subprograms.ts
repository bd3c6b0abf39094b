import type { Program } from 'innermap';

export type Maps = Record<never, never>;

export interface Programs {
  first: Program;
  second: Program;
  third: Program;
  optional?: Program;
  filter: Program;
  strange: Program;
}

export type ProgramName = keyof Programs;

export type Variables = Record<never, never>;

export interface Types {
  maps: Maps;
  programs: Programs;
  variables: Variables;
}
