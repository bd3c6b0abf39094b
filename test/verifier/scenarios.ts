/** The `prog_load` operations of recorded scenarios, as inputs of the verifier. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { MapType, type MapTypeName, ProgramType, type ProgramTypeName } from '#dist/shared/uapi.js';
import type { ProgramMap } from '#dist/shared/program/types.js';
import type { Capabilities, FunctionInfo, VerifyInput } from '#dist/shared/program/verifier/types.js';

interface Operation {
  readonly op: string;
  readonly [field: string]: unknown;
}

interface Scenario {
  readonly name: string;
  readonly ops: readonly Operation[];
}

export interface RecordedLoad {
  readonly name: string;
  readonly input: VerifyInput;
  /** Name of the errno, or null for an accepted program. */
  readonly errno: string | null;
  readonly messages: readonly string[];
}

const GOLDEN = fileURLToPath(new URL('../../../test/golden/', import.meta.url));
const SPIN_LOCK_AT = 4;
const TIMER_AT = 8;
/** Types of the scenarios' BTF: its description in the file names them. */
const LOCK_TYPE = 10;
const TIMER_TYPE = 12;

export function recordedLoads(file: string): RecordedLoad[] {
  const loads: RecordedLoad[] = [];
  for (const line of readFileSync(`${GOLDEN}${file}`, 'utf8').trim().split('\n')) {
    loads.push(...loadsOf(JSON.parse(line) as Scenario));
  }
  return loads;
}

function loadsOf(scenario: Scenario): RecordedLoad[] {
  const maps = new Map<string, ProgramMap>();
  const fds = new Map<string, number>();
  const loads: RecordedLoad[] = [];
  let capabilities: Capabilities = 'all';
  let nextFd = 10;
  for (const operation of scenario.ops) {
    if (operation.op === 'set_caps') capabilities = operation['effective'] as Capabilities;
    if (operation['ret'] === `fd:${String(operation['h'])}`) fds.set(operation['h'] as string, nextFd++);
    if (operation.op === 'close') {
      maps.delete(operation['h'] as string);
      fds.delete(operation['h'] as string);
    }
    if (operation.op === 'map_create' && fds.has(operation['h'] as string)) {
      maps.set(operation['h'] as string, mapOf(operation, maps));
    }
    if (operation.op === 'freeze' && operation['ret'] === 0) freeze(maps, operation['map'] as string);
    if (operation.op === 'update' && operation['ret'] === 0) write(maps, operation);
    if (operation.op === 'prog_load' && operation['insns'] !== undefined) {
      loads.push({
        name: scenario.name,
        input: inputOf(operation, maps, fds, capabilities),
        errno: (operation['errno'] as string | undefined) ?? null,
        messages: (operation['msg'] as readonly string[] | undefined) ?? [],
      });
    }
  }
  return loads;
}

function freeze(maps: Map<string, ProgramMap>, handle: string): void {
  const map = maps.get(handle);
  if (map) maps.set(handle, { ...map, frozen: true });
}

function write(maps: Map<string, ProgramMap>, operation: Operation): void {
  const map = maps.get(operation['map'] as string);
  const value = operation['value'];
  if (map?.type !== MapType.ARRAY || map.maxEntries !== 1 || typeof value !== 'string') return;
  maps.set(operation['map'] as string, { ...map, contents: new Uint8Array(Buffer.from(value, 'hex')) });
}

let nextId = 1;

function mapOf(operation: Operation, maps: ReadonlyMap<string, ProgramMap>): ProgramMap {
  const type = typeof operation['type'] === 'number' ? operation['type'] : MapType[operation['type'] as MapTypeName];
  const valueType = operation['btf_value_type_id'];
  const inner = maps.get(String(operation['inner_map_fd']));
  const valueSize = operation['value_size'] as number;
  return {
    id: nextId++,
    name: '',
    address: null,
    type,
    keySize: operation['key_size'] as number,
    valueSize,
    maxEntries: operation['max_entries'] as number,
    flags: (operation['map_flags'] as number) & ~24,
    frozen: false,
    spinLock: valueType === LOCK_TYPE ? SPIN_LOCK_AT : -1,
    timer: valueType === TIMER_TYPE ? TIMER_AT : -1,
    workqueue: -1,
    ...(inner && (type === MapType.ARRAY_OF_MAPS || type === MapType.HASH_OF_MAPS)
      ? { inner: { ...inner, id: 0, address: null } }
      : {}),
    ...(type === MapType.ARRAY && operation['max_entries'] === 1 ? { contents: new Uint8Array(valueSize) } : {}),
  };
}

interface Relocation {
  readonly insn: number;
  readonly map: string;
}

function inputOf(
  operation: Operation,
  maps: ReadonlyMap<string, ProgramMap>,
  fds: ReadonlyMap<string, number>,
  capabilities: Capabilities,
): VerifyInput {
  const insns = new Uint8Array(Buffer.from(operation['insns'] as string, 'hex'));
  const view = new DataView(insns.buffer);
  for (const { insn, map } of (operation['relocs'] ?? []) as readonly Relocation[]) {
    view.setInt32(insn * 8 + 4, fds.get(map) ?? (map === '!null' ? 9 : -1), true);
  }
  const mapsByFd = new Map<number, ProgramMap | 'other'>([[9, 'other']]);
  for (const [handle, fd] of fds) mapsByFd.set(fd, maps.get(handle) ?? 'other');
  const functions = (operation['func_info'] as readonly (readonly number[])[] | undefined)?.map(
    ([slot = 0]): FunctionInfo => ({
      slot,
      name: `f${slot}`,
      linkage: 'static',
      parameters: [],
      returns: { kind: 'scalar' },
    }),
  );
  return {
    name: 'recorded',
    insns,
    type: ProgramType[operation['prog_type'] as ProgramTypeName],
    flags: operation['prog_flags'] as number,
    gpl: operation['license'] === 'GPL',
    capabilities,
    mapsByFd,
    ...(functions ? { functions } : {}),
  };
}
