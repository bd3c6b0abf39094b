/**
 * Setting a benchmark program up through bpf(2) calls. The library's `runtime.bpf()` and the kernel peer take
 * the same commands and attributes, so one function fills both sides' maps from the same bytes.
 */
import { type BenchFill, type BenchMap, type BenchProgram, relocate } from './programs.js';

type Attributes = Record<string, number | bigint | string | Uint8Array | null | undefined>;
type Command = 'MAP_CREATE' | 'MAP_UPDATE_ELEM' | 'MAP_UPDATE_BATCH' | 'PROG_LOAD' | 'PROG_TEST_RUN';

/** bpf(2) and close(2), of the library or of the kernel. Both throw when a call is refused. */
export interface Syscalls {
  bpf(command: Command, attributes: Attributes): number;
  close(fd: number): void;
  /** A function that consumes all records of a ring buffer. */
  drainer(fd: number): () => void;
}

export interface PreparedProgram {
  readonly fd: number;
  /** Descriptors of the maps, in the program's order. */
  readonly maps: readonly number[];
  /** Consumes what the program's ring buffers hold. */
  drain(): void;
  /** So many runs fit in the rings. */
  readonly runsBeforeDrain: number;
  close(): void;
}

const SCHED_CLS = 3;
const RINGBUF = 27;
/** Of bench/programs/README.md. */
const RUNS_BEFORE_DRAIN = 400;
/** Multiplier of the README's key sequence: key number i is i × this, modulo 2^64. */
const KEY_FACTOR = 0x9e3779b97f4a7c15n;
/** Elements of one batch call. */
const BATCH = 65_536;

/** Create and fill the maps of `program`, and load it. */
export function prepareProgram(syscalls: Syscalls, program: BenchProgram): PreparedProgram {
  const opened: number[] = [];
  const close = () => {
    for (const fd of opened.splice(0).reverse()) syscalls.close(fd);
  };
  try {
    const maps = program.maps.map((map) => {
      const fd = map.inner === null ? createFilled(syscalls, map) : createOuter(syscalls, map, map.inner);
      opened.push(fd);
      return fd;
    });
    const insns = relocate(program, maps);
    const license = new TextEncoder().encode('GPL\0');
    const attributes = { prog_type: SCHED_CLS, insns, insn_cnt: insns.length / 8, license, prog_name: 'bench' };
    const fd = syscalls.bpf('PROG_LOAD', attributes);
    opened.push(fd);
    const drainers = maps
      .filter((_, index) => program.maps[index]?.type === RINGBUF)
      .map((map) => syscalls.drainer(map));
    const drain = () => {
      for (const each of drainers) each();
    };
    return {
      fd,
      maps,
      drain,
      runsBeforeDrain: drainers.length > 0 ? RUNS_BEFORE_DRAIN : Number.POSITIVE_INFINITY,
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

function create(syscalls: Syscalls, map: BenchMap, innerFd?: number): number {
  return syscalls.bpf('MAP_CREATE', {
    map_type: map.type,
    key_size: map.key_size,
    value_size: map.value_size,
    max_entries: map.max_entries,
    map_flags: map.map_flags,
    ...(innerFd === undefined ? {} : { inner_map_fd: innerFd }),
  });
}

function createFilled(syscalls: Syscalls, map: BenchMap): number {
  const fd = create(syscalls, map);
  if (map.fill !== null) fill(syscalls, fd, map, map.fill);
  return fd;
}

/** The slots hold the only references to the inner maps; the first of them serves as the template. */
function createOuter(syscalls: Syscalls, outer: BenchMap, inner: BenchMap): number {
  const first = createFilled(syscalls, inner);
  const fd = create(syscalls, outer, first);
  for (let slot = 0; slot < (outer.slots ?? 0); slot++) {
    const innerFd = slot === 0 ? first : createFilled(syscalls, inner);
    const attributes = { map_fd: fd, key: word(slot), value: word(innerFd), flags: 0 };
    syscalls.bpf('MAP_UPDATE_ELEM', attributes);
    if (slot > 0) syscalls.close(innerFd);
  }
  syscalls.close(first);
  return fd;
}

function word(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

function fill(syscalls: Syscalls, fd: number, map: BenchMap, { kind, count, entries }: BenchFill): void {
  if (kind === 'entries') {
    fillEntries(syscalls, fd, entries ?? []);
    return;
  }
  for (let start = 0; start < count; start += BATCH) {
    const size = Math.min(BATCH, count - start);
    const keys = kind === 'array' ? arrayKeys(start, size) : hashKeys(start, size);
    const values = fillValues(map.value_size, start, size);
    const attributes = { map_fd: fd, keys, values, count: size };
    syscalls.bpf('MAP_UPDATE_BATCH', attributes);
    if (attributes.count !== size) throw new Error(`filled ${attributes.count} of ${size} elements`);
  }
}

function fillEntries(syscalls: Syscalls, fd: number, entries: readonly (readonly [string, string])[]): void {
  for (const [key, value] of entries) {
    const attributes = {
      map_fd: fd,
      key: Uint8Array.from(Buffer.from(key, 'hex')),
      value: Uint8Array.from(Buffer.from(value, 'hex')),
      flags: 0,
    };
    syscalls.bpf('MAP_UPDATE_ELEM', attributes);
  }
}

function arrayKeys(start: number, count: number): Uint8Array {
  return new Uint8Array(Uint32Array.from({ length: count }, (_, index) => start + index).buffer);
}

function hashKeys(start: number, count: number): Uint8Array {
  const keys = new BigUint64Array(count);
  // Storing in a BigUint64Array takes the value modulo 2^64.
  for (let index = 0; index < count; index++) keys[index] = BigInt(start + index) * KEY_FACTOR;
  return new Uint8Array(keys.buffer);
}

/** Value of element i: the u64 2·i + 1, in the first 8 bytes. */
function fillValues(size: number, start: number, count: number): Uint8Array {
  const bytes = new Uint8Array(size * count);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < count; index++) view.setUint32(index * size, 2 * (start + index) + 1, true);
  return bytes;
}
