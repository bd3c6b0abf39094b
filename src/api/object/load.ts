/** From an object file to living maps and programs. */
import { BtfError } from '../../shared/object/errors.js';
import { writeBtf } from '../../shared/object/btf/index.js';
import { codecOf, rawBytes } from '../../shared/object/codecs/index.js';
import { CoreRelocator } from '../../shared/object/core/relocate.js';
import { readTargetBtf } from '../../shared/object/core/target.js';
import { type ObjectMapSpec, type ObjectSpec, readObject } from '../../shared/object/index.js';
import { MapType } from '../../shared/uapi.js';
import { BpfError } from '../errors.js';
import { type BpfMap, isMapObject } from '../map.js';
import type { MapObjectBase } from '../map/base.js';
import { OuterMapObject } from '../map/outer-map.js';
import { wrapElements } from '../map/wrap.js';
import type { Program } from '../program.js';
import type { RuntimeParts } from '../runtime/parts.js';
import { Descriptors } from './descriptors.js';
import { LoadedObject } from './loaded-object.js';
import { type CreatedMap, MapMaker, word } from './maps.js';
import { type CheckedLoadOptions, checkLoadOptions, type LoadObjectOptions } from './options.js';
import { ProgramLoader, selectPrograms } from './programs.js';
import { shapeOf } from './shapes.js';
import { ObjectVariable } from './variable.js';

/**
 * Create the maps of an object, write its global data, resolve and load its programs. Rejects with ObjectError for
 * bytes that are no sound object or what it refers to in vain, ObjectProgramError (a BpfError with the verifier's
 * log) for a program that is refused, BpfError for a map. Nothing is left behind then, save for pins.
 */
export async function loadObject(
  parts: RuntimeParts,
  source: ObjectSpec | Uint8Array,
  given?: LoadObjectOptions,
): Promise<LoadedObject> {
  const options = checkLoadOptions(given);
  checkSource(source);
  const spec = source instanceof Uint8Array ? readObject(source, readOptions(options)) : source;
  const selected = selectPrograms(spec, options);
  const target = options.btf && readTargetBtf(options.btf);
  const descriptors = new Descriptors(parts);
  const programs = new Map<string, Program>();
  try {
    const btfFd = loadBtf(parts, spec, descriptors);
    const maps = new MapMaker(parts, descriptors, options, btfFd).make(spec);
    const relocator = spec.btf && new CoreRelocator(spec.btf, target);
    const loader = new ProgramLoader(parts, spec, options, { maps, relocator, btfFd });
    for (const program of selected) {
      const fd = descriptors.add(await loader.load(program));
      programs.set(program.name, parts.programs.open(fd));
      descriptors.release(fd);
    }
    fillProgramArrays(parts, maps, programs);
    const loaded = new Assembly(parts, spec, options, descriptors, maps).finish(programs);
    if (btfFd !== 0) descriptors.close(btfFd);
    return loaded;
  } catch (error) {
    for (const program of programs.values()) program.close();
    descriptors.closeAll();
    throw error;
  }
}

function checkSource(source: unknown): void {
  const isSpec = typeof source === 'object' && source !== null && 'maps' in source && 'programs' in source;
  if (source instanceof Uint8Array || isSpec) return;
  const got = typeof source === 'string' ? `'${source}'` : source === null ? 'null' : typeof source;
  throw new TypeError(
    `loadObject(): source: given ${got}, expected the bytes of an object file (a Uint8Array, as readFile(path) ` +
      'gives) or an ObjectSpec of readObject()',
  );
}

function readOptions({ name, kconfig }: CheckedLoadOptions): Parameters<typeof readObject>[1] {
  return { ...(name === undefined ? {} : { name }), ...(kconfig === undefined ? {} : { kconfig }) };
}

/** 0 when the object has no BTF, or none that is accepted: as with libbpf, it is loaded without then. */
function loadBtf(parts: RuntimeParts, { btf }: ObjectSpec, descriptors: Descriptors): number {
  if (btf === undefined) return 0;
  const bytes = writeBtf(btf);
  try {
    return descriptors.add(parts.syscalls.bpf('BTF_LOAD', { btf: bytes, btf_size: bytes.length }));
  } catch (error) {
    if (error instanceof BpfError && error.cause instanceof BtfError) return 0;
    throw error;
  }
}

