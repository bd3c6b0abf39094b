/** What the stages of a program's way share: references to maps, and the facts that the verifier hands to the compiler. */
import type { ErrnoName } from '../errno.js';
import type { Instruction } from './insn/instruction.js';

/** A map as a program sees it: plain data, so that programs can be verified and compiled in any thread. */
export interface ProgramMap {
  /** 0 for a template. */
  readonly id: number;
  readonly name: string;
  /** Arena address of the header; null for a template, whose maps are known only at run time. */
  readonly address: number | null;
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  /** Permanent flags of MAP_CREATE. */
  readonly flags: number;
  readonly frozen: boolean;
  /** Byte offsets in the value, -1 = none: bpf_spin_lock, bpf_timer, bpf_wq. */
  readonly spinLock: number;
  readonly timer: number;
  readonly workqueue: number;
  /** The types of key and value are known by BTF. */
  readonly typed?: boolean;
  /** Outer maps: the template. */
  readonly inner?: ProgramMap;
  /** A copy of the value area of a frozen ARRAY with RDONLY_PROG: its loads are constants. */
  readonly contents?: Uint8Array;
}

/** A 64-bit load-immediate that names a map (kind 'map') or an address in its value area (kind 'value'). */
export interface MapReference {
  /** Slot of the instruction. */
  readonly slot: number;
  readonly kind: 'map' | 'value';
  readonly map: ProgramMap;
  /** Bytes from the start of the value area; 0 for kind 'map'. */
  readonly offset: number;
}

/** The map in r1 (r2 for perf_event_output and tail_call) of a helper call; address null = known at run time only. */
export interface CallFact {
  readonly slot: number;
  readonly map: ProgramMap;
}

/** A program that was found to be safe, ready for the compiler or the interpreter. Slots count 8-byte instructions. */
export interface CheckedProgram {
  readonly name: string;
  readonly type: number;
  readonly insns: readonly Instruction[];
  readonly references: readonly MapReference[];
  readonly calls: readonly CallFact[];
  /** By slot: 0 = no path reaches it; the compiler may leave it out. Absent: all are reached. */
  readonly reached?: Uint8Array;
  /** End of the last bytes of the context that the program touches. Absent: not known. */
  readonly maxContextOffset?: number;
  /** Arena address of a u32 by slot that counts the runs of each instruction; absent: they are not counted. */
  readonly coverage?: number;
}

export interface ProgramFailure {
  readonly code: ErrnoName;
  readonly message: string;
  readonly slot: number;
  /** What the library does not have. The code is then ENOTSUPP. */
  readonly missing?: string;
}
