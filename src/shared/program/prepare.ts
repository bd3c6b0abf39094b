/** From instructions to something that can be installed, in any thread: verify, then compile. Pure. */
import { type Compiled, type CompileOptions, compile } from './compiler/index.js';
import { checkWithoutVerifier } from './facts/index.js';
import { ProgramError } from './insn/problem.js';
import { type PackedProgram, pack } from './packed.js';
import type { CheckedProgram, ProgramFailure } from './types.js';
import { type Explanation, type VerifyCounts, type VerifyInput, verify, type VerifyWarning } from './verifier/index.js';
import type { WasmModule } from '../wasm-types.js';

export interface PrepareJob {
  readonly verify: VerifyInput;
  /** Milliseconds that the verifier may take; then ETIMEDOUT. */
  readonly timeout?: number;
  /** Leave the verifier out: structural checks only. The program may then read and write the whole arena. */
  readonly unsafe: boolean;
  readonly compile: CompileOptions;
}

export interface PreparedProgram {
  readonly ok: true;
  readonly program: PackedProgram;
  readonly log: string;
  /** Null: the verifier was left out. */
  readonly counts: VerifyCounts | null;
  readonly warnings: readonly VerifyWarning[];
  /** Null: the program is right, but it cannot run here. */
  readonly compiled: Compiled | null;
  /** What the program needs that does not exist here; null when it can run. */
  readonly missing: string | null;
}

export interface RefusedProgram {
  readonly ok: false;
  readonly failure: ProgramFailure;
  readonly log: string;
  readonly counts: VerifyCounts | null;
  readonly explanation: Explanation | null;
}

export type Prepared = PreparedProgram | RefusedProgram;

const TRUSTED = 'loaded without the verifier: the program is trusted, and may read and write the whole arena\n';

export function prepare(job: PrepareJob): Prepared {
  return job.unsafe ? withoutVerifier(job) : verified(job);
}

function verified({ verify: input, timeout, compile: options }: PrepareJob): Prepared {
  const now = () => performance.now();
  const bound = timeout === undefined ? {} : { now, deadline: now() + timeout };
  const result = verify({ ...input, limits: { ...input.limits, ...bound } });
  const { log, counts } = result;
  if (!result.ok) {
    const { code, slot, explanation } = result;
    const message = code === 'ETIMEDOUT' ? `${result.message} (timeout: ${timeout} ms)` : result.message;
    return { ok: false, failure: { code, message, slot }, log, counts, explanation };
  }
  const program = counted(result.program, options);
  const { warnings } = result;
  return { ok: true, program: pack(program), counts, warnings, ...logged(log, runnable(program, options)) };
}

function withoutVerifier({ verify: input, compile: options }: PrepareJob): Prepared {
  const result = checkWithoutVerifier(input);
  if (!result.ok) {
    const { failure } = result;
    return { ok: false, failure, log: `${failure.message}\n`, counts: null, explanation: null };
  }
  const program = counted(result.program, options);
  return {
    ok: true,
    program: pack(program),
    counts: null,
    warnings: [],
    ...logged(TRUSTED, runnable(program, options)),
  };
}

type Runnable = Pick<PreparedProgram, 'compiled' | 'missing'>;

const TOO_LARGE = 'a function is too large for a WebAssembly engine: the program will be interpreted\n';

function logged(log: string, outcome: Runnable): Runnable & Pick<PreparedProgram, 'log'> {
  const isTooLarge = outcome.compiled !== null && outcome.compiled.wasm === null;
  return { ...outcome, log: isTooLarge ? log + TOO_LARGE : log };
}

/** The interpreter counts for itself what the compiler counts in its code. */
function counted(program: CheckedProgram, { coverage }: CompileOptions): CheckedProgram {
  return coverage === undefined ? program : { ...program, coverage: coverage.address };
}

/** The kernel loads programs that call helpers of its own objects (timers, devices): so do we, but they cannot run. */
function runnable(program: CheckedProgram, options: CompileOptions): Runnable {
  try {
    return { compiled: compile(program, options), missing: null };
  } catch (error) {
    if (!(error instanceof ProgramError) || error.code !== 'ENOTSUPP') throw error;
    return { compiled: null, missing: error.message };
  }
}

/** The program as an engine takes it; null for one that was refused or is too large for WebAssembly engines. */
export function moduleOf(prepared: Prepared): WasmModule | null {
  const wasm = prepared.ok ? (prepared.compiled?.wasm ?? null) : null;
  return wasm === null ? null : new WebAssembly.Module(wasm);
}
