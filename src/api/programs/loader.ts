import { Worker } from 'node:worker_threads';
import { AssemblyError } from '../../shared/program/asm/index.js';
import type { PrepareJob } from '../../shared/program/prepare.js';
import type {
  AssembleJob,
  Loaded,
  LoaderAnswer,
  LoaderFailure,
  LoaderJob,
  LoaderRequest,
  LoaderResult,
} from '../../workers/loader.js';
import { abortErrorOf } from '../grace-periods/errors.js';
import { PoolError, poolClosed } from '../pool/errors.js';

/**
 * The verifier's states live for a while and then die together: with room for them in the young generation, a large
 * program takes a quarter less time. The room is taken when it is needed.
 */
export const LOADER_LIMITS = { maxYoungGenerationSizeMb: 192 } as const;

interface Pending {
  resolve(result: LoaderResult): void;
  reject(error: Error): void;
}

/**
 * The thread that assembles, verifies and compiles programs. It starts with the first program, keeps nothing alive while it is
 * idle, and is stopped, and started anew, when a job is given up while it runs.
 */
export class Loader {
  readonly #pending = new Map<number, Pending>();
  readonly #jobs = new Map<number, LoaderJob>();
  #worker: Worker | null = null;
  #last = 0;
  #closed = false;

  /** Instructions of assembly text. Rejects with AssemblyError, or AbortError when the signal fires. */
  async assemble(job: AssembleJob, signal?: AbortSignal): Promise<Uint8Array> {
    const result = await this.#ask({ kind: 'assemble', assemble: job }, signal);
    if ('bytes' in result) return result.bytes;
    throw new Error('broken invariant: the loading thread answered another question');
  }

  /** Rejects with AbortError when the signal fires; the verifier stops at once then. */
  async prepare(job: PrepareJob, signal?: AbortSignal): Promise<Loaded> {
    const result = await this.#ask({ kind: 'prepare', prepare: job }, signal);
    if ('prepared' in result) return result;
    throw new Error('broken invariant: the loading thread answered another question');
  }

  #ask(job: LoaderJob, signal?: AbortSignal): Promise<LoaderResult> {
    if (this.#closed) return Promise.reject(poolClosed());
    if (signal?.aborted) return Promise.reject(abortErrorOf(signal, 'loadProgram'));
    const serial = ++this.#last;
    return new Promise((resolve, reject) => {
      const give = () => this.#giveUp(serial, abortErrorOf(signal as AbortSignal, 'loadProgram'));
      signal?.addEventListener('abort', give, { once: true });
      const done = () => signal?.removeEventListener('abort', give);
      this.#pending.set(serial, {
        resolve: (result) => {
          done();
          resolve(result);
        },
        reject: (error) => {
          done();
          reject(error);
        },
      });
      this.#jobs.set(serial, job);
      this.#post(serial, job);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const serial of [...this.#pending.keys()]) this.#take(serial)?.reject(poolClosed());
    await this.#worker?.terminate();
  }

  #post(serial: number, job: LoaderJob): void {
    this.#worker ??= this.#start();
    this.#worker.ref();
    this.#worker.postMessage({ serial, job } satisfies LoaderRequest);
  }

  #start(): Worker {
    const url = new URL('../../workers/loader.js', import.meta.url);
    const worker = new Worker(url, { name: 'innermap-loader', resourceLimits: LOADER_LIMITS });
    worker.on('message', (answer: LoaderAnswer) => this.#receive(answer));
    worker.on('error', (error) => this.#died(worker, error));
    worker.on('exit', () => this.#died(worker, new Error('the loading thread ended')));
    return worker;
  }

  #receive(answer: LoaderAnswer): void {
    const pending = this.#take(answer.serial);
    if ('error' in answer) pending?.reject(errorOf(answer.error));
    else pending?.resolve(answer);
  }

  /** Stop the thread: a job cannot be interrupted otherwise. The other jobs are posted to its successor. */
  #giveUp(serial: number, error: Error): void {
    const pending = this.#take(serial);
    if (pending === undefined) return;
    const worker = this.#worker;
    this.#worker = null;
    void worker?.terminate();
    for (const [other, job] of this.#jobs) this.#post(other, job);
    pending.reject(error);
  }

  #died(worker: Worker, error: Error): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    for (const serial of [...this.#pending.keys()]) {
      this.#take(serial)?.reject(new PoolError('ERR_INNERMAP_LOAD', `loading the program failed: ${error.message}`));
    }
  }

  #take(serial: number): Pending | undefined {
    const pending = this.#pending.get(serial);
    this.#pending.delete(serial);
    this.#jobs.delete(serial);
    if (this.#pending.size === 0) this.#worker?.unref();
    return pending;
  }
}

/** Rebuild what crossed the threads as data. */
function errorOf({ name, message, assembly }: LoaderFailure): Error {
  if (assembly !== undefined) return new AssemblyError(assembly, assembly.found, assembly.expected);
  return new PoolError('ERR_INNERMAP_LOAD', `loading the program failed: ${name}: ${message}`);
}
