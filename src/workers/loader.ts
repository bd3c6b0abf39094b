/** Entry of the loading thread: verifies and compiles programs, so that the main thread need not. */
import { parentPort } from 'node:worker_threads';
import { moduleOf, type PrepareJob, type Prepared, prepare } from '../shared/program/prepare.js';

export interface LoaderRequest {
  readonly serial: number;
  readonly job: PrepareJob;
}

export type LoaderAnswer =
  | { readonly serial: number; readonly prepared: Prepared; readonly module: WebAssembly.Module | null }
  | { readonly serial: number; readonly error: { readonly name: string; readonly message: string } };

parentPort?.on('message', ({ serial, job }: LoaderRequest) => {
  parentPort?.postMessage(answer(serial, job));
});

function answer(serial: number, job: PrepareJob): LoaderAnswer {
  try {
    const prepared = prepare(job);
    return { serial, prepared, module: moduleOf(prepared) };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return { serial, error: { name, message } };
  }
}
