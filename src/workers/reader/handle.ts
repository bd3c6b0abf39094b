/** What main posts to a thread that wants to read maps, as plain data. */
import type { MessagePort } from 'node:worker_threads';

export const HANDLE_KIND = 'innermap.ReaderHandle';
/** Grows with every change of this shape: main and reader may load different copies of the package. */
export const HANDLE_VERSION = 1;
/** Kind of a reader's slot, for `core.claimSlot`. */
export const READER_SLOT = 3;

/** Properties of a map's elements, as a thread needs them to read it. */
export interface ElementLayout {
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  /** Name of the key codec, null when only the user can supply it (see `attach`). */
  readonly key: string | null;
  /** Name of the value codec; null also for an outer map, whose values are maps. */
  readonly value: string | null;
}

export interface MapDescriptor extends ElementLayout {
  readonly name: string;
  readonly id: number;
  /** Address in the arena; main holds a reference, so that it stays good for the reader's life. */
  readonly address: number;
  /** Outer maps: the template. */
  readonly inner: ElementLayout | null;
}

/** Maps of a handle by name, for the types only: what `reader.map(name)` gives. */
export type ReaderMaps = { readonly [name: string]: unknown };

/**
 * A value to post to a thread, for `attach()` there. Post it with `postMessage(handle, handle.transfer)`, or as
 * `new Worker(file, { workerData: handle, transferList: handle.transfer })`.
 */
export interface ReaderHandle<Maps extends ReaderMaps = ReaderMaps> {
  readonly kind: typeof HANDLE_KIND;
  readonly version: typeof HANDLE_VERSION;
  /** Shared memory and the compiled core: opaque. */
  readonly arena: unknown;
  /** Names this handle in the reader's slot, so that main finds the slot of a thread that died. */
  readonly token: number;
  readonly maps: { readonly [Name in keyof Maps]: MapDescriptor };
  /** Where keys and values too long for the slot's scratch buffer are encoded. */
  readonly buffer: { readonly address: number; readonly bytes: number } | null;
  /** One-shot handles: its closing tells main of the thread's end. */
  readonly port: MessagePort | null;
  /** What must be in the transfer list when the handle is posted. */
  readonly transfer: readonly MessagePort[];
}

/** Bytes of a slot's scratch buffer. */
export const SLOT_SCRATCH_BYTES = 65_536;
const ALIGNMENT = 8;

export function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

/** Scratch bytes that one call on this map takes: the outer key, the key and the value, each aligned. */
export function scratchNeed(map: { readonly keySize: number; readonly valueSize: number; readonly inner: ElementLayout | null }): number {
  if (map.inner === null) return aligned(map.keySize) + aligned(map.valueSize);
  return aligned(map.keySize) + aligned(map.inner.keySize) + aligned(map.inner.valueSize);
}
