/** What main posts to a thread that wants to read maps, as plain data. */
import type { MessagePort } from 'node:worker_threads';
import type { PortableCodec } from './codec-names.js';
import { isPerCpuType } from './types.js';

export const HANDLE_KIND = 'innermap.ReaderHandle';
/** Grows with every change of this shape: main and reader may load different copies of the package. */
export const HANDLE_VERSION = 3;
/** Kind of a reader's slot, for `core.claimSlot`. */
export const READER_SLOT = 3;

/** Properties of a map's elements, as a thread needs them to read it. */
export interface ElementLayout {
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  /** The key codec, null when only the user can supply it (see `attach`). */
  readonly key: PortableCodec | null;
  /** The value codec (per-CPU maps: of one CPU's value); null also for an outer map, whose values are maps. */
  readonly value: PortableCodec | null;
  /** Whether values or records have a codec at all: ring buffers may carry bytes of any length. */
  readonly typed: boolean;
  /** Values of an element: more than 1 on per-CPU maps. */
  readonly cpus: number;
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

/** Bytes that a value takes on its way through the core: per-CPU values in slots of whole 8 bytes. */
function valueBytes({ type, valueSize, cpus }: Pick<ElementLayout, 'type' | 'valueSize' | 'cpus'>): number {
  return isPerCpuType(type) ? aligned(valueSize) * cpus : valueSize;
}

/** Scratch bytes that one call on this map takes: the outer key, the key and the value, each aligned. */
export function scratchNeed(map: ElementLayout & { readonly inner: ElementLayout | null }): number {
  const inner = map.inner ?? map;
  const outerKey = map.inner === null ? 0 : aligned(map.keySize);
  return outerKey + aligned(inner.keySize) + aligned(valueBytes(inner));
}
