import type { Program, ProgramLoop, ProgramLoopResult } from '../../index.js';

interface Lane {
  loop: ProgramLoop;
  controller: AbortController;
}

/** How long a replacement thread may take to go on with the packets. */
const RECOVERY_TIMEOUT = 10_000;

/** Every worker replays the packets without pause, a loop each. */
export class ReplayLoops {
  readonly #packets: readonly Uint8Array[];
  readonly #onFailure: (error: Error) => void;
  readonly #lanes: Lane[];
  #program: Program;
  #stopping = false;

  /** `onFailure` hears of a loop that ends otherwise than by `stop()` or `abortOne()`. */
  constructor(program: Program, packets: readonly Uint8Array[], workers: number, onFailure: (error: Error) => void) {
    this.#program = program;
    this.#packets = packets;
    this.#onFailure = onFailure;
    this.#lanes = Array.from({ length: workers }, () => this.#start());
  }

  /** All workers go on with another program, between two packets. */
  use(program: Program): void {
    this.#program = program;
    for (const { loop } of this.#lanes) loop.use(program);
  }

  /** Threads that run a loop now. */
  get threads(): number[] {
    return this.#lanes.flatMap(({ loop }) => loop.threadId ?? []);
  }

  /**
   * Abort one loop, which stops its thread, and wait until the thread that takes its place replays packets.
   * Resolves to the code of the error with which the loop ended.
   */
  async abortOne(): Promise<string> {
    const lane = this.#lanes[0];
    if (!lane) throw new RangeError('there is no loop to abort');
    const ended = lane.loop.done.then(
      () => 'none',
      (error: Error & { code?: string }) => error.code ?? error.name,
    );
    lane.controller.abort();
    const code = await ended;
    if (this.#stopping) return code;
    Object.assign(lane, this.#start());
    const deadline = performance.now() + RECOVERY_TIMEOUT;
    while (lane.loop.threadId === undefined && !this.#stopping) {
      if (performance.now() > deadline)
        throw new Error(`no thread took the aborted one's place in ${RECOVERY_TIMEOUT} ms`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    return code;
  }

  /** Stop after the packets under way. */
  async stop(): Promise<ProgramLoopResult[]> {
    this.#stopping = true;
    const ends = await Promise.allSettled(this.#lanes.map(({ loop }) => loop.stop()));
    return ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
  }

  #start(): Lane {
    const controller = new AbortController();
    const loop = this.#program.loop(this.#packets, { signal: controller.signal });
    loop.done.catch((error: Error) => {
      if (!controller.signal.aborted) this.#onFailure(error);
    });
    return { loop, controller };
  }
}
