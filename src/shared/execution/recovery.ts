import type { CoreExports } from '../core-exports.js';

/** The core already waits for about half a second a try for threads that are in the same map. */
const TRIES = 8;

/**
 * Make whole what this thread's trap left behind: its locks, its section, the map that it was changing. Throws when
 * other threads do not leave that map in seconds, which their bounded locks rule out; the thread must not go on then.
 */
export function recoverThread(core: Pick<CoreExports, 'recoverSelf'>): void {
  for (let tries = 0; tries < TRIES; tries++) {
    if (core.recoverSelf() === 0) return;
  }
  throw new Error('broken invariant: after a trap the map under change could not be had alone; this thread must end');
}
