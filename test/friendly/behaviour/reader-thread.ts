/** The thread of the behaviour suite's reader: runs the methods that main asks for. */
import { parentPort } from 'node:worker_threads';
import { attach, type Reader, type ReaderHandle } from 'innermap/reader';

export interface ActorCall {
  readonly method: string;
  readonly args: readonly unknown[];
}

export interface ActorReply {
  readonly result?: unknown;
  readonly error?: { readonly message: string; readonly code: unknown };
}

type Methods = Record<string, (...args: unknown[]) => unknown>;

let reader: Reader<{ map: Methods }> | undefined;

parentPort?.on('message', (message: ActorCall | ReaderHandle<{ map: Methods }>) => {
  if ('kind' in message) reader = attach(message);
  else parentPort?.postMessage(run(message));
});

function run({ method, args }: ActorCall): ActorReply {
  const map = reader?.map('map');
  try {
    const result = map?.[method]?.(...args);
    if (result === map) return {};
    return { result: Array.isArray(result) ? [...result] : result };
  } catch (error) {
    const { message, code } = error as Error & { code?: unknown };
    return { error: { message, code } };
  }
}
