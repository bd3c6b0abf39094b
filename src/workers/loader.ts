/** Entry of the loading thread: assembles, verifies and compiles programs, so that the main thread need not. */
import { parentPort } from 'node:worker_threads';
import { type AssembleOptions, AssemblyError, assemble } from '../shared/program/asm/index.js';
import { encode } from '../shared/program/insn/codec.js';
import type { WasmModule } from '../shared/wasm-types.js';
import { moduleOf, type PrepareJob, type Prepared, prepare } from '../shared/program/prepare.js';

export interface AssembleJob {
  readonly source: string;
  readonly maps: NonNullable<AssembleOptions['maps']>;
}

export type LoaderJob =
  | { readonly kind: 'assemble'; readonly assemble: AssembleJob }
  | { readonly kind: 'prepare'; readonly prepare: PrepareJob };

export interface LoaderRequest {
  readonly serial: number;
  readonly job: LoaderJob;
}

export interface Loaded {
  readonly prepared: Prepared;
  readonly module: WasmModule | null;
}

/** An error as data; an AssemblyError keeps what it is made of. */
export interface LoaderFailure {
  readonly name: string;
  readonly message: string;
  readonly assembly?: Pick<AssemblyError, 'line' | 'column' | 'found' | 'expected'>;
}

export type LoaderResult = { readonly bytes: Uint8Array } | Loaded | { readonly error: LoaderFailure };
export type LoaderAnswer = { readonly serial: number } & LoaderResult;

parentPort?.on('message', ({ serial, job }: LoaderRequest) => {
  parentPort?.postMessage({ serial, ...result(job) } satisfies LoaderAnswer);
});

function result(job: LoaderJob): LoaderResult {
  try {
    if (job.kind === 'assemble') return { bytes: encode(assemble(job.assemble.source, job.assemble).insns) };
    const prepared = prepare(job.prepare);
    return { prepared, module: moduleOf(prepared) };
  } catch (error) {
    return { error: failureOf(error) };
  }
}

function failureOf(cause: unknown): LoaderFailure {
  const error = cause instanceof Error ? cause : new Error(String(cause));
  const { name, message } = error;
  if (!(error instanceof AssemblyError)) return { name, message };
  const { line, column, found, expected } = error;
  return { name, message, assembly: { line, column, found, expected } };
}
