/**
 * Who owns a map of programs (PROG_ARRAY, DEVMAP, CPUMAP). The first program that is put into it, or that names it,
 * says for good what others must be like: they run in one another's place, on one context. Found by trying the kernel.
 */
import { MapType, ProgramFlags, ProgramType } from '../../shared/uapi.js';
import { BpfError } from '../errors.js';
import type { MapObject, ProgramObject } from './objects.js';

/** What counts of a program. */
export type OwnerTraits = Pick<ProgramObject, 'type' | 'expectedAttachType' | 'flags'> & {
  readonly maps: readonly MapObject[];
};

/** The traits of the program that came first. */
export interface MapOwner {
  readonly type: number;
  readonly expectedAttachType: number;
  readonly fragments: boolean;
  /** Ids of the cgroup storages that it uses, one of each type; 0 = none. */
  readonly storage: readonly [number, number];
}

const OWNED: ReadonlySet<number> = new Set([MapType.PROG_ARRAY, MapType.DEVMAP, MapType.CPUMAP]);
const STORAGES = [MapType.CGROUP_STORAGE, MapType.PERCPU_CGROUP_STORAGE] as const;

/** EINVAL unless the program is as the map's owner is; it becomes the owner if there is none. Other maps take all. */
export function adoptOwner(map: MapObject, program: OwnerTraits, syscall: string): void {
  if (!OWNED.has(map.type)) return;
  const candidate = ownerOf(program);
  map.owner ??= candidate;
  const difference = differenceOf(map, map.owner, candidate);
  if (difference === null) return;
  throw new BpfError('EINVAL', syscall, `map ${map.id} is for programs ${difference}, as its first one was`);
}

function ownerOf({ type, expectedAttachType = 0, flags = 0, maps }: OwnerTraits): MapOwner {
  const storage = (kind: number): number => maps.find((map) => map.type === kind)?.id ?? 0;
  return {
    type,
    expectedAttachType,
    fragments: (flags & ProgramFlags.XDP_HAS_FRAGS) !== 0,
    storage: [storage(STORAGES[0]), storage(STORAGES[1])],
  };
}

function differenceOf(map: MapObject, owner: MapOwner, given: MapOwner): string | null {
  if (owner.type !== given.type) return `of type ${typeName(owner.type)}, not ${typeName(given.type)}`;
  if (owner.fragments !== given.fragments) {
    return `${owner.fragments ? 'with' : 'without'} XDP_HAS_FRAGS (a section "xdp.frags"), not ${given.fragments ? 'with' : 'without'}`;
  }
  if (map.type === MapType.PROG_ARRAY && owner.expectedAttachType !== given.expectedAttachType) {
    return `with expected_attach_type ${owner.expectedAttachType}, not ${given.expectedAttachType}`;
  }
  const other = given.storage.findIndex((id, kind) => id !== 0 && id !== owner.storage[kind]);
  if (other < 0) return null;
  const used = owner.storage[other];
  return `with ${used === 0 ? 'no cgroup storage' : `cgroup storage ${used}`}, not ${given.storage[other]}`;
}

function typeName(type: number): string {
  return Object.entries(ProgramType).find(([, number]) => number === type)?.[0] ?? String(type);
}
