/**
 * Read-side sections that run user code in this thread. The main thread may be a reader of its own arena, with an
 * instance of the core and a slot of its own: the instance that would wait for a grace period does not know of those.
 */
const open: ArrayBufferLike[] = [];

/** Run `section`, which reads in the arena that `buffer` is. */
export function inSection<T>(buffer: ArrayBufferLike, section: () => T): T {
  open.push(buffer);
  try {
    return section();
  } finally {
    open.pop();
  }
}

/** Whether this thread is in such a section over `buffer`. */
export function isInSection(buffer: ArrayBufferLike): boolean {
  return open.includes(buffer);
}
