/** Calls made where the stack ends. */
import assert from 'node:assert/strict';

/** Call `run` with `depth` frames of JavaScript below it. */
function dive(depth: number, run: () => unknown): number {
  if (depth > 0) return dive(depth - 1, run) + 0;
  run();
  return 0;
}

/** Whether `run` overflows the stack, called that deep. Its other errors fail the test. */
export function overflows(depth: number, run: () => unknown): boolean {
  try {
    dive(depth, run);
    return false;
  } catch (error) {
    assert.ok(error instanceof RangeError, String(error));
    return true;
  }
}
