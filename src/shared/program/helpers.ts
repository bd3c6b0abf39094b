/** Helper functions by their numbers in the kernel's user interface. */
import type { ArgumentKind, Prototype, ReturnKind } from './prototypes/prototype.js';
import { HELPER_TABLE, NAMED_ONLY } from './prototypes/table.js';

export interface Helper {
  id: number;
  /** The kernel's name, `bpf_…`. */
  name: string;
  /** Its first argument is a map. */
  takesMap: boolean;
  /** The compiler can call it. */
  supported: boolean;
}

const HelperId = {
  MAP_LOOKUP_ELEM: 1,
  MAP_UPDATE_ELEM: 2,
  MAP_DELETE_ELEM: 3,
  KTIME_GET_NS: 5,
  TRACE_PRINTK: 6,
  GET_PRANDOM_U32: 7,
  GET_SMP_PROCESSOR_ID: 8,
} as const;

const SUPPORTED: ReadonlySet<number> = new Set(Object.values(HelperId));

function parseLine(line: string): Prototype {
  const match = /^(\w+) (\d+) \(([^)]*)\) (\S+)(.*)$/.exec(line);
  if (match === null) throw new Error(`helper table: cannot read the line ${line}`);
  const [, name = '', id = '', args = '', returns = '', flags = ''] = match;
  const has = (flag: string): boolean => flags.split(' ').includes(flag);
  return {
    id: Number(id),
    name: `bpf_${name}`,
    args: args.split(' ').filter((arg) => arg !== '') as ArgumentKind[],
    returns: returns as ReturnKind,
    gplOnly: has('gpl'),
    packetAccess: has('pkt'),
    changesPacket: has('moves'),
    acquires: has('acquires'),
    casts: has('casts'),
    mightSleep: has('sleeps'),
    modelled: true,
  };
}

/** Of these only the name is known: five arguments of any kind. */
function parseName(entry: string): Prototype {
  const [name = '', id = ''] = entry.trim().split(' ');
  const five: readonly ArgumentKind[] = ['any', 'any', 'any', 'any', 'any'];
  const flags = {
    gplOnly: GPL_NAMED.has(Number(id)),
    packetAccess: false,
    changesPacket: false,
    acquires: false,
    casts: false,
  };
  const full = name.startsWith('bpf_') ? name : `bpf_${name}`;
  return { id: Number(id), name: full, args: five, returns: 'int', mightSleep: false, modelled: false, ...flags };
}

const GPL_NAMED: ReadonlySet<number> = new Set([111, 121]);

const PROTOTYPES: readonly Prototype[] = [
  ...HELPER_TABLE.trim().split('\n').map(parseLine),
  ...NAMED_ONLY.trim().split(',').map(parseName),
];

const PROTOTYPE_BY_ID: ReadonlyMap<number, Prototype> = new Map(
  PROTOTYPES.map((prototype) => [prototype.id, prototype]),
);

export function prototypeOf(id: number): Prototype | undefined {
  return PROTOTYPE_BY_ID.get(id);
}

/** Arguments that a helper reads; 5 for one that is not known. */
export function helperArity(id: number): number {
  return PROTOTYPE_BY_ID.get(id)?.args.length ?? 5;
}

const HELPERS: readonly Helper[] = PROTOTYPES.map(({ id, name, args }) => ({
  id,
  name,
  takesMap: args[0] === 'map',
  supported: SUPPORTED.has(id),
}));

const BY_ID: ReadonlyMap<number, Helper> = new Map(HELPERS.map((helper) => [helper.id, helper]));
const BY_NAME: ReadonlyMap<string, Helper> = new Map(HELPERS.map((helper) => [helper.name, helper]));

export function helperById(id: number): Helper | undefined {
  return BY_ID.get(id);
}

export function helperByName(name: string): Helper | undefined {
  return BY_NAME.get(name);
}
