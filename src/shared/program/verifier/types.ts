/** What the verifier takes and gives: plain data, so that it can run in any thread. */
import type { ErrnoName } from '../../errno.js';
import type { CheckedProgram, ProgramMap } from '../types.js';
import type { Env } from './env.js';
import type { State } from './state.js';

/** Rights of the loading process. `bpf` is CAP_BPF alone, `bpf+perfmon` adds CAP_PERFMON. */
export type Capabilities = 'all' | 'bpf' | 'bpf+perfmon' | 'none';

/** A parameter or return type of a function, as far as it matters for its verification. */
export type FunctionType =
  | { readonly kind: 'void' }
  | { readonly kind: 'scalar' }
  | { readonly kind: 'context' }
  /**
   * Pointer to memory of this many bytes, null allowed unless `nonNull`. `untrusted`: any address, which is only
   * read, and reads as 0 where there is nothing.
   */
  | { readonly kind: 'memory'; readonly size: number; readonly nonNull?: boolean; readonly untrusted?: boolean }
  | { readonly kind: 'dynptr' }
  /** An object of the kernel. */
  | { readonly kind: 'object'; readonly trusted: boolean; readonly nullable: boolean }
  | { readonly kind: 'arena' }
  | { readonly kind: 'other'; readonly name: string };

/** A function of the program by its BTF. */
export interface FunctionInfo {
  readonly slot: number;
  readonly name: string;
  readonly linkage: 'static' | 'global';
  readonly parameters: readonly FunctionType[];
  readonly returns: FunctionType;
  /** Why it cannot be called where it is global. */
  readonly problem?: { readonly code: ErrnoName; readonly message: string };
  /** The record names this type, which is no function. */
  readonly wrongType?: number;
}

/** A line of source, from the slot on. */
export interface LineInfo {
  readonly slot: number;
  readonly text: string;
  readonly line: number;
  readonly file?: string;
}

export interface VerifyLimits {
  /** Default 1,000,000, the kernel's. */
  readonly maxInstructions?: number;
  /** Reading of `now` (milliseconds) after which verification is given up with ETIMEDOUT. */
  readonly deadline?: number;
  readonly now?: () => number;
  /** Asked now and then; true gives up with ECANCELED. */
  readonly cancelled?: () => boolean;
}

/** For tests of soundness: sees what the verifier believes. Costs nothing when absent. */
export interface VerifyObserver {
  /** Before an instruction is processed. The state lives on: a clone keeps what it says now. */
  readonly state?: (slot: number, state: State) => void;
  /** The state kept at a place where paths meet. It gets its marks of precision, and loses what is dead, later on. */
  readonly checkpoint?: (slot: number, state: State) => void;
  /** The program is accepted. */
  readonly accepted?: (env: Env) => void;
  /** Prune nothing, and give up each path where this says false of the slot that it comes to. */
  readonly follows?: (slot: number) => boolean;
}

export interface VerifyInput {
  readonly name: string;
  /** Instructions as loaded: 8 bytes a slot, descriptors in the immediates. */
  readonly insns: Uint8Array;
  readonly type: number;
  readonly expectedAttachType?: number;
  /** Flags of PROG_LOAD. */
  readonly flags?: number;
  readonly gpl: boolean;
  readonly capabilities?: Capabilities;
  /** Maps by descriptor; 'other': open but not a map; absent: closed. */
  readonly mapsByFd: ReadonlyMap<number, ProgramMap | 'other'>;
  readonly fdArray?: readonly number[];
  readonly functions?: readonly FunctionInfo[];
  readonly lines?: readonly LineInfo[];
  /** Default '6.18'. */
  readonly rules?: '4.12' | '6.18';
  /** The kernel's log level: 0, 1 (the failing path), 2 (everything), bit 4: statistics. */
  readonly logLevel?: number;
  readonly limits?: VerifyLimits;
  readonly observer?: VerifyObserver;
  /** Possible CPUs; default 2. */
  readonly cpus?: number;
}

/** For people: why, where, how the path got there, and what to do. */
export interface Explanation {
  readonly reason: string;
  readonly slot: number;
  readonly instruction: string;
  readonly source?: LineInfo;
  /** Conditional jumps of the failing path, oldest first; the newest hundred. */
  readonly branches: readonly { readonly slot: number; readonly taken: boolean; readonly instruction: string }[];
  readonly suggestion?: string;
}

export interface VerifyWarning {
  readonly slot: number;
  readonly message: string;
}

export interface VerifyCounts {
  readonly processed: number;
  readonly totalStates: number;
  readonly peakStates: number;
  readonly maxStatesPerInstruction: number;
}

export type VerifyResult =
  | {
      readonly ok: true;
      readonly program: CheckedProgram;
      readonly log: string;
      readonly counts: VerifyCounts;
      readonly warnings: readonly VerifyWarning[];
    }
  | {
      readonly ok: false;
      readonly code: ErrnoName;
      /** The kernel's last message; empty where the kernel has none. */
      readonly message: string;
      readonly slot: number;
      readonly log: string;
      readonly counts: VerifyCounts;
      readonly explanation: Explanation;
    };
