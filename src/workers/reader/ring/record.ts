/** Records on their way into a ring. */
import type { Codec } from '../../../shared/codecs.js';
import { encode } from '../../../shared/codecs.js';

const RING_FLAGS = { auto: 0, never: 1, force: 2 } as const;

export type Wakeup = keyof typeof RING_FLAGS;

/** The flags word of `bpf_ringbuf_output` for a choice of wake-up. */
export function wakeupFlags(wakeup: Wakeup | undefined): number {
  const flags = RING_FLAGS[wakeup ?? 'auto'];
  if (flags !== undefined) return flags;
  throw new TypeError(`wakeup: given ${String(wakeup)}, expected 'auto', 'never' or 'force'`);
}

/** The bytes of a record. Without a codec it is bytes already. */
export function recordBytes<V>(codec: Codec<V> | undefined, value: V): Uint8Array {
  if (codec !== undefined) return encode(codec, value);
  if (value instanceof Uint8Array) return value;
  throw new TypeError('record: given no Uint8Array, and the map has no codec for records (value)');
}
