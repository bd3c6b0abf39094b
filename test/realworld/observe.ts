/** What innermap makes of the programs of an object: verdicts, runs over packets, maps. The kernel's is recorded likewise. */
import { createHash } from 'node:crypto';
import { BpfError, type LoadedObject, type ObjectProgramSpec, readObject, Runtime } from 'innermap';

export interface Observation {
  readonly program: string;
  /** 0 = loaded. */
  readonly errno: number;
  /** Last line of the verifier's log before its figures; empty for a program that loaded. */
  readonly message: string;
  /** By packet: `errno`, or `retval:digest of the packet out`. */
  readonly runs: readonly string[];
  /** By map: digest of its elements in their order, per-CPU values summed up. */
  readonly maps: Readonly<Record<string, string>>;
}

/** Beside HASH, ARRAY: LRU_HASH and PERCPU_ARRAY. */
const SHOWN: ReadonlySet<number> = new Set([1, 2, 9, 6]);
const PERCPU_ARRAY = 6;
const ARRAY = 2;
/** Programs that start with the others of their table loaded. */
const TOGETHER: Readonly<Record<string, readonly string[]>> = { dispatch: ['stage_a', 'stage_b'] };

export function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

export async function observe(
  object: Uint8Array,
  packets: readonly Uint8Array[],
  engine: 'compiled' | 'interpreter' = 'compiled',
): Promise<Observation[]> {
  const observations: Observation[] = [];
  const spec = readObject(object);
  await using runtime = await Runtime.create({ workers: 0, possibleCpus: 2 });
  for (const program of Object.values(spec.programs)) {
    const programs = [program.name, ...(TOGETHER[program.name] ?? [])];
    try {
      using loaded = await runtime.loadObject(readObject(object), { programs, engine });
      observations.push(ran(runtime, loaded, program, packets));
    } catch (error) {
      if (!(error instanceof BpfError)) throw error;
      const { log = '' } = error as { log?: string };
      observations.push({ program: program.name, errno: error.errno, message: lastLine(log), runs: [], maps: {} });
    }
  }
  return observations;
}

function lastLine(log: string): string {
  const text = log.split('\nprocessed ')[0] ?? '';
  return text.slice(text.lastIndexOf('\n') + 1).replaceAll(/["\\]/g, '');
}

function ran(
  runtime: Runtime,
  loaded: LoadedObject,
  { name }: ObjectProgramSpec,
  packets: readonly Uint8Array[],
): Observation {
  const runs = packets.map((packet) => run(runtime, loaded.programs[name]!.fd, packet));
  const maps: Record<string, string> = {};
  for (const [map, fd] of Object.entries(loaded.descriptors)) {
    const spec = loaded.spec.maps[map];
    if (spec === undefined || !SHOWN.has(spec.type) || map.includes('.rodata')) continue;
    maps[map] = digest(elements(runtime, fd, spec).join());
  }
  return { program: name, errno: 0, message: '', runs, maps };
}

function run(runtime: Runtime, fd: number, packet: Uint8Array): string {
  const out = new Uint8Array(10_000);
  const attributes = {
    prog_fd: fd,
    data_in: packet,
    data_size_in: packet.length,
    data_out: out,
    data_size_out: out.length,
    repeat: 1,
    retval: 0,
  };
  try {
    runtime.bpf('PROG_TEST_RUN', attributes);
  } catch (error) {
    if (error instanceof BpfError) return String(error.errno);
    throw error;
  }
  return `${attributes.retval}:${digest(Buffer.from(out.subarray(0, attributes.data_size_out)).toString('hex'))}`;
}

interface Shape {
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
}

function elements(runtime: Runtime, fd: number, { type, keySize, valueSize }: Shape): string[] {
  const found: string[] = [];
  const stride = Math.ceil(valueSize / 8) * 8;
  const value = new Uint8Array(type === PERCPU_ARRAY ? stride * 2 : valueSize);
  let key: Uint8Array | null = null;
  for (;;) {
    const next: Uint8Array = new Uint8Array(keySize);
    try {
      runtime.bpf('MAP_GET_NEXT_KEY', { map_fd: fd, key, next_key: next });
    } catch (error) {
      if ((error as BpfError).code === 'ENOENT') return found.sort();
      throw error;
    }
    key = next;
    runtime.bpf('MAP_LOOKUP_ELEM', { map_fd: fd, key, value });
    const shown = type === PERCPU_ARRAY ? summed(value, stride).subarray(0, valueSize) : value;
    const isArray = type === ARRAY || type === PERCPU_ARRAY;
    if (isArray && shown.every((byte) => byte === 0)) continue;
    found.push(`${Buffer.from(next).toString('hex')}=${Buffer.from(shown).toString('hex')}`);
  }
}

function summed(values: Uint8Array, stride: number): Uint8Array {
  const words = new BigUint64Array(values.slice().buffer);
  const sums = new BigUint64Array(stride / 8);
  words.forEach((word, index) => {
    sums[index % sums.length] = (sums[index % sums.length] as bigint) + word;
  });
  return new Uint8Array(sums.buffer);
}
