import '../shared/dispose.js';
import { showAs } from '../shared/inspect.js';
import type { ProgramTypeName } from './programs/types.js';
import { type CheckTable, checkOptions, integer, boolean, matching, withDefault } from './options.js';

export type { ProgramTypeName } from './programs/types.js';

/** What the verifier noticed in a program that it accepted. */
export interface ProgramWarning {
  /** Instruction, in slots of 8 bytes. */
  readonly slot: number;
  readonly message: string;
}

export interface ProgramRunOptions {
  /**
   * Ends the run: it rejects with AbortError, and the worker threads that are at it are stopped and replaced.
   */
  signal?: AbortSignal;
  /** Called after each batch of packets. */
  onProgress?: (progress: { done: number; total: number }) => void;
  /** Packets of one task. Default 512. */
  batchSize?: number;
  /** Give the packets back as the program left them. Default true. */
  returnPackets?: boolean;
}

export interface ProgramRunResult {
  /** Low 32 bits of r0, one for each packet, in their order. */
  verdicts: Uint32Array;
  /** The packets as the program left them; empty with `returnPackets: false`. */
  packets: Uint8Array[];
}

export interface ProgramTestResult {
  /** Low 32 bits of r0: what the kernel gives back as `retval`. */
  verdict: number;
  /** All 64 bits of r0 of the last run, unsigned. */
  r0: bigint;
  /** The packet as the last run left it; empty for types without one. */
  data: Uint8Array;
  /** The context as the last run left it; null when none was given. */
  context: Uint8Array | null;
  /** Mean time of a run, nanoseconds. */
  duration: number;
}

/** What one instruction did, in a traced test run. */
export interface TraceStep {
  /** Name of the program: tail calls go on in another one. */
  readonly program: string;
  /** Instruction, in slots of 8 bytes. */
  readonly slot: number;
  /** Assembly text. */
  readonly text: string;
  /** Registers but r10 that hold another value than before: number and unsigned value. */
  readonly changed: readonly (readonly [register: number, value: bigint])[];
  /** Frames that were live: 1 in the main function. */
  readonly depth: number;
  /** The source line whose code begins here, with file and line number; only where BTF has one. */
  readonly line?: string;
}

export interface ProgramTestOptions {
  /** Default 1. Types without a packet run once. */
  repeat?: number;
  /**
   * Context of the program: `xdp_md` or `__sk_buff` beside a packet, else the memory that r1 points to. Bytes; the
   * caller's copy is left alone.
   */
  context?: Uint8Array;
  /** Called after each instruction. The run is interpreted then, whatever engine the program was loaded for. */
  trace?: (step: TraceStep) => void;
}

/** A source line, and the instruction where its code begins. */
export interface SourceLine {
  readonly slot: number;
  readonly text: string;
  readonly line: number;
  readonly file?: string | undefined;
}

export interface ProgramLoopOptions {
  /** Ends the loop by stopping its thread, which is replaced. To end it in good order, call `stop()`. */
  signal?: AbortSignal;
}

export interface ProgramLoopResult {
  packets: number;
  /** How many times all packets were run. */
  rounds: number;
  nanoseconds: number;
}

/** A worker that runs a program over the same packets again and again. */
export interface ProgramLoop {
  /** Settles when the loop has ended: with counts, or with the error that ended it, as `Program.run`. */
  readonly done: Promise<ProgramLoopResult>;
  /** Thread of the worker at it; undefined before it has begun and after it has ended. */
  readonly threadId: number | undefined;
  /** Go on with another program, without a pause. */
  use(program: Program): void;
  /** Stop after the packets under way. */
  stop(): Promise<ProgramLoopResult>;
}

/** A loaded program: what it is, and the descriptor through which one friendly object holds it. */
export interface ProgramIdentity {
  readonly id: number;
  readonly name: string;
  readonly type: ProgramTypeName;
  readonly fd: number;
}

/** What a program needs of its runtime. */
export interface ProgramBackend {
  run(id: number, packets: readonly Uint8Array[], options: ProgramRunOptions): Promise<ProgramRunResult>;
  loop(id: number, packets: readonly Uint8Array[], options: ProgramLoopOptions): ProgramLoop;
  testRun(fd: number, request: TestRequest): ProgramTestResult;
  counts(id: number): { readonly runs: bigint; readonly nanoseconds: bigint };
  verdict(id: number): {
    log: string;
    processed: number | null;
    warnings: readonly ProgramWarning[];
    wasm: Uint8Array | null;
    wasmOffsets: Uint32Array;
  };
  lines(id: number): readonly SourceLine[];
  coverage(id: number): Uint32Array | undefined;
  close(fd: number): void;
}

/** A test run as its options say it. */
export interface TestRequest {
  readonly data: Uint8Array | null;
  readonly repeat: number;
  readonly context: Uint8Array | undefined;
  readonly trace: ((step: TraceStep) => void) | undefined;
}

const RUN_OPTIONS = {
  signal: matching<AbortSignal>('an AbortSignal', (value) => value instanceof AbortSignal),
  onProgress: matching<ProgramRunOptions['onProgress']>('a function', (value) => typeof value === 'function'),
  batchSize: withDefault(integer(1, 65_536, 'packets'), 512),
  returnPackets: withDefault(boolean(), true),
} as const satisfies CheckTable;

const LOOP_OPTIONS = { signal: RUN_OPTIONS.signal } as const satisfies CheckTable;
const TEST_OPTIONS = {
  repeat: withDefault(integer(1, 0xffff_ffff, 'runs'), 1),
  context: matching<Uint8Array>('a Uint8Array', (value) => value instanceof Uint8Array),
  trace: matching<(step: TraceStep) => void>('a function', (value) => typeof value === 'function'),
} as const satisfies CheckTable;

