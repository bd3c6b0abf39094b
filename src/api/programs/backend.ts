import type { Pool } from '../pool.js';
import { noWorkers } from '../pool/errors.js';
import type { ProgramBackend } from '../program.js';
import type { Programs } from '../programs.js';
import { friendlyTestRun } from './friendly-test-run.js';

/** What `Program` objects call: the pool for runs and loops, PROG_TEST_RUN for test runs. */
export function programBackend(
  programs: Programs,
  pool: () => Pool | null,
  close: (fd: number) => void,
): ProgramBackend {
  const running = (): Pool => {
    const found = pool();
    if (found === null) throw noWorkers();
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
    testRun: (fd, request) => friendlyTestRun(programs, fd, request),
    verdict: (id) => programs.verdict(id),
    counts: (id) => programs.counts(id),
    lines: (id) => programs.lines(id),
    coverage: (id) => programs.coverage(id),
    close,
  };
}
