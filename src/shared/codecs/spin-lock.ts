import type { Codec } from './codec.js';

/** Marks a field that is no part of the value: the runtime owns its bytes. */
export interface SpinLockCodec extends Codec<undefined> {
  readonly name: 'spin_lock';
  readonly spinLock: 0;
}

/**
 * `struct bpf_spin_lock`, as a field of a struct: programs lock the value with it, and `{ lock: true }` makes
 * reads and writes of the whole value atomic against them. The field does not appear in the JavaScript value;
 * the lock word of a map is never overwritten and reads as 0.
 */
export const spinLock: SpinLockCodec = {
  name: 'spin_lock',
  size: 4,
  alignment: 4,
  spinLock: 0,
  encode: (_, memory, offset) => memory.view.setUint32(offset, 0, true),
  decode: () => undefined,
};
