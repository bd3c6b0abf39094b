/** Runs a random program in three ways, each over maps of its own: compiled, interpreted, and in the live kernel. */
import { readFileSync } from 'node:fs';
import { runOnce, type TestEngine } from '#dist/api/programs/run-once.js';
import { planTest } from '#dist/api/programs/test-run.js';
import type { KernelPeer, PeerAttributes } from '#dist/cli/kernel/index.js';
import { type Arena, createArena } from '#dist/shared/arena.js';
import { installProgram, uninstallProgram } from '#dist/shared/execution/install.js';
import { interpreterEnvironment, stackOf } from '#dist/shared/execution/interpret.js';
import { compile } from '#dist/shared/program/compiler/index.js';
import { encode } from '#dist/shared/program/insn/codec.js';
import { interpret, type MachineState } from '#dist/shared/program/interpreter/index.js';
import type { CallFact, CheckedProgram, MapReference, ProgramMap } from '#dist/shared/program/types.js';
import { MapType } from '#dist/shared/uapi.js';
import { functionTypes } from './btf.js';
import type { FuzzMap, FuzzProgram } from './generate.js';

/** Everything that a run shows. */
export interface Outcome {
  readonly r0: number;
  readonly packet: string;
  /** By map: `key=value` in hexadecimal, sorted. */
  readonly maps: readonly (readonly string[])[];
}

const PROGRAM_ID = 1;
/** Random programs call no helper whose result depends on the host. */
const HOST = { now: () => 0, printk: () => undefined };
const NO_OFFSETS = new Uint32Array(0);
const ROOM = 20_000;
const CPUS = 2;
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/** The library's side: an arena with the core, without the rest of the runtime. */
export class OwnSide {
  readonly arena: Arena;
  #nextId = 1;

  constructor() {
    const module = new WebAssembly.Module(readFileSync(new URL(import.meta.resolve('#dist/shared/core.wasm'))));
    this.arena = createArena({ bytes: 64 * 1024 * 1024, slots: 2, cpus: CPUS, module });
    this.arena.core.leaseCpu();
  }

  /** Map types of these that the core has. */
  available(types: readonly number[]): number[] {
    return types.filter((type) => {
      const address = this.#create({ type, keySize: 4, valueSize: 8, maxEntries: 1, entries: [] });
      if (address < 0) return false;
      this.#destroy([address]);
      return true;
    });
  }

  compiled(program: FuzzProgram): Outcome {
    return this.#run(program, (checked) => ({ entry: this.#install(checked) }));
  }

