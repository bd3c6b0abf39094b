import type { Worker } from 'node:worker_threads';
import * as Comlink from 'comlink';
import type { Hello, MainControl, WorkerControl } from '../../workers/protocol.js';
import { PoolError } from './errors.js';

/** One thread of the pool, from its start to its own `exit` event. */
export class PoolMember {
  readonly worker: Worker;
  readonly threadId: number;
  /** Settles with the exit code at the worker's own `exit`: from then on it writes nothing. */
  readonly exited: Promise<number>;
  /** Settles once its slot, if it had one, is recovered. Set by the pool. */
  reclaimed: Promise<void> = Promise.resolve();
  #hello: Hello | null = null;
  #control: Comlink.Remote<WorkerControl> | null = null;
  /** Rejecters of the calls that wait for an answer. A set, since reactions on one long-lived promise would pile up. */
  readonly #pending = new Set<(reason: PoolError) => void>();
  #alive = true;

  constructor(worker: Worker) {
    this.worker = worker;
    this.threadId = worker.threadId;
    this.exited = new Promise((resolve) => {
      worker.once('exit', (code) => {
        this.#alive = false;
        this.#hello?.control.close();
        this.#hello?.main.close();
        for (const reject of this.#pending) reject(this.#gone());
        this.#pending.clear();
        resolve(code);
      });
    });
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** What the thread said when it was ready, or null before. */
  get hello(): Hello | null {
    return this.#hello;
  }

  /** The thread is up: take its ports. They do not keep the process alive by themselves. */
  connect(hello: Hello, main: MainControl): void {
    this.#hello = hello;
    this.#control = Comlink.wrap<WorkerControl>(hello.control as unknown as Comlink.Endpoint);
    Comlink.expose(main, hello.main as unknown as Comlink.Endpoint);
    hello.control.unref();
    hello.main.unref();
  }

  /**
   * Call the worker's control object. Posted at once, in the order of the calls. Rejects as soon as the worker
   * has ended: Comlink itself never rejects then. The process stays alive for the answer.
   */
  call<Method extends keyof WorkerControl>(
    method: Method,
    ...parameters: Parameters<WorkerControl[Method]>
  ): Promise<ReturnType<WorkerControl[Method]>> {
    const control = this.#control;
    const port = this.#hello?.control;
    if (control === null || port === undefined || !this.#alive) return Promise.reject(this.#gone());
    const remote = control[method] as unknown as (
      ...values: Parameters<WorkerControl[Method]>
    ) => Promise<ReturnType<WorkerControl[Method]>>;
    return new Promise((resolve, reject) => {
      if (this.#pending.size === 0) port.ref();
      this.#pending.add(reject);
      const settle = () => {
        this.#pending.delete(reject);
        if (this.#pending.size === 0) port.unref();
      };
      remote(...parameters).then(
        (value) => {
          settle();
          resolve(value);
        },
        (error: unknown) => {
          settle();
          reject(error);
        },
      );
    });
  }

  #gone(): PoolError {
    const state = this.#alive ? 'is not ready yet' : 'has ended';
    return new PoolError('ERR_INNERMAP_WORKER_DIED', `worker ${this.threadId} ${state}: it does not answer calls`);
  }
}
