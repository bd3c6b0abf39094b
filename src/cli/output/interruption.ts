import { Script } from 'node:vm';

/** Ctrl+C. */
export class Interruption extends Error {
  override readonly name = 'Interruption';
  readonly code = 'SIGINT';

  constructor() {
    super('interrupted');
  }
}

/** Nobody reads what is printed. */
export class OutputEnded extends Error {
  override readonly name = 'OutputEnded';
}

/** Where the call that is under way stands: a script reaches nothing but globals. */
const PLACE = 'innermap.cli.interruptible';
const CALL = Symbol.for(PLACE);

/**
 * Call what may keep this thread busy for long, without a turn of the event loop: no signal handler of JavaScript would
 * get to run. Ctrl+C ends it in its midst, and it throws Interruption; what it worked on is of no use then.
 */
export function interruptible<T>(call: () => T): T {
  const globals = globalThis as unknown as Record<symbol, unknown>;
  globals[CALL] = call;
  try {
    return new Script(`globalThis[Symbol.for('${PLACE}')]()`).runInThisContext({ breakOnSigint: true }) as T;
  } catch (error) {
    throw (error as { code?: string }).code === 'ERR_SCRIPT_EXECUTION_INTERRUPTED' ? new Interruption() : error;
  } finally {
    delete globals[CALL];
  }
}
