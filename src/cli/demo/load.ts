/** Loads the load balancer's object into a runtime. */
import { type ObjectSpec, type Program, readObject, type Runtime } from '../../index.js';
import { type BalancerMaps, createMaps } from './maps.js';

export const PROGRAM = 'load_balancer';
const TRACED_PROGRAM = 'load_balancer_traced';

export interface BalancerOptions {
  readonly tableSize: number;
  /** Every (mask + 1)-th packet looks at many elements of its table. */
  readonly auditMask: number;
}

export interface Balancer {
  readonly spec: ObjectSpec;
  readonly maps: BalancerMaps;
  readonly program: Program;
  /** Load the tracing program over the same maps. */
  loadTraced(): Promise<LoadedProgram>;
}

/** A program and what was loaded with it, the maps apart. */
export interface LoadedProgram {
  readonly program: Program;
  close(): void;
}

/** The object as plain data, with the options written into its constants and its inner template. */
function balancerSpec(object: Uint8Array, options: BalancerOptions): ObjectSpec {
  const spec = readObject(object);
  const services = spec.maps['services'];
  if (!services?.inner) throw new Error('the object is no load balancer: it has no map services of maps');
  services.inner.maxEntries = options.tableSize;
  setConstant(spec, 'table_size', options.tableSize);
  setConstant(spec, 'audit_mask', options.auditMask);
  return spec;
}

function setConstant(spec: ObjectSpec, name: string, value: number): void {
  const variable = spec.variables[name];
  const contents = variable && spec.maps[variable.map]?.contents;
  if (!contents) throw new Error(`the object is no load balancer: it has no constant ${name}`);
  new DataView(contents.buffer, contents.byteOffset).setUint32(variable.offset, value, true);
}

/** The maps are made here, with codecs of the control plane's choice; the object's programs are loaded over them. */
export async function loadBalancer(runtime: Runtime, object: Uint8Array, options: BalancerOptions): Promise<Balancer> {
  const maps = createMaps(runtime, options.tableSize);
  const spec = balancerSpec(object, options);
  const load = async (name: string): Promise<LoadedProgram> => {
    const loaded = await runtime.loadObject(spec, { reuse: { ...maps }, programs: [name] });
    const program = loaded.programs[name];
    if (!program) throw new Error(`broken invariant: ${name} was loaded and is not there`);
    return { program, close: () => loaded.close() };
  };
  return {
    spec,
    maps,
    program: (await load(PROGRAM)).program,
    loadTraced: () => load(TRACED_PROGRAM),
  };
}
