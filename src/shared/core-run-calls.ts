/** The core's calls that run programs, and the layouts that go with them. */

export interface RunCalls {
  /**
   * Run function `entry` of the table over packets [first, first + count) of a batch, in sections of at most
   * `perSection` packets. Returns how many were run: fewer when one cannot be laid out. A trap propagates;
   * `batchPosition` then names the packet.
   */
  runBatch(entry: number, batch: number, first: number, count: number, programType: number, perSection: number): number;
  batchPosition(): number;
  /** Lay the packet of a record out for a program of this type. Address of the context, 0 = it does not fit. */
  runPrepare(record: number, programType: number): number;
  /** Run function `entry` of the table over one context `count` times. Low 32 bits of the last r0. */
  runRepeat(entry: number, context: number, count: number, perSection: number): number;
  /** High 32 bits of the r0 whose low ones `runRepeat` returned last. */
  runResultHigh(): number;
  /** Write the verdict and the packet back to the record. */
  runFinish(record: number, programType: number, context: number, verdict: number): void;
  /** A main function is about to run outside `runBatch` and `runRepeat`: its tail calls are counted from 0. */
  beginRun(): void;
}

/** The run area of a slot (`core/run/layout.ts`): offsets from its start. */
export const RUN = {
  bytes: 65_536,
  /** r10 of the main function. */
  stackTop: 8192,
  /**
   * Where frames end: a chain of tail calls out of subprograms takes up to 33 times the frames of one program, so that
   * the stack may grow into the upper part of the slot's scratch area, which lies below and is not used during a run.
   */
  stackFloor: -49_152,
  /** The context as in the kernel's user interface, hidden fields below. */
  context: 8448,
  contextBytes: 1024,
  packet: 12_288,
  headroom: 256,
} as const;

/** Hidden fields below a context (`core/packet/layout.ts`): offsets from `context - bytes`, u32 each. */
export const HIDDEN = {
  bytes: 256,
  network: 16,
  /** How the checksum is known: 0 not, 1 verified, 2 as a sum over everything from the network header on. */
  summed: 20,
  sum: 24,
  /** XDP: bytes of the packet behind `data_end`. */
  fragments: 36,
  /** XDP: lowest address that was the packet's in this run. */
  lowest: 52,
  /** SYSCALL: bytes of the context. */
  length: 60,
} as const;
