/** Programs of both generators, verified with an eye on every state and run in the interpreter over random inputs. */
import { readFileSync } from 'node:fs';
import { runOnce } from '#dist/api/programs/run-once.js';
import { planTest } from '#dist/api/programs/test-run.js';
import { type Arena, createArena } from '#dist/shared/arena.js';
import { interpreterEnvironment, stackOf } from '#dist/shared/execution/interpret.js';
import { assemble } from '#dist/shared/program/asm/index.js';
import { encode } from '#dist/shared/program/insn/codec.js';
import { interpret, type Machine, type MachineState } from '#dist/shared/program/interpreter/index.js';
import type { CheckedProgram, ProgramMap } from '#dist/shared/program/types.js';
import type { FunctionInfo, VerifyInput } from '#dist/shared/program/verifier/index.js';
import { MapType, ProgramType } from '#dist/shared/uapi.js';
import { generate } from '../../fuzz/programs/generate.js';
import { Generator } from '../fuzz/generate/index.js';
import { FUZZ_MAPS, programMap } from '../fuzz/maps.js';
import { Random } from '../fuzz/random.js';
import { type Moment, momentOf } from './contain.js';
import { joins } from './joins.js';

const MIB = 1024 * 1024;
const FIRST_FD = 100;
const RAW_CONTEXT = 96;

interface MapShape {
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags?: number;
}

/** An arena with the maps of the border generator, and what a program of the other one brings along. */
export class World {
  readonly arena: Arena;
  readonly #border = new Map<string, ProgramMap>();
  readonly #borderFds = new Map<string, number>();
  #nextId = 1;

