import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { Endpoint } from 'comlink';

type Listener = (event: { data: unknown }) => void;

/**
 * A Comlink endpoint over a Node port that can also be read synchronously, by a thread that does not
 * return to its event loop. A message reaches Comlink's listeners once, whichever way it came.
 */
export class DrainableEndpoint {
  readonly #port: MessagePort;
  readonly #listeners = new Set<Listener>();

  constructor(port: MessagePort) {
    this.#port = port;
    port.on('message', (data: unknown) => this.#dispatch(data));
  }

  /** What Comlink's `expose` and `wrap` take. */
  get endpoint(): Endpoint {
    return {
      addEventListener: (_type: string, listener: unknown) => void this.#listeners.add(listener as Listener),
      removeEventListener: (_type: string, listener: unknown) => void this.#listeners.delete(listener as Listener),
      postMessage: (message: unknown, transfer?: Transferable[]) =>
        this.#port.postMessage(message, (transfer ?? []) as never[]),
    } as Endpoint;
  }

  /** Deliver what has arrived. Returns how many messages; Comlink answers once the caller has awaited. */
  drain(): number {
    let count = 0;
    for (let entry = receiveMessageOnPort(this.#port); entry; entry = receiveMessageOnPort(this.#port)) {
      this.#dispatch((entry as { message: unknown }).message);
      count++;
    }
    return count;
  }

  #dispatch(data: unknown): void {
    for (const listener of [...this.#listeners]) listener({ data });
  }
}
