import type { VerifyWarning } from '../../shared/program/verifier/index.js';

/** What the verifier said of a program that it accepted. */
export interface ProgramVerdict {
  readonly log: string;
  /** Instructions that it processed; null when it was left out. */
  readonly processed: number | null;
  readonly warnings: readonly VerifyWarning[];
  /** End of the last bytes of the context that the program touches; 0 when it was not verified. */
  readonly maxContextOffset: number;
  /** The module that it was compiled to; null where it is too large for one. */
  readonly wasm: Uint8Array | null;
  /** Pairs of byte offset in `wasm` and slot, ascending. */
  readonly wasmOffsets: Uint32Array;
}
