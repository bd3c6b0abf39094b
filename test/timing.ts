/**
 * Time in tests. No verdict may hang on how fast a machine is or what else it does: a promised time is printed, and
 * fails only when it is missed by a factor that no machine explains. INNERMAP_SLACK=1 holds the library to its word.
 */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';

/** By how much a promise may be missed. */
const SLACK = Number(process.env['INNERMAP_SLACK'] ?? 50);

/** Milliseconds after which something hangs, and is not just slow. */
export const HANGS = 120_000;

/** Print what took how long; fail when that is out of all proportion to what is promised (milliseconds). */
export function promised(context: TestContext, what: string, took: number, promise: number): void {
  context.diagnostic(`${what}: ${took.toFixed(2)} ms, promised: ${promise} ms`);
  assert.ok(took < promise * SLACK, `${what}: took ${took} ms, promised: ${promise} ms`);
}

/** Wait for what another thread does. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = performance.now() + HANGS;
  while (!condition()) {
    assert.ok(performance.now() < deadline, `${what}: not within ${HANGS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