  /** `before` sees each instruction before it is executed; `executed` counts them. */
  interpreted(program: FuzzProgram, before?: (state: MachineState) => void): Outcome & { readonly executed: number } {
    let executed = 0;
    const outcome = this.#run(program, (checked) => ({
      interpret: (context, contextBytes) => {
        const environment = interpreterEnvironment(this.arena, PROGRAM_ID, HOST, () => undefined);
        const count = (state: MachineState) => {
          executed++;
          before?.(state);
        };
        return interpret({
          program: checked,
          environment,
          context,
          contextBytes,
          ...stackOf(this.arena),
          before: count,
        });
      },
    }));
    return { ...outcome, executed };
  }

  #run(program: FuzzProgram, engine: (checked: CheckedProgram) => TestEngine): Outcome {
    const maps = program.maps.map((map) => this.#create(map));
    try {
      const checked = checkedProgram(program, maps);
      const plan = planTest({ prog_fd: 0, data_in: program.packet, data_size_in: program.packet.length }, program.type);
      const subject = { id: 1, name: 'fuzz', type: program.type, module: null, offsets: NO_OFFSETS, counters: 0 };
      const { r0, data } = runOnce(this.arena, subject as never, engine(checked), plan);
      return {
        r0: Number(BigInt.asUintN(32, r0)),
        packet: hex(data),
        maps: program.maps.map((map, index) => this.#contents(map, maps[index] as number)),
      };
    } finally {
      this.#destroy(maps);
    }
  }

  #install(checked: CheckedProgram): number {
    const { arena } = this;
    const { wasm } = compile(checked);
    if (wasm === null) throw new Error('the program is too large for WebAssembly');
    uninstallProgram(arena, PROGRAM_ID);
    const module = new WebAssembly.Module(wasm as Uint8Array<ArrayBuffer>);
    return installProgram(arena, { id: PROGRAM_ID, name: 'fuzz', module }, HOST);
  }

  #create(map: FuzzMap): number {
    const { core } = this.arena;
    const address = core.mapCreate(
      map.type,
      map.keySize,
      map.valueSize,
      map.maxEntries,
      0,
      7,
      this.#nextId++,
      0,
      -1,
      -1,
      -1,
    );
    for (const [key, value] of map.entries) {
      const scratch = core.slotScratch(this.arena.slot);
      this.arena.u8.set(key, scratch);
      for (let cpu = 0; cpu < copies(map, CPUS); cpu++) this.arena.u8.set(value, scratch + 64 + cpu * value.length);
      if (core.elementUpdate(address, scratch, scratch + 64, 0) !== 0) throw new Error('an element cannot be set');
    }
    return address;
  }

  #destroy(maps: readonly number[]): void {
    for (const map of maps) if (map >= 0) this.arena.core.mapRetire(map);
    this.arena.core.mapReap();
  }

  #contents(map: FuzzMap, address: number): string[] {
    const { core, u8 } = this.arena;
    const scratch = core.slotScratch(this.arena.slot);
    const pairs: string[] = [];
    for (let key = 0; core.elementNextKey(address, key, scratch + 1024) === 0; key = scratch) {
      u8.copyWithin(scratch, scratch + 1024, scratch + 1024 + map.keySize);
      if (core.elementLookup(address, scratch, scratch + 64) !== 0) continue;
      const value = u8.slice(scratch + 64, scratch + 64 + map.valueSize * copies(map, CPUS));
      pairs.push(`${hex(u8.slice(scratch, scratch + map.keySize))}=${valueText(map, value)}`);
    }
    return pairs.sort();
  }
}

/** As the verifier would hand it on: the generator knows every map. */
export function checkedProgram(program: FuzzProgram, addresses: readonly number[]): CheckedProgram {
  const maps = program.maps.map(
    (map, index): ProgramMap => ({
      id: index + 1,
      name: `map${index}`,
      address: addresses[index] as number,
      type: map.type,
      keySize: map.keySize,
      valueSize: map.valueSize,
      maxEntries: map.maxEntries,
      flags: 0,
      frozen: false,
      spinLock: -1,
      timer: -1,
      workqueue: -1,
    }),
  );
  const references: MapReference[] = [];
  const calls: CallFact[] = [];
  for (const { slot, map, kind, offset } of program.uses) {
    const named = maps[map] as ProgramMap;
    if (kind === 'call') calls.push({ slot, map: named });
    else references.push({ slot, kind, map: named, offset });
  }
  return { name: 'fuzz', type: program.type, insns: program.insns, references, calls };
}

const PER_CPU: readonly number[] = [MapType.PERCPU_ARRAY, MapType.PERCPU_HASH, MapType.LRU_PERCPU_HASH];

/** The kernel's possible CPUs, of which per-CPU values have a copy each. */
const KERNEL_CPUS = possibleCpus();

function possibleCpus(): number {
  try {
    const last = /(\d+)\s*$/.exec(readFileSync('/sys/devices/system/cpu/possible', 'utf8'));
    return Number(last?.[1] ?? 0) + 1;
  } catch {
    return 1; // No Linux, so no kernel to ask either.
  }
}

/** Values of the generator are multiples of 8 bytes, so that copies lie without gaps. */
function copies(map: FuzzMap, cpus: number): number {
  return PER_CPU.includes(map.type) ? cpus : 1;
}

