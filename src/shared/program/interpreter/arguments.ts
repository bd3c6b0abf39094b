/** Memory that helpers read and write through their arguments, so that it is checked as the program's own accesses are. */

export interface MemoryArgument {
  /** Register that holds the address. */
  readonly register: number;
  /** Bytes: a constant, a register, or the key or value size of the map in a register. */
  readonly size: number | { readonly register: number } | { readonly key: number } | { readonly value: number };
  readonly write?: true;
  /** A null address is allowed. */
  readonly nullable?: true;
}

const key = (register: number, map = 1): MemoryArgument => ({ register, size: { key: map } });
const value = (register: number, map = 1): MemoryArgument => ({ register, size: { value: map } });
const read = (register: number, size: number): MemoryArgument => ({ register, size: { register: size } });
const write = (register: number, size: number): MemoryArgument => ({ ...read(register, size), write: true });
const optional = (argument: MemoryArgument): MemoryArgument => ({ ...argument, nullable: true });

/** By helper number. Helpers that are not listed take no memory of the program's. */
export const MEMORY_ARGUMENTS: ReadonlyMap<number, readonly MemoryArgument[]> = new Map([
  [1, [key(2)]],
  [2, [key(2), value(3)]],
  [3, [key(2)]],
  [4, [write(1, 2)]],
  [6, [read(1, 2)]],
  [9, [read(3, 4)]],
  [16, [write(1, 2)]],
  [25, [read(4, 5)]],
  [26, [write(3, 4)]],
  [28, [optional(read(1, 2)), optional(read(3, 4))]],
  [45, [write(1, 2)]],
  [68, [write(3, 4)]],
  [69, [write(2, 3)]],
  [87, [value(2)]],
  [88, [{ ...value(2), write: true }]],
  [89, [{ ...value(2), write: true }]],
  [112, [write(1, 2)]],
  [113, [write(1, 2)]],
  [130, [read(2, 3)]],
  [163, [{ register: 3, size: 4, write: true }]],
  [165, [optional(write(1, 2)), optional(read(4, 5))]],
  [177, [read(1, 2), optional(read(3, 4))]],
  [182, [read(1, 2)]],
  [189, [write(3, 4)]],
  [190, [read(3, 4)]],
  [195, [key(2)]],
  [201, [write(1, 2)]],
  [202, [read(3, 4)]],
]);
