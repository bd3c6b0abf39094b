/** Who uses a map in the behaviour suite: the main thread, or a reader in a thread of its own. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { BpfMap, Runtime } from 'innermap';
import type { ActorCall, ActorReply } from './reader-thread.js';

/** Runs a method of the map. Rejects with the error, whose `code` is that of the actor's thread. */
export type Call = (method: string, ...args: unknown[]) => Promise<unknown>;

export interface Actor {
  readonly title: string;
  /** Have `map` used by this actor while `test` runs. */
  use(runtime: Runtime, map: BpfMap, test: (call: Call) => Promise<void>): Promise<void>;
}

type Methods = Record<string, (...args: unknown[]) => unknown>;

const main: Actor = {
  title: 'the main thread',
  async use(_, map, test) {
    await test(async (method, ...args) => plain((map as unknown as Methods)[method]?.(...args)));
  },
};

const reader: Actor = {
  title: 'a reader thread',
  async use(runtime, map, test) {
    const worker = new Worker(new URL('./reader-thread.js', import.meta.url));
    const exit = once(worker, 'exit');
    try {
      worker.postMessage(runtime.handle(worker, { maps: { map } } as never));
      await test(async (method, ...args) => {
        worker.postMessage({ method, args } satisfies ActorCall);
        const [reply] = (await once(worker, 'message')) as [ActorReply];
        if (reply.error === undefined) return reply.result;
        throw Object.assign(new Error(reply.error.message), { code: reply.error.code });
      });
    } finally {
      await worker.terminate();
      await exit;
    }
  },
};

export const ACTORS: readonly Actor[] = [main, reader];

/** What a method gave, comparable across threads: maps give themselves back for chaining. */
function plain(result: unknown): unknown {
  if (Array.isArray(result)) return [...result];
  return typeof result === 'object' && result !== null && 'maxEntries' in result ? undefined : result;
}
