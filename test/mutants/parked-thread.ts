/** A thread whose calls of the core can be stopped before any of their steps, for as long as a test likes. */
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { type Arena, type ArenaHandle, openArena } from '#dist/shared/arena.js';

type Calls = Readonly<Record<string, (...args: number[]) => number>>;

interface Request {
  readonly call: string;
  readonly args: readonly number[];
  readonly step: number;
}

const PARK = 2;

export class ParkedThread {
  readonly #arena: Arena;
  readonly #worker: Worker;
  readonly slot: number;
  readonly scratch: number;
  #result: number | null = null;

  private constructor(arena: Arena, worker: Worker, slot: number) {
    this.#arena = arena;
    this.#worker = worker;
    this.slot = slot;
    this.scratch = arena.core.slotScratch(slot);
    worker.on('message', (result: number) => {
      this.#result = result;
    });
  }

  static async create(arena: Arena): Promise<ParkedThread> {
    const worker = new Worker(new URL(import.meta.url), { workerData: { parkedThread: arena.handle } });
    const [slot] = (await once(worker, 'message')) as [number];
    return new ParkedThread(arena, worker, slot);
  }

  /** Begin a call. True: it is parked before its step number `step`; false: it has ended before. */
  async parks(step: number, call: string, ...args: number[]): Promise<boolean> {
    this.#result = null;
    this.#worker.postMessage({ call, args, step } satisfies Request);
    while (this.#result === null) {
      if (Atomics.load(this.#arena.i32, this.#word + 1) === 1) return true;
      await new Promise((resolve) => setImmediate(resolve));
    }
    return false;
  }

  /** Let a parked call go on; its result, or that of a call that has ended. */
  async result(): Promise<number> {
    if (this.#result === null) {
      Atomics.store(this.#arena.i32, this.#word + 1, 0);
      Atomics.store(this.#arena.i32, this.#word, 1);
      Atomics.notify(this.#arena.i32, this.#word);
    }
    while (this.#result === null) await new Promise((resolve) => setImmediate(resolve));
    return this.#result;
  }

  get #word(): number {
    return this.#arena.core.slotPark(this.slot) / 4;
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

const handle = (workerData as { parkedThread?: ArenaHandle } | null)?.parkedThread;
if (!isMainThread && handle !== undefined) {
  const arena = openArena(handle);
  parentPort?.postMessage(arena.core.claimSlot(2));
  parentPort?.on('message', ({ call, args, step }: Request) => {
    arena.core.setStep(step, PARK);
    const result = (arena.core as unknown as Calls)[call]?.(...args);
    arena.core.setStep(0, 0);
    parentPort?.postMessage(result ?? 0);
  });
}