function repeated(value: Uint8Array, times: number): Uint8Array {
  const all = new Uint8Array(value.length * times);
  for (let index = 0; index < times; index++) all.set(value, index * value.length);
  return all;
}

/** Which CPU a run is on differs from side to side: per-CPU values are shown as the set of their copies. */
function valueText(map: FuzzMap, bytes: Uint8Array): string {
  const texts = new Set<string>();
  for (let at = 0; at < bytes.length; at += map.valueSize) texts.add(hex(bytes.subarray(at, at + map.valueSize)));
  return [...texts].sort().join('|');
}

export class Refused extends Error {}

/** The kernel's side. Throws Refused, with the verifier's last lines, when it does not take the program. */
export function kernelOutcome(kernel: KernelPeer, program: FuzzProgram): Outcome {
  const fds: number[] = [];
  try {
    for (const map of program.maps) {
      const fd = kernel.mapCreate(map);
      fds.push(fd);
      for (const [key, value] of map.entries) kernel.update(fd, key, repeated(value, copies(map, KERNEL_CPUS)));
    }
    const programFd = loadInKernel(kernel, program, fds);
    fds.push(programFd);
    const out = new Uint8Array(ROOM);
    const attributes: PeerAttributes = {
      prog_fd: programFd,
      data_in: program.packet,
      data_size_in: program.packet.length,
      data_out: out,
      data_size_out: ROOM,
    };
    kernel.bpf('PROG_TEST_RUN', attributes);
    return {
      r0: Number(attributes['retval']),
      packet: hex(out.subarray(0, Number(attributes['data_size_out']))),
      maps: program.maps.map((map, index) => kernelContents(kernel, map, fds[index] as number)),
    };
  } finally {
    for (const fd of fds) kernel.close(fd);
  }
}

/** Load with BTF: the kernel takes callbacks only from programs whose functions have types. */
function loadInKernel(kernel: KernelPeer, program: FuzzProgram, maps: readonly number[]): number {
  const insns = encode(program.insns);
  const view = new DataView(insns.buffer);
  for (const { slot, map, kind } of program.uses)
    if (kind !== 'call') view.setInt32(slot * 8 + 4, maps[map] as number, true);
  const license = new TextEncoder().encode('GPL\0');
  const types = functionTypes(program.functions);
  const btf = kernel.bpf('BTF_LOAD', { btf: types.btf, btf_size: types.btf.length });
  const attributes: PeerAttributes = {
    prog_type: program.type,
    insn_cnt: insns.length / 8,
    insns,
    license,
    prog_btf_fd: btf,
    func_info: types.info,
    func_info_rec_size: 8,
    func_info_cnt: program.functions.length,
  };
  try {
    return loadOrRefuse(kernel, attributes);
  } finally {
    kernel.close(btf);
  }
}

function loadOrRefuse(kernel: KernelPeer, attributes: PeerAttributes): number {
  const fd = kernel.attempt('PROG_LOAD', attributes);
  if (fd >= 0) return fd;
  const log = new Uint8Array(1 << 20);
  kernel.attempt('PROG_LOAD', { ...attributes, log_level: 1, log_size: log.length, log_buf: log });
  const text = new TextDecoder()
    .decode(log.subarray(0, log.indexOf(0)))
    .trimEnd()
    .split('\n');
  throw new Refused(`${fd}: ${text.slice(-4).join(' / ')}`);
}

function kernelContents(kernel: KernelPeer, map: FuzzMap, fd: number): string[] {
  const pairs: string[] = [];
  for (let key = kernel.nextKey(fd, null, map.keySize); key !== undefined; key = kernel.nextKey(fd, key, map.keySize)) {
    const value = kernel.lookup(fd, key, map.valueSize * copies(map, KERNEL_CPUS));
    if (value !== undefined) pairs.push(`${hex(key)}=${valueText(map, value)}`);
  }
  return pairs.sort();
}