  constructor() {
    const module = new WebAssembly.Module(readFileSync(new URL(import.meta.resolve('#dist/shared/core.wasm'))));
    this.arena = createArena({ bytes: 64 * MIB, slots: 2, cpus: 2, module });
    this.arena.core.leaseCpu();
    FUZZ_MAPS.forEach((map, index) => {
      const address = this.#create(map);
      const here = { ...programMap(map, index + 1, this.#border), address };
      this.#border.set(map.key, here.inner ? { ...here, inner: { ...here.inner, address: null } } : here);
      this.#borderFds.set(map.key, FIRST_FD + index);
    });
    this.#fillOuter();
  }

  /** A program near the border of safe. */
  border(seed: number): VerifyInput {
    const { type, insns, flags } = new Generator(seed, this.#borderFds).program();
    const mapsByFd = new Map([...this.#borderFds].map(([key, fd]) => [fd, this.#border.get(key) as ProgramMap]));
    return { name: `border ${seed}`, type, insns, flags, gpl: true, mapsByFd };
  }

  /** A program whose paths meet with different values. */
  joins(seed: number): VerifyInput {
    const { insns } = assemble(joins(seed), { maps: { array: this.#borderFds.get('array') as number } });
    const mapsByFd = new Map([[this.#borderFds.get('array') as number, this.#border.get('array') as ProgramMap]]);
    return { name: `joins ${seed}`, type: ProgramType.XDP, insns: encode(insns), gpl: true, mapsByFd };
  }

  /** A program that uses all instructions, and the maps that live until `done` is called. */
  broad(seed: number): { readonly input: VerifyInput; readonly done: () => void } {
    const mapTypes = [MapType.ARRAY, MapType.PERCPU_ARRAY, MapType.HASH, MapType.PERCPU_HASH];
    const { type, insns, uses, maps, functions: starts } = generate(seed, { mapTypes });
    const made = maps.map((map, index): ProgramMap => {
      const { entries: _, ...shape } = map;
      const address = this.#create(map);
      for (const [key, value] of map.entries) this.#set(address, key, value);
      const rest = { flags: 0, frozen: false, spinLock: -1, timer: -1, workqueue: -1 };
      return { id: index + 1, name: `map${index}`, address, ...shape, ...rest };
    });
    const bytes = encode(insns);
    const view = new DataView(bytes.buffer);
    for (const { slot, map, kind } of uses) if (kind !== 'call') view.setInt32(slot * 8 + 4, FIRST_FD + map, true);
    const mapsByFd = new Map(made.map((map, index) => [FIRST_FD + index, map]));
    const done = () => {
      for (const { address } of made) this.arena.core.mapRetire(address as number);
      this.arena.core.mapReap();
    };
    const functions = starts.map(
      (slot): FunctionInfo => ({
        slot,
        name: `f${slot}`,
        linkage: 'static',
        parameters: [],
        returns: { kind: 'scalar' },
      }),
    );
    return { input: { name: `broad ${seed}`, type, insns: bytes, gpl: true, mapsByFd, functions }, done };
  }

  /** One run over a random input; `see` is called before each of the first `limit` instructions. */
  run(program: CheckedProgram, seed: number, limit: number, see: (moment: Moment) => void): void {
    const random = new Random(seed);
    const plan = planTest(input(program, random), program.type, program.maxContextOffset);
    const subject = { id: 1, name: 'soundness', type: program.type, module: null, offsets: NO_OFFSETS, counters: 0 };
    const host = { now: () => random.u32() * (random.chance(50) ? 1 : 1e6), printk: () => undefined };
    const environment = interpreterEnvironment(this.arena, 1, host, () => undefined);
    const run = (context: number, contextBytes: number) => {
      const tops: number[] = [];
      const before = (state: MachineState) => {
        tops.length = state.depth;
        tops[state.depth - 1] = Number(state.registers[10]);
        if (state.executed < limit) see(momentOf(state as Machine, context, tops));
      };
      const request = { program, environment, context, contextBytes, ...stackOf(this.arena), before };
      return interpret(request);
    };
    runOnce(this.arena, subject as never, { interpret: run }, plan);
  }

  #create({ type, keySize, valueSize, maxEntries, flags = 0 }: MapShape): number {
    const address = this.arena.core.mapCreate(
      type,
      keySize,
      valueSize,
      maxEntries,
      flags,
      7,
      this.#nextId++,
      0,
      -1,
      -1,
      -1,
    );
    if (address < 0) throw new Error(`a map of type ${type} cannot be made: ${address}`);
    return address;
  }

  #set(map: number, key: Uint8Array, value: Uint8Array): void {
    const scratch = this.arena.core.slotScratch(this.arena.slot);
    this.arena.u8.set(key, scratch);
    for (let cpu = 0; cpu < 2; cpu++) this.arena.u8.set(value, scratch + 64 + cpu * value.length);
    const errno = this.arena.core.elementUpdate(map, scratch, scratch + 64, 0);
    if (errno !== 0) throw new Error(`an element cannot be set: ${errno}`);
  }

  /** Two inner maps a kind of outer map, and elements in the hash maps, so that look-ups find something. */
  #fillOuter(): void {
    const { core, slot, u8 } = this.arena;
    const shape = (key: string) => FUZZ_MAPS.find((map) => map.key === key) as MapShape;
    for (const [name, size] of [
      ['hash', 8],
      ['small', 4],
      ['lru', 4],
    ] as const) {
      // biome-ignore format: a table
      for (let key = 0; key < 4; key++) {
        const bytes = new Uint8Array(size);
        bytes[0] = key;
        this.#set(
          this.#border.get(name)?.address as number,
          bytes,
          new Uint8Array(shape(name).valueSize).fill(17 * key),
        );
      }
    }
    for (const index of [0, 1, 3]) {
      core.arrayOfMapsExchange(this.#border.get('outer')?.address as number, index, this.#create(shape('array')));
      const inner = this.#create(shape('hash'));
      for (let key = 0; key < 4; key++) this.#set(inner, Uint8Array.of(key, 0, 0, 0, 0, 0, 0, 0), new Uint8Array(24));
      const scratch = core.slotScratch(slot);
      u8.set([index, 0, 0, 0], scratch);
      core.hashOfMapsUpdate(this.#border.get('outerhash')?.address as number, scratch, inner, 0);
    }
  }
}

const NO_OFFSETS = new Uint32Array(0);

/** Small numbers and wild ones. */
function randomBytes(random: Random, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  const mode = random.below(3);
  for (let index = 0; index < length; index++) {
    bytes[index] = mode === 0 ? random.u32() : mode === 1 && index % 4 === 0 ? random.below(32) : 0;
  }
  return bytes;
}

function input(program: CheckedProgram, random: Random): Parameters<typeof planTest>[0] {
  if (program.type === ProgramType.RAW_TRACEPOINT) {
    const context = randomBytes(random, RAW_CONTEXT);
    return { prog_fd: 0, ctx_in: context, ctx_size_in: context.length };
  }
  const packet = randomBytes(random, random.pick([14, 15, 20, 34, 60, 64, 100, 200, 700]));
  // A test run refuses an IP packet without room for its header.
  if (program.type !== ProgramType.XDP) packet.set(packet.length >= 60 ? [8, 0] : [0x88, 0xb5], 12);
  return { prog_fd: 0, data_in: packet, data_size_in: packet.length };
}
