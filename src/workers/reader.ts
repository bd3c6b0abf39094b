/**
 * Maps in a thread of the user's own, without BPF: `attach(handle)` there, with the handle that main got from
 * `runtime.handle()` and posted. This module is the package's `innermap/reader` entry; it loads nothing of the
 * main side.
 */
import { type Arena, type ArenaHandle, openArena } from '../shared/arena.js';
import '../shared/dispose.js';
import { bindMap, type ReaderCodecs } from './reader/bind.js';
import { failed, refused } from './reader/errors.js';
import {
  HANDLE_KIND,
  HANDLE_VERSION,
  READER_SLOT,
  type ReaderHandle,
  type ReaderMaps,
  SLOT_SCRATCH_BYTES,
} from './reader/handle.js';
import { ReaderThread } from './reader/thread.js';
import { inSection } from '../shared/sections.js';

export type { ReaderCodecs } from './reader/bind.js';
export { PerCpuReaderMap, ReaderMap, type ReaderAccessOptions } from './reader/element-map.js';
export { ReaderError } from './reader/errors.js';
export { type MappingHandle, MappingError, MemoryMapping, openMapping } from '../shared/mapping.js';
export type { ReaderHandle, ReaderMaps } from './reader/handle.js';
export { ReaderBloomFilter, type ReaderPushOptions, ReaderQueue } from './reader/keyless.js';
export { OuterReaderMap } from './reader/outer-map.js';
export { type ReaderOutputOptions, ReaderRing, ReaderUserRing } from './reader/ring/buffer.js';

export interface AttachOptions {
  /** By map name. Needed for codecs of your own making; built-in ones and those of an object's maps come with the handle. */
  readonly codecs?: { readonly [map: string]: ReaderCodecs };
}

/**
 * Take a reader slot for this thread and open the handle's maps. A thread that ends or is terminated gives the
 * slot back by itself; `close()` does so earlier.
 *
 * Throws when all reader slots are taken (`readers` of `Runtime.create`), EBUSY for the second attach of a one-shot
 * handle, EINVAL when `handle` is not a
 * handle of this version of the package, or when a codec is missing.
 */
export function attach<Maps extends ReaderMaps>(handle: ReaderHandle<Maps>, options: AttachOptions = {}): Reader<Maps> {
  checkHandle(handle);
  if (handle.port !== null && attachedOnce.has(handle)) {
    throw refused('EBUSY', 'attach', 'attach(): a one-shot handle was attached before: post a new one');
  }
  checkCodecNames(handle, options);
  const arena = openArena(handle.arena as ArenaHandle);
  const reader = new Reader(arena, handle, options);
  attachedOnce.add(handle);
  return reader;
}

/** Handles that this thread has attached: closing the first reader's port would end the second's life in main. */
const attachedOnce = new WeakSet<object>();

export class Reader<Maps extends ReaderMaps = ReaderMaps> {
  readonly #thread: ReaderThread;
  readonly #buffer: ArrayBufferLike;
  readonly #maps = new Map<string, unknown>();
  readonly #port: ReaderHandle['port'];
  /** The slot that this reader holds in the arena, as stall reports name it. */
  readonly slot: number;

  /** @internal */
  constructor(arena: Arena, handle: ReaderHandle<Maps>, options: AttachOptions) {
    const { core } = arena;
    const maps = Object.entries(handle.maps).map(([name, map]) => [name, map, options.codecs?.[name] ?? {}] as const);
    const bound = maps.map(([name, map, codecs]) => [name, bindMap(name, map, codecs)] as const);
    const slot = core.claimSlot(READER_SLOT);
    if (slot < 0) throw failed(slot, 'attach', 'no reader slot is free: raise `readers` of Runtime.create()');
    // Main finds the slots of a thread that died by this word.
    core.setProgram(handle.token);
    this.slot = slot;
    this.#port = handle.port;
    this.#port?.unref();
    const { address, bytes } = handle.buffer ?? { address: core.slotScratch(slot), bytes: SLOT_SCRATCH_BYTES };
    this.#buffer = arena.u8.buffer;
    this.#thread = new ReaderThread(arena, address, bytes);
    for (const [name, open] of bound) this.#maps.set(name, open(this.#thread));
  }

  get closed(): boolean {
    return this.#thread.closed;
  }

  /**
   * Run `callback` in a read-side critical section: no inner map that it finds is freed, and no view goes stale,
   * before it returns. Sections nest; keep them short, since they hold up grace periods. Returns what `callback`
   * returns. Throws EINVAL if that is a thenable: the section ends when `callback` returns, not when it settles.
   */
  section<T>(callback: () => T): T {
    const thread = this.#thread;
    let result: T;
    thread.enter();
    try {
      result = inSection(this.#buffer, callback);
    } finally {
      thread.leave();
    }
    if (isThenable(result)) {
      throw refused('EINVAL', 'section', 'section(): the callback returned a promise; a section cannot span an await');
    }
    return result;
  }

  /** The map that the handle carries under this name. */
  map<Name extends keyof Maps & string>(name: Name): Maps[Name] {
    const map = this.#maps.get(name);
    if (map !== undefined) return map as Maps[Name];
    const known = [...this.#maps.keys()].join(', ') || 'none';
    throw refused('ENOENT', 'map', `the handle carries no map named ${JSON.stringify(name)}; it has: ${known}`);
  }

  /** Give the slot back. Every later call throws EBADF. Throws EBUSY inside a section. */
  close(): void {
    const thread = this.#thread;
    if (thread.closed) return;
    if (thread.core.sectionDepth() > 0) {
      throw refused('EBUSY', 'close', 'close() inside a read-side section: call it after the section has ended');
    }
    thread.closed = true;
    // The token goes first: a slot that carries it belongs to this reader.
    thread.core.setProgram(0);
    thread.core.releaseSlot();
    this.#port?.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function checkHandle(handle: ReaderHandle): void {
  const given = handle as Partial<ReaderHandle> | null | undefined;
  if (given?.kind !== HANDLE_KIND) {
    throw refused('EINVAL', 'attach', 'attach(): expected the value that runtime.handle() gave and main posted');
  }
  if (given.version !== HANDLE_VERSION) {
    const versions = `handle version ${given.version}, expected ${HANDLE_VERSION}`;
    throw refused('EINVAL', 'attach', `attach(): ${versions}: load the same innermap in both threads`);
  }
}

function checkCodecNames(handle: ReaderHandle, options: AttachOptions): void {
  for (const name of Object.keys(options.codecs ?? {})) {
    if (Object.hasOwn(handle.maps, name)) continue;
    const known = Object.keys(handle.maps).join(', ') || 'none';
    throw refused('EINVAL', 'attach', `attach(): codecs for ${JSON.stringify(name)}; the handle's maps are: ${known}`);
  }
}

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
