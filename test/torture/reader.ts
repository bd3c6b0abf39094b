/**
 * A JavaScript reader of the torture test: looks inner maps up, holds them for a while, and looks at their age again.
 * Counts what it saw in shared words: see `SEEN`.
 */
import { parentPort } from 'node:worker_threads';
import { attach, type OuterReaderMap, type ReaderHandle } from 'innermap/reader';

/** Words of the shared counters: sections, and ages seen of 0, of 1, and of anything else (violations). */
export const SEEN = { sections: 0, current: 1, unlinked: 2, violations: 3, words: 4 } as const;
export const KEYS = 8;

export interface TortureRequest {
  readonly handle: ReaderHandle<Record<string, unknown>>;
  readonly seen: Int32Array;
  /** Stay in a section for so many looks. */
  readonly looks: number;
}

if (parentPort !== null) {
  parentPort.once('message', ({ handle, seen, looks }: TortureRequest) => {
    const reader = attach(handle);
    const outers = ['array', 'hash'].map((name) => reader.map(name) as OuterReaderMap<number, number, number>);
    parentPort?.postMessage('up');
    for (let round = 0; ; round++) {
      const outer = outers[round & 1] as OuterReaderMap<number, number, number>;
      reader.section(() => {
        const inner = outer.inner(round % KEYS);
        for (let look = 0; inner !== undefined && look < looks; look++) count(seen, inner.get(0));
      });
      Atomics.add(seen, SEEN.sections, 1);
    }
  });
}

function count(seen: Int32Array, age: number | undefined): void {
  const word = age === 0 ? SEEN.current : age === 1 ? SEEN.unlinked : SEEN.violations;
  Atomics.add(seen, word, 1);
}
