import { MapFlags, mapTypeName } from '../../../shared/uapi.js';
import { BpfError } from '../../errors.js';
import type { Attributes } from '../attributes.js';

/** 4 MiB, the largest block that the kernel allocates for an element. */
export const MAX_ALLOCATION = 4 * 1024 * 1024;
/** Largest per-CPU allocation. */
export const MAX_PERCPU_ALLOCATION = 32_768;
/** "No node": what numa_node means without the flag, and with it when it is -1. */
export const NO_NODE = -1;

const ACCESS_FLAGS = MapFlags.RDONLY | MapFlags.WRONLY;
export const PROGRAM_ACCESS_FLAGS = MapFlags.RDONLY_PROG | MapFlags.WRONLY_PROG;

/** Attributes of MAP_CREATE as the checks of the map types read them. */
export class CreateRequest {
  readonly attributes: Attributes;
  readonly type: number;
  readonly typeName: string;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  /** Without TOKEN_FD, which concerns the call and not the map. */
  readonly flags: number;
  readonly numaNode: number;

  constructor(attributes: Attributes) {
    this.attributes = attributes;
    this.type = attributes.number('map_type');
    this.typeName = mapTypeName(this.type) ?? `type ${this.type}`;
    this.keySize = attributes.number('key_size');
    this.valueSize = attributes.number('value_size');
    this.maxEntries = attributes.number('max_entries');
    this.flags = (attributes.number('map_flags') & ~MapFlags.TOKEN_FD) >>> 0;
    this.numaNode = this.flags & MapFlags.NUMA_NODE ? attributes.number('numa_node') : NO_NODE;
  }

  /** Flags that belong to the map: RDONLY and WRONLY are the descriptor's. */
  get permanentFlags(): number {
    return (this.flags & ~ACCESS_FLAGS) >>> 0;
  }

  invalid(attribute: string, expected: string): BpfError {
    return this.#refuse('EINVAL', attribute, expected);
  }

  tooBig(attribute: string, expected: string): BpfError {
    return this.#refuse('E2BIG', attribute, expected);
  }

  /** EINVAL for flags outside `accepted`; RDONLY and WRONLY are always known and exclude each other. */
  checkFlags(accepted: number): void {
    const unknown = (this.flags & ~accepted) >>> 0;
    if (unknown !== 0) {
      throw this.invalid('map_flags', `${this.typeName} maps to be created without 0x${unknown.toString(16)}`);
    }
    this.checkExclusive(MapFlags.RDONLY, MapFlags.WRONLY, 'RDONLY and WRONLY');
    this.checkExclusive(MapFlags.RDONLY_PROG, MapFlags.WRONLY_PROG, 'RDONLY_PROG and WRONLY_PROG');
  }

  checkExclusive(one: number, other: number, names: string): void {
    if (this.flags & one && this.flags & other) throw this.invalid('map_flags', `not both ${names}`);
  }

  /** Per-CPU memory lies on all nodes: only "no node" goes with it. */
  checkNoNode(): void {
    if (this.numaNode !== NO_NODE) throw this.invalid('numa_node', `-1 for ${this.typeName} maps`);
  }

  checkMaxEntries(): void {
    if (this.maxEntries === 0) throw this.invalid('max_entries', 'at least 1');
  }

  checkKeySize(size: number): void {
    if (this.keySize !== size) throw this.invalid('key_size', `${size} for ${this.typeName} maps`);
  }

  #refuse(code: 'EINVAL' | 'E2BIG', attribute: string, expected: string): BpfError {
    const value = this.attributes.values[attribute];
    const shown = attribute === 'map_flags' ? `0x${Number(value).toString(16)}` : String(value);
    return new BpfError(code, 'MAP_CREATE', `${attribute}: ${shown}, expected ${expected}`);
  }
}

/** What MAP_CREATE checks for one type of map. */
export interface MapFamily {
  /** Before the capabilities are looked at. */
  early?(request: CreateRequest, may: Permissions): void;
  /** In the allocation step, after a template is found and before memory is taken. */
  late?(request: CreateRequest, may: Permissions): void;
}

export interface Permissions {
  may(capability: 'CAP_PERFMON' | 'CAP_SYS_ADMIN'): boolean;
}

/** x rounded up to a multiple of 8. */
export function padded(size: number): number {
  return Math.ceil(size / 8) * 8;
}