/** Programs that stand in a program array from the start; those that were not loaded leave their slots empty. */
function fillProgramArrays(
  parts: RuntimeParts,
  maps: ReadonlyMap<string, CreatedMap>,
  programs: ReadonlyMap<string, Program>,
): void {
  for (const { spec, fd, fresh } of maps.values()) {
    if (spec.type !== MapType.PROG_ARRAY || !fresh) continue;
    for (const { index, name } of spec.entries) {
      const program = programs.get(name);
      if (program === undefined) continue;
      parts.syscalls.bpf('MAP_UPDATE_ELEM', { map_fd: fd, key: word(index, 4), value: word(program.fd, 4) });
    }
  }
}

/** Puts friendly objects over the descriptors of a load. */
class Assembly {
  readonly #parts: RuntimeParts;
  readonly #spec: ObjectSpec;
  readonly #options: CheckedLoadOptions;
  readonly #descriptors: Descriptors;
  readonly #maps: ReadonlyMap<string, CreatedMap>;
  readonly #owned: MapObjectBase[] = [];
  readonly #bare: number[] = [];

  constructor(
    parts: RuntimeParts,
    spec: ObjectSpec,
    options: CheckedLoadOptions,
    descriptors: Descriptors,
    maps: ReadonlyMap<string, CreatedMap>,
  ) {
    this.#parts = parts;
    this.#spec = spec;
    this.#options = options;
    this.#descriptors = descriptors;
    this.#maps = maps;
  }

  finish(programs: ReadonlyMap<string, Program>): LoadedObject {
    const maps = new Map<string, BpfMap>();
    for (const [name, created] of this.#maps) {
      const map = this.#map(created);
      if (map !== undefined) maps.set(name, map);
    }
    const variables = this.#variables();
    const descriptors = new Map([...this.#maps].map(([name, { fd }]) => [name, fd]));
    return new LoadedObject({
      spec: this.#spec,
      maps: record(maps),
      programs: record(programs),
      variables: record(variables),
      descriptors: record(descriptors),
      release: () => {
        for (const map of this.#owned) map.close();
        for (const fd of this.#bare.splice(0)) this.#parts.syscalls.close(fd);
      },
    });
  }

  #map({ spec, fd, borrowed }: CreatedMap): BpfMap | undefined {
    const given = this.#options.reuse?.[spec.name];
    if (borrowed && isMapObject(given)) return given;
    this.#descriptors.release(fd);
    const map = this.#wrap(spec, fd);
    if (map === undefined) {
      this.#bare.push(fd);
      return undefined;
    }
    this.#parts.registry.add(map);
    this.#owned.push(map);
    return map;
  }

  #wrap(spec: ObjectMapSpec, fd: number): MapObjectBase | undefined {
    const shape = shapeOf(spec, this.#spec.btf);
    if (shape === undefined) return undefined;
    const { map: object } = this.#parts.kernel.mapFile(fd, 'loadObject');
    const identity = { object, fd, shape, flags: spec.flags };
    if (object.inner === undefined) return wrapElements(this.#parts, identity);
    const inner = spec.inner && shapeOf(spec.inner, this.#spec.btf);
    return inner && shape.key && new OuterMapObject<unknown, object>(this.#parts, identity, shape.key, inner);
  }

  #variables(): Map<string, ObjectVariable> {
    const variables = new Map<string, ObjectVariable>();
    for (const [name, variable] of Object.entries(this.#spec.variables)) {
      const map = this.#maps.get(variable.map);
      if (map === undefined) continue;
      const typed = variable.type !== 0 && this.#spec.btf ? codecOf(this.#spec.btf, variable.type) : undefined;
      const codec = typed?.size === variable.size ? typed : rawBytes(variable.size);
      variables.set(name, new ObjectVariable(this.#parts, variable, map, codec));
    }
    return variables;
  }
}

/** Names come from the file: `__proto__` is as good a name as any. */
function record<T>(entries: ReadonlyMap<string, T>): Record<string, T> {
  return Object.assign(Object.create(null) as Record<string, T>, Object.fromEntries(entries));
}