/** A loaded program. It stays loaded while this object, another descriptor, or a run under way holds it. */
export class Program {
  readonly id: number;
  readonly name: string;
  readonly type: ProgramTypeName;
  /** File descriptor that this object holds, for `runtime.bpf()`. */
  readonly fd: number;
  /** The verifier's log, as far as the `logLevel` of the spec asked for it. */
  readonly log: string;
  /** Instructions that the verifier processed; null for a program that was loaded unsafe. */
  readonly processed: number | null;
  readonly warnings: readonly ProgramWarning[];
  /** The WebAssembly module that it was compiled to; null for a program that is too large for one. */
  readonly wasm: Uint8Array | null;
  /** Pairs of byte offset in `wasm` and instruction, in slots of 8 bytes, ascending. */
  readonly wasmOffsets: Uint32Array;
  readonly #backend: ProgramBackend;
  #closed = false;

  static {
    showAs(
      Program.prototype,
      ({ type }) => `Program<${type}>`,
      ({ id, name, processed, warnings, wasm, closed }) => ({
        id,
        name,
        processed,
        ...(warnings.length > 0 ? { warnings: warnings.length } : {}),
        wasm: wasm && `${wasm.length} bytes`,
        ...(closed ? { closed } : {}),
      }),
    );
  }

  /** Made by `runtime.loadProgram()`. */
  constructor(identity: ProgramIdentity, backend: ProgramBackend) {
    this.id = identity.id;
    this.name = identity.name;
    this.type = identity.type;
    this.fd = identity.fd;
    this.#backend = backend;
    const { log, processed, warnings, wasm, wasmOffsets } = backend.verdict(identity.id);
    this.log = log;
    this.processed = processed;
    this.warnings = warnings;
    this.wasm = wasm;
    this.wasmOffsets = wasmOffsets;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Run the program over packets on the worker threads, in batches; packets of one run may run at the same
   * time on several workers.
   *
   * Rejects with `AbortError` (code ABORT_ERR) when the signal fires, with `ProgramTrapError` when the program
   * traps (the worker lives on), and with code ERR_INNERMAP_WORKER_DIED when a worker ends before it answers
   * (it is replaced). Some packets may have run then.
   */
  async run(packets: readonly Uint8Array[], options?: ProgramRunOptions): Promise<ProgramRunResult> {
    this.#checkOpen('run');
    const checked = checkOptions(RUN_OPTIONS, options, 'program.run()');
    checkPackets('run', packets);
    return this.#backend.run(this.id, packets, checked as ProgramRunOptions);
  }

  /**
   * Have one worker run the program over the packets again and again until it is stopped. The packets do not
   * come back. Each loop keeps one worker busy.
   */
  loop(packets: readonly Uint8Array[], options?: ProgramLoopOptions): ProgramLoop {
    this.#checkOpen('loop');
    const checked = checkOptions(LOOP_OPTIONS, options, 'program.loop()');
    checkPackets('loop', packets);
    if (packets.length === 0) throw new RangeError('program.loop(): packets: given none, expected at least one');
    return this.#backend.loop(this.id, packets, checked as ProgramLoopOptions);
  }

  /**
   * Run the program on the calling thread, `repeat` times over one packet, as BPF_PROG_TEST_RUN does: each run
   * sees what the one before left. Types without a packet (raw_tracepoint, syscall, perf_event) take null for it, and
   * a context instead. A syscall program that was loaded `unsafe` gets the length of its context in r2.
   *
   * Throws BpfError (EINVAL for a packet without an Ethernet header), ProgramTrapError, and from the interpreter an
   * error that names the instruction.
   */
  testRun(data: Uint8Array | null, options?: ProgramTestOptions): ProgramTestResult {
    this.#checkOpen('testRun');
    const { repeat, context, trace } = checkOptions(TEST_OPTIONS, options, 'program.testRun()');
    if (data !== null && !(data instanceof Uint8Array)) {
      throw new TypeError(`program.testRun(): data: given ${typeof data}, expected a Uint8Array or null`);
    }
    return this.#backend.testRun(this.fd, { data, repeat: repeat as number, context, trace });
  }

  /** The source lines that its BTF records, ascending by slot; empty without. */
  get lines(): readonly SourceLine[] {
    return this.#backend.lines(this.id);
  }

  /**
   * How often each instruction ran so far, by slots of 8 bytes, on all threads together; undefined when the program
   * was not loaded with `coverage: true`. Counts of threads that run at this moment may be a little behind.
   */
  coverage(): Uint32Array | undefined {
    this.#checkOpen('coverage');
    return this.#backend.coverage(this.id);
  }

  /**
   * How often the program ran so far and how long that took, over all threads (`run_cnt`, `run_time_ns`). Workers
   * that run it count at the end of each slice of a batch, so a loop's counts grow while it runs.
   */
  counts(): { readonly runs: bigint; readonly nanoseconds: bigint } {
    this.#checkOpen('counts');
    return this.#backend.counts(this.id);
  }

  /** Give up the file descriptor. Runs under way go on to their end. Closing twice does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#backend.close(this.fd);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #checkOpen(method: string): void {
    if (!this.#closed) return;
    throw Object.assign(new Error(`program.${method}(): program "${this.name}" (id ${this.id}) is closed`), {
      code: 'EBADF',
    });
  }
}

function checkPackets(method: string, packets: unknown): void {
  if (Array.isArray(packets)) return;
  throw new TypeError(`program.${method}(): packets: given ${typeof packets}, expected an array of Uint8Array`);
}
