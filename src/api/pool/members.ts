import type { Worker } from 'node:worker_threads';
import type { Arena } from '../../shared/arena.js';
import type { Hello, MainControl } from '../../workers/protocol.js';
import { PoolMember } from './member.js';

const ESRCH = 3;
const EAGAIN = 11;
const MAX_RETRY_DELAY = 50;
/** `claimSlot(2)`: the kind of a pool worker's slot. */
const WORKER_SLOT = 2;

export interface MembersHooks {
  /** What a thread may call on main. */
  mainControl(member: PoolMember): MainControl;
  ready(member: PoolMember): void;
  /** The thread has exited and its slot is recovered. */
  reclaimed(member: PoolMember): void;
  /** The worker's own exit event, before the slot is recovered. */
  exited(member: PoolMember): void;
  failed(error: Error): void;
}

/**
 * The threads that the pool ever started and that are not yet reclaimed.
 *
 * A slot is recovered only after its worker's own `exit` event, by the incarnation that the worker claimed:
 * before it the thread may still be writing.
 */
export class PoolMembers {
  readonly #arena: Arena;
  readonly #hooks: MembersHooks;
  readonly #members = new Map<number, PoolMember>();
  /** Threads that ended before they said which slot they hold. */
  #unnamedDeaths = 0;

  constructor(arena: Arena, hooks: MembersHooks) {
    this.#arena = arena;
    this.#hooks = hooks;
  }

  /** Threads that are up. */
  get ready(): PoolMember[] {
    return [...this.#members.values()].filter((member) => member.alive && member.hello !== null);
  }

  get all(): PoolMember[] {
    return [...this.#members.values()];
  }

  ofThread(threadId: number): PoolMember | undefined {
    return this.#members.get(threadId);
  }

  ofSlot(slot: number): PoolMember | undefined {
    return this.all.find((member) => member.hello?.slot === slot);
  }

  /** Take note of threads that Piscina has started since. */
  adopt(workers: readonly Worker[]): void {
    for (const worker of workers) {
      if (worker.threadId < 0 || this.#members.has(worker.threadId)) continue;
      const member = new PoolMember(worker);
      this.#members.set(member.threadId, member);
      member.reclaimed = member.exited.then(() => this.#reclaim(member));
    }
  }

  connect(hello: Hello): void {
    const member = this.#members.get(hello.threadId);
    if (member === undefined || !member.alive) return;
    member.connect(hello, this.#hooks.mainControl(member));
    this.#hooks.ready(member);
    void this.#recoverUnnamed();
  }

  /** Every thread that is not among `staying` has exited and is reclaimed. */
  async departed(staying: readonly Worker[]): Promise<void> {
    const leaving = this.all.filter((member) => !staying.includes(member.worker));
    await Promise.all(leaving.map((member) => member.reclaimed));
  }

  async #reclaim(member: PoolMember): Promise<void> {
    this.#hooks.exited(member);
    if (member.hello !== null) await this.#recover(member.hello.slot, member.hello.incarnation);
    else this.#unnamedDeaths++;
    this.#members.delete(member.threadId);
    await this.#recoverUnnamed();
    this.#hooks.reclaimed(member);
  }

  /**
   * A thread may have died between its claim and its hello. Its slot is one that no member names; while
   * another member has not said hello yet, such a slot may be that one's, so wait until all have.
   */
  async #recoverUnnamed(): Promise<void> {
    if (this.#unnamedDeaths === 0 || this.all.some((member) => member.alive && member.hello === null)) return;
    this.#unnamedDeaths = 0;
    const named = new Set(this.all.map((member) => member.hello?.slot));
    const { core } = this.#arena;
    for (let slot = 0; slot < core.slotCount(); slot++) {
      const incarnation = core.slotIncarnation(slot);
      const claimed = (incarnation & 1) === 1;
      if (claimed && core.slotKind(slot) === WORKER_SLOT && !named.has(slot)) await this.#recover(slot, incarnation);
    }
  }

  /** -EAGAIN: a lock that recovery needs is held by a live thread for the moment. */
  async #recover(slot: number, incarnation: number): Promise<void> {
    for (let delay = 1; ; delay = Math.min(2 * delay, MAX_RETRY_DELAY)) {
      const result = this.#arena.core.recover(slot, incarnation);
      if (result === 0 || result === -ESRCH) return;
      if (result !== -EAGAIN) {
        this.#hooks.failed(new Error(`slot ${slot} of a dead worker cannot be recovered: errno ${-result}`));
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, delay));
    }
  }
}
