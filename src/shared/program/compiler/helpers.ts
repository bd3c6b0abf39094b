/** Which import a helper call becomes: its module, and how many of r1–r5 it takes. */

export interface HelperImport {
  readonly id: number;
  /** `core`: WebAssembly, called without leaving it. `host`: JavaScript, given BigInts. */
  readonly module: 'core' | 'host';
  readonly arity: number;
  /** It calls a function of the program, and takes the top of that function's stack as one more i32. */
  readonly callsBack: boolean;
}

/** id:arity; a `*` marks those that call back. */
const CORE = `
  1:2 2:4 3:2 7:0 8:0 9:5 10:5 11:5 18:3 19:1 23:2 25:5 26:4 28:5 31:3 32:2 34:1 38:3 39:2 40:2 41:1 42:0 43:3 44:2
  48:2 50:4 51:3 54:2 65:2 68:5 87:3 88:2 89:2 93:1 94:1 130:4 131:3 132:2 133:2 134:2 135:2 163:5
  164:4* 181:4* 182:3 188:1 189:4 190:4 195:3 197:4 198:4 199:2 200:2 201:5 202:5 203:3 209:4*`;

/** Clocks, text, the process's identity, and tables that the user gives. */
const HOST = '5:0 6:5 14:0 15:0 16:2 35:0 69:4 118:0 125:0 160:0 165:5 177:4 208:0';

const BY_ID: ReadonlyMap<number, HelperImport> = new Map([...parse('core', CORE), ...parse('host', HOST)]);

/** Compiled in place: bpf_tail_call. */
export const TAIL_CALL = 12;
/** Compiled in place where the map is known: bpf_map_lookup_elem. */
export const LOOKUP = 1;

export function helperImport(id: number): HelperImport | undefined {
  return BY_ID.get(id);
}

/** Every helper that becomes an import. */
export function helperImports(): Iterable<HelperImport> {
  return BY_ID.values();
}

function parse(module: 'core' | 'host', table: string): [number, HelperImport][] {
  return table
    .trim()
    .split(/\s+/)
    .map((entry) => {
      const [id, arity] = entry.split(':');
      return [
        Number(id),
        { id: Number(id), module, arity: Number.parseInt(arity as string, 10), callsBack: entry.endsWith('*') },
      ];
    });
}
