import type { Pool } from '../pool.js';
import { poolClosed } from '../pool/errors.js';
import type { ProgramBackend } from '../program.js';
import type { Programs } from '../programs.js';
import type { TestRunAttributes } from './test-run.js';

/** The largest packet of a test run, with room in a thread's 64 KiB buffer for the context and the stack. */
export const MAX_PACKET = 16_384;

/** What `Program` objects call: the pool for runs and loops, PROG_TEST_RUN for test runs. */
export function programBackend(
  programs: Programs,
  pool: () => Pool | null,
  close: (fd: number) => void,
): ProgramBackend {
  const running = (): Pool => {
    const found = pool();
    if (found === null) throw poolClosed();
    return found;
  };
  return {
    run: (id, packets, options) => running().run(programs.runnable(id), packets, options),
    loop(id, packets, options) {
      const workers = running();
      const loop = workers.loop(programs.runnable(id), packets, options);
      return {
        done: loop.done,
        stop: () => loop.stop(),
        use: (next) => loop.use(programs.runnable(next.id)),
        get threadId() {
          return workers.workerOfSlot(loop.slot)?.threadId;
        },
      };
    },
    testRun(fd, data, repeat) {
      const out = new Uint8Array(MAX_PACKET);
      const attributes: TestRunAttributes = { prog_fd: fd, data_in: data, data_out: out, repeat };
      programs.testRun(attributes);
      const { retval = 0, data_size_out = 0, duration = 0 } = attributes;
      return { verdict: retval, data: out.slice(0, data_size_out), duration };
    },
    verdict: (id) => programs.verdict(id),
    counts: (id) => programs.counts(id),
    coverage: (id) => programs.coverage(id),
    close,
  };
}
