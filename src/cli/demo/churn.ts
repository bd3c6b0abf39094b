import type { ControlPlane } from './control-plane.js';
import { randomNumbers } from './world.js';

export interface ChurnOptions {
  readonly swapsPerSecond: number;
  /** Only so many of the busiest services and of the tenants are swapped; undefined: all. */
  readonly only?: number;
}

/** One swap in so many is awaited, to measure grace periods. */
const AWAITED = 8;
/** Awaited swaps and backend removals under way at the same time. */
const MOST_WAITING = 64;
/** One turn's work in milliseconds, at most: the event loop has other guests. */
const TURN = 4;
const BACKEND_INTERVAL = 20;

/**
 * Changes everything that can change, at a given pace, until it is stopped: tables and deny lists are swapped,
 * services come and go, backends come and go.
 */
export class Churn {
  readonly #plane: ControlPlane;
  readonly #options: ChurnOptions;
  readonly #random = randomNumbers(11);
  readonly #waiting = new Set<Promise<void>>();
  readonly #goneBackends: number[] = [];
  readonly #goneServices: number[] = [];
  #turns = 0;
  #stopped = false;
  #failure: Error | null = null;

  constructor(plane: ControlPlane, options: ChurnOptions) {
    this.#plane = plane;
    this.#options = options;
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Runs until `stop()`; then puts everything back and waits for what is under way. Rejects when a step failed. */
  async run(swaps: () => number): Promise<void> {
    const begin = performance.now();
    const already = swaps();
    let nextBackend = begin + BACKEND_INTERVAL;
    while (!this.#stopped) {
      const now = performance.now();
      const due = already + ((now - begin) / 1000) * this.#options.swapsPerSecond;
      while (swaps() < due && performance.now() - now < TURN && !this.#stopped) this.#step();
      if (now >= nextBackend) {
        this.#changeBackends();
        nextBackend = now + BACKEND_INTERVAL;
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (this.#failure) throw this.#failure;
    }
    await this.#settle();
  }

  /** What is gone comes back, so that the figures at the end compare with those at the start. */
  async #settle(): Promise<void> {
    while (this.#waiting.size > 0) await Promise.all(this.#waiting);
    for (const number of this.#goneBackends.splice(0)) this.#plane.restoreBackend(number);
    for (const index of this.#goneServices.splice(0)) this.#plane.publishService(index);
    if (this.#failure) throw this.#failure;
  }

  #step(): void {
    this.#turns++;
    const awaited = this.#turns % AWAITED === 0 && this.#waiting.size < MOST_WAITING;
    const kind = this.#random();
    if (kind < 0.03) this.#changeServices();
    else if (kind < 0.55) this.#swapService(awaited);
    else this.#swapDenyList(awaited);
  }

  /** Busy services are swapped more often: their readers are where a fault would show. */
  #swapService(awaited: boolean): void {
    const index = Math.floor(this.#count(this.#plane.services.length) * this.#random() ** 2);
    if (!this.#plane.services[index]?.published) return;
    if (awaited) this.#keep(this.#plane.replaceService(index));
    else this.#plane.publishService(index);
  }

  #swapDenyList(awaited: boolean): void {
    const index = Math.floor(this.#count(this.#plane.tenants.length) * this.#random());
    if (awaited) this.#keep(this.#plane.replaceDenyList(index));
    else this.#plane.publishDenyList(index);
  }

  /** At most one service in sixteen is out at a time. */
  #changeServices(): void {
    if (this.#goneServices.length > this.#plane.services.length / 16) {
      this.#plane.publishService(this.#goneServices.shift() as number);
      return;
    }
    const index = Math.floor(this.#plane.services.length * this.#random());
    if (!this.#plane.services[index]?.published) return;
    this.#plane.removeService(index);
    this.#goneServices.push(index);
  }

  #changeBackends(): void {
    if (this.#goneBackends.length > 100) {
      this.#plane.restoreBackend(this.#goneBackends.shift() as number);
      return;
    }
    const candidates = this.#plane.backends;
    const number = candidates[Math.floor(candidates.length * this.#random())] as number;
    if (this.#goneBackends.includes(number) || this.#waiting.size >= MOST_WAITING) return;
    this.#keep(
      this.#plane.removeBackend(number).then(() => {
        this.#goneBackends.push(number);
      }),
    );
  }

  #count(all: number): number {
    return Math.min(all, this.#options.only ?? all);
  }

  #keep(work: Promise<void>): void {
    const kept = work
      .catch((error: Error) => {
        this.#failure ??= error;
      })
      .finally(() => this.#waiting.delete(kept));
    this.#waiting.add(kept);
  }
}
