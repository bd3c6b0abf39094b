/** What innermap makes of the programs of an object: verdicts, runs over packets, maps. The kernel's is recorded likewise. */
import { createHash } from 'node:crypto';
import {
  BpfError,
  type LoadedObject,
  ObjectError,
  type ObjectProgramSpec,
  type ObjectSpec,
  readObject,
  Runtime,
} from 'innermap';

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

/** HASH, ARRAY, PERCPU_HASH, PERCPU_ARRAY, LRU_HASH, LPM_TRIE. */
const SHOWN: ReadonlySet<number> = new Set([1, 2, 5, 6, 9, 11]);
const PERCPU: ReadonlySet<number> = new Set([5, 6]);
const ARRAYS: ReadonlySet<number> = new Set([2, 6]);
/** SOCKET_FILTER, SCHED_CLS, SCHED_ACT, XDP, CGROUP_SKB take packets; RAW_TRACEPOINT and SYSCALL a context. */
const TAKES_PACKET: ReadonlySet<number> = new Set([1, 3, 4, 6, 8]);
const TAKES_CONTEXT: ReadonlySet<number> = new Set([17, 31]);
const CONTEXT_SIZE = 24;
const MAX_SHOWN_VALUE = 4096;
/** Programs of this prefix are loaded with every other one: they stand in its table. */
const STAGE = 'stage_';

export function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

export async function observe(
  object: Uint8Array,
  packets: readonly Uint8Array[],
  engine: 'compiled' | 'interpreter' = 'compiled',
): Promise<Observation[]> {
  const observations: Observation[] = [];
  await using runtime = await Runtime.create({ workers: 0, possibleCpus: 2 });
  let spec: ObjectSpec;
  try {
    spec = readObject(object);
  } catch (error) {
    if (!(error instanceof ObjectError)) throw error;
    return [{ program: '*', errno: -1, message: error.message, runs: [], maps: {} }];
  }
  for (const program of Object.values(spec.programs)) {
    const stages = Object.keys(spec.programs).filter((name) => name.startsWith(STAGE) && name !== program.name);
    const programs = [program.name, ...stages];
    try {
      using loaded = await runtime.loadObject(readObject(object), {
        programs,
        engine,
        pinPath: `/sys/fs/bpf/${program.name}`,
      });
      observations.push(ran(runtime, loaded, program, packets));
    } catch (error) {
      const refused = { program: program.name, runs: [], maps: {} };
      if (error instanceof ObjectError) observations.push({ ...refused, errno: -1, message: error.message });
      else if (error instanceof BpfError) {
        const { log = '' } = error as { log?: string };
        observations.push({ ...refused, errno: error.errno, message: lastLine(log) || error.message });
      } else throw error;
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
  { name, type }: ObjectProgramSpec,
  packets: readonly Uint8Array[],
): Observation {
  const runs =
    TAKES_PACKET.has(type) || TAKES_CONTEXT.has(type)
      ? packets.map((packet) => run(runtime, loaded.programs[name]!.fd, packet, TAKES_CONTEXT.has(type)))
      : [];
  const maps: Record<string, string> = {};
  for (const [map, fd] of Object.entries(loaded.descriptors)) {
    const spec = loaded.spec.maps[map];
    if (spec === undefined || !SHOWN.has(spec.type) || map.includes('.rodata') || spec.valueSize >= MAX_SHOWN_VALUE)
      continue;
    maps[mapName(map)] = digest(elements(runtime, fd, spec).join());
  }
  return { program: name, errno: 0, message: '', runs, maps };
}

/** libbpf names maps of global data after the object; here they have the section's name. */
export function mapName(name: string): string {
  return name.replace(/^[^.]*(?=\.(data|bss|rodata|kconfig))/, '');
}

function run(runtime: Runtime, fd: number, packet: Uint8Array, isContext: boolean): string {
  const attributes = isContext ? contextRun(fd, packet) : packetRun(fd, packet);
  try {
    runtime.bpf('PROG_TEST_RUN', attributes);
  } catch (error) {
    if (error instanceof BpfError) return String(error.errno);
    throw error;
  }
  const out = 'data_out' in attributes ? attributes.data_out.subarray(0, attributes.data_size_out) : [];
  return `${attributes.retval}:${digest(Buffer.from(out).toString('hex'))}`;
}

function packetRun(fd: number, packet: Uint8Array) {
  const size = 1 << 14;
  return {
    prog_fd: fd,
    data_in: packet,
    data_size_in: packet.length,
    data_out: new Uint8Array(size),
    data_size_out: size,
    repeat: 1,
    retval: 0,
  };
}

function contextRun(fd: number, packet: Uint8Array) {
  const context = new Uint8Array(CONTEXT_SIZE);
  context.set(packet.subarray(0, CONTEXT_SIZE));
  return { prog_fd: fd, ctx_in: context, ctx_size_in: CONTEXT_SIZE, retval: 0 };
}

interface Shape {
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
}

function elements(runtime: Runtime, fd: number, { type, keySize, valueSize }: Shape): string[] {
  const found: string[] = [];
  const stride = Math.ceil(valueSize / 8) * 8;
  const value = new Uint8Array(PERCPU.has(type) ? stride * 2 : valueSize);
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
    const shown = PERCPU.has(type) ? summed(value, stride).subarray(0, valueSize) : value;
    if (ARRAYS.has(type) && shown.every((byte) => byte === 0)) continue;
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
