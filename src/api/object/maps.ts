/** Creating the maps of an object, in the order in which they are declared. */
import { isOuterType, MapType } from '../../shared/uapi.js';
import { nearest } from '../../shared/text/nearest.js';
import { ObjectError, type ObjectMapSpec, type ObjectSpec } from '../../shared/object/index.js';
import { BpfError } from '../errors.js';
import type { MapProperties } from '../kernel/objects.js';
import { isMapObject } from '../map.js';
import type { RuntimeParts } from '../runtime/parts.js';
import type { Descriptors } from './descriptors.js';
import type { CheckedLoadOptions } from './options.js';

/** A map that is there: created, found by its pin, or given by the caller. */
export interface CreatedMap {
  readonly spec: ObjectMapSpec;
  readonly fd: number;
  /** Given by the caller, who also closes it. */
  readonly borrowed: boolean;
  /** Whether its contents are new, and so have to be written. */
  readonly fresh: boolean;
}

/** MAP_CREATE takes no BTF types for these, as libbpf knows too. */
const UNTYPED: ReadonlySet<number> = new Set([
  MapType.PERF_EVENT_ARRAY,
  MapType.CGROUP_ARRAY,
  MapType.STACK_TRACE,
  MapType.ARRAY_OF_MAPS,
  MapType.HASH_OF_MAPS,
  MapType.DEVMAP,
  MapType.DEVMAP_HASH,
  MapType.CPUMAP,
  MapType.XSKMAP,
  MapType.SOCKMAP,
  MapType.SOCKHASH,
  MapType.QUEUE,
  MapType.STACK,
  MapType.ARENA,
  MapType.PROG_ARRAY,
]);
const PAGE = 4096;

export class MapMaker {
  readonly #parts: RuntimeParts;
  readonly #descriptors: Descriptors;
  readonly #options: CheckedLoadOptions;
  readonly #btfFd: number;

  /** @param btfFd 0 = the object has no BTF. */
  constructor(parts: RuntimeParts, descriptors: Descriptors, options: CheckedLoadOptions, btfFd: number) {
    this.#parts = parts;
    this.#descriptors = descriptors;
    this.#options = options;
    this.#btfFd = btfFd;
  }

