/** One small arena, and runs of assembly text in it. */
import { readFileSync } from 'node:fs';
import { type Arena, createArena } from '#dist/shared/arena.js';
import { PACKET_RECORD } from '#dist/shared/core-exports.js';
import { interpreterEnvironment, stackOf } from '#dist/shared/execution/interpret.js';
import { assemble } from '#dist/shared/program/asm/index.js';
import type { RunRequest } from '#dist/shared/program/interpreter/index.js';
import type { CheckedProgram, ProgramMap } from '#dist/shared/program/types.js';
import { ProgramType } from '#dist/shared/uapi.js';

const coreModule = new WebAssembly.Module(readFileSync(new URL(import.meta.resolve('#dist/shared/core.wasm'))));
export const arena: Arena = createArena({ bytes: 16 * 1024 * 1024, slots: 2, cpus: 1, module: coreModule });
const HOST = { now: () => 0, printk: () => undefined };
const LOAD_MAP = 0x18;
const MAP_FD = 1;
let nextId = 1;

export function makeMap(
  map: Pick<ProgramMap, 'type' | 'keySize' | 'valueSize' | 'maxEntries'> & { flags?: number },
): ProgramMap {
  const { type, keySize, valueSize, maxEntries, flags = 0 } = map;
  const id = nextId++;
  const address = arena.core.mapCreate(type, keySize, valueSize, maxEntries, flags, 1, id, 0, -1, -1, -1);
  if (address < 0) throw new Error(`the core cannot make a map of type ${type} (${address})`);
  return {
    id,
    name: `m${id}`,
    address,
    type,
    keySize,
    valueSize,
    maxEntries,
    flags,
    frozen: false,
    spinLock: -1,
    timer: -1,
    workqueue: -1,
  };
}

/** `map[name]` in the text stands for a map of `maps`. */
export function program(
  source: string,
  maps: Readonly<Record<string, ProgramMap>> = {},
  type: number = ProgramType.XDP,
): CheckedProgram {
  const names = Object.keys(maps);
  const { insns } = assemble(source, { maps: Object.fromEntries(names.map((name, index) => [name, index])) });
  const references = [];
  let slot = 0;
  for (const insn of insns) {
    const named = insn.opcode === LOAD_MAP && insn.src === MAP_FD ? maps[names[insn.imm] as string] : undefined;
    if (named !== undefined) references.push({ slot, kind: 'map' as const, map: named, offset: 0 });
    slot += insn.opcode === LOAD_MAP ? 2 : 1;
  }
  return { name: 'test', type, insns, references, calls: [] };
}

/** Lay a packet of 64 bytes out and give what a run needs. */
export function request(checked: CheckedProgram, programs: Readonly<Record<number, CheckedProgram>> = {}): RunRequest {
  const record = arena.core.memoryAllocate(PACKET_RECORD.size + 64);
  const word = record >>> 2;
  arena.u32[word + PACKET_RECORD.data / 4] = record + PACKET_RECORD.size;
  arena.u32[word + PACKET_RECORD.length / 4] = 64;
  arena.u32[word + PACKET_RECORD.arg0 / 4] = 1;
  arena.u8.fill(0x11, record + PACKET_RECORD.size, record + PACKET_RECORD.size + 64);
  const context = arena.core.runPrepare(record, checked.type);
  arena.core.memoryFree(record);
  arena.core.beginRun();
  const environment = interpreterEnvironment(arena, 1, HOST, (id) => programs[id]);
  return { program: checked, environment, context, stackTop: stackOf(arena).stackTop };
}
