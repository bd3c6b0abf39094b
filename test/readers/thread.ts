/** Readers in threads of their own, for tests: what a thread does is a named job of `fixtures/jobs.ts`. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { BpfMap, Runtime } from 'innermap';
import type { JobName, JobRequest } from './fixtures/jobs.js';

type Maps = Readonly<Record<string, BpfMap>>;

export class ReaderProcess {
  readonly worker: Worker;
  readonly #exit: Promise<unknown>;

  constructor() {
    this.worker = new Worker(new URL('./fixtures/jobs.js', import.meta.url));
    this.#exit = once(this.worker, 'exit');
  }

  /** Post a handle with the maps and have the job run; gives the thread's first message. Rejects with its error. */
  async run(runtime: Runtime, job: JobName, maps: Maps, data?: unknown): Promise<unknown> {
    const handle = runtime.handle(this.worker, { maps });
    return this.post({ job, handle, data } as JobRequest);
  }

  async post(request: JobRequest): Promise<unknown> {
    this.worker.postMessage(request, [...request.handle.transfer]);
    const [reply] = (await once(this.worker, 'message')) as [
      { result?: unknown; error?: { code: unknown; message: string } },
    ];
    if (reply.error === undefined) return reply.result;
    throw Object.assign(new Error(reply.error.message), { code: reply.error.code });
  }

  /** Stop the thread, wherever it is; resolves after its exit. */
  async kill(): Promise<void> {
    await this.worker.terminate();
    await this.#exit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

/** Run a job in a thread made for it. */
export async function inReader(runtime: Runtime, job: JobName, maps: Maps, data?: unknown): Promise<unknown> {
  const thread = new ReaderProcess();
  try {
    return await thread.run(runtime, job, maps, data);
  } finally {
    await thread.kill();
  }
}