  /** All maps, their contents written. Throws BpfError as MAP_CREATE does, ObjectError for a map that cannot be reused. */
  make({ maps }: ObjectSpec): Map<string, CreatedMap> {
    const { reuse = {} } = this.#options;
    for (const name of Object.keys(reuse)) {
      if (maps[name] === undefined) throw unresolved(`reuse.${name}: ${noSuchMap(name, Object.keys(maps))}`);
    }
    const made = new Map<string, CreatedMap>();
    for (const [name, spec] of Object.entries(maps)) {
      const given = Object.hasOwn(reuse, name) ? reuse[name] : undefined;
      made.set(name, given === undefined ? this.#obtain(spec) : this.#borrow(spec, given));
    }
    for (const map of made.values()) if (map.fresh) this.#fill(map, made);
    return made;
  }

  #borrow(spec: ObjectMapSpec, given: unknown): CreatedMap {
    const what = `reuse.${spec.name}`;
    if (!isMapObject(given) || given.host !== this.#parts) throw unresolved(`${what}: expected a map of this runtime`);
    if (given.closed) throw unresolved(`${what}: the map is closed`);
    this.#checkCompatible(what, spec, given.object);
    return { spec, fd: given.fd, borrowed: true, fresh: false };
  }

  #obtain(spec: ObjectMapSpec): CreatedMap {
    const path = spec.pinning === 'byName' ? `${this.#options.pinPath}/${spec.name}` : undefined;
    const pinned = path === undefined ? undefined : this.#findPin(path);
    if (pinned !== undefined) {
      this.#checkCompatible(
        `map ${spec.name}, pinned at ${path}`,
        spec,
        this.#parts.kernel.mapFile(pinned, 'OBJ_GET').map,
      );
      return { spec, fd: pinned, borrowed: false, fresh: false };
    }
    const fd = this.#create(spec);
    if (path !== undefined) this.#bpf('OBJ_PIN', { pathname: cString(path), bpf_fd: fd });
    return { spec, fd, borrowed: false, fresh: true };
  }

  #findPin(path: string): number | undefined {
    try {
      return this.#descriptors.add(this.#bpf('OBJ_GET', { pathname: cString(path) }));
    } catch (error) {
      if (error instanceof BpfError && error.code === 'ENOENT') return undefined;
      throw error;
    }
  }

  #create(spec: ObjectMapSpec): number {
    const template = spec.inner === undefined ? 0 : this.#create(spec.inner);
    try {
      return this.#descriptors.add(this.#mapCreate(spec, template));
    } catch (error) {
      if (!(error instanceof BpfError)) throw error;
      throw new BpfError(error.code, 'MAP_CREATE', `map ${spec.name}: ${error.message}${hintOf(spec)}`, {
        cause: error,
        ...missingOf(error),
      });
    } finally {
      // The template is copied at creation.
      if (template !== 0) this.#descriptors.close(template);
    }
  }

  /** As libbpf, a map whose types are refused is created without them. */
  #mapCreate(spec: ObjectMapSpec, template: number): number {
    const attributes = this.#attributes(spec, template);
    if (this.#btfFd === 0 || spec.valueType === 0 || UNTYPED.has(spec.type)) return this.#bpf('MAP_CREATE', attributes);
    const types = { btf_fd: this.#btfFd, btf_key_type_id: spec.keyType, btf_value_type_id: spec.valueType };
    try {
      return this.#bpf('MAP_CREATE', { ...attributes, ...types });
    } catch (refused) {
      try {
        return this.#bpf('MAP_CREATE', attributes);
      } catch {
        // The first refusal is about what the object asked for.
        throw refused;
      }
    }
  }

  #attributes(spec: ObjectMapSpec, template: number): Record<string, number | string> {
    return {
      map_type: spec.type,
      key_size: spec.keySize,
      value_size: spec.valueSize,
      max_entries: this.#maxEntries(spec),
      map_flags: spec.flags,
      map_name: spec.kernelName,
      numa_node: spec.numaNode,
      map_extra: spec.mapExtra,
      ...(isOuterType(spec.type) && template !== 0 ? { inner_map_fd: template } : {}),
    };
  }

  /** 0 means a ring for each CPU; sizes of ring buffers are rounded up to what is legal. */
  #maxEntries({ type, maxEntries }: ObjectMapSpec): number {
    if (type === MapType.PERF_EVENT_ARRAY && maxEntries === 0) return this.#parts.options.possibleCpus;
    if (type !== MapType.RINGBUF && type !== MapType.USER_RINGBUF) return maxEntries;
    let size = PAGE;
    while (size < maxEntries && size < 0x8000_0000) size *= 2;
    return size;
  }

  /** Global data, and the inner maps that stand in outer ones from the start. */
  #fill({ spec, fd }: CreatedMap, made: ReadonlyMap<string, CreatedMap>): void {
    if (spec.contents !== undefined) {
      this.#bpf('MAP_UPDATE_ELEM', { map_fd: fd, key: new Uint8Array(4), value: spec.contents });
      if (spec.frozen) this.#bpf('MAP_FREEZE', { map_fd: fd });
    }
    if (!isOuterType(spec.type)) return;
    for (const { index, name } of spec.entries) {
      const inner = made.get(name);
      if (inner === undefined) throw unresolved(`map ${spec.name}: value ${index} is map ${name}, which is not there`);
      this.#bpf('MAP_UPDATE_ELEM', { map_fd: fd, key: word(index, spec.keySize), value: word(inner.fd, 4) });
    }
  }

  #checkCompatible(what: string, spec: ObjectMapSpec, map: MapProperties): void {
    const wanted = {
      type: spec.type,
      keySize: spec.keySize,
      valueSize: spec.valueSize,
      maxEntries: this.#maxEntries(spec),
      flags: spec.flags,
    };
    for (const [property, value] of Object.entries(wanted)) {
      const found = map[property as keyof typeof wanted];
      if (found !== value) throw unresolved(`${what}: ${property} is ${found}, the object has ${value}`);
    }
  }

  #bpf(...call: Parameters<RuntimeParts['syscalls']['bpf']>): number {
    return this.#parts.syscalls.bpf(...call);
  }
}

function unresolved(message: string): ObjectError {
  return new ObjectError('ERR_INNERMAP_OBJECT_UNRESOLVED', message);
}

function noSuchMap(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  const hint = near === undefined ? `it has ${known.join(', ') || 'none'}` : `did you mean ${near}?`;
  return `the object has no map of that name: ${hint}`;
}

/** What an outer map without a template is refused for. */
function hintOf({ name, type, inner }: ObjectMapSpec): string {
  if (!isOuterType(type) || inner !== undefined) return '';
  return (
    ': the object says nothing of its inner maps; declare them by __array(values, struct …), or set ' +
    `spec.maps['${name}'].inner before the load`
  );
}

function missingOf({ missing }: BpfError): { missing?: string } {
  return missing === undefined ? {} : { missing };
}

/** A little-endian number in so many bytes. */
export function word(value: number, size: number): Uint8Array {
  const bytes = new Uint8Array(Math.max(4, size));
  new DataView(bytes.buffer).setInt32(0, value, true);
  return bytes.subarray(0, size);
}

function cString(text: string): Uint8Array {
  return new TextEncoder().encode(`${text}\0`);
}
