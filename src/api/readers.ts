/**
 * JavaScript readers, as the main side sees them: it makes the handles, holds the maps for the readers' lives,
 * and gives back the slots of threads that ended.
 *
 * A reader writes its handle's token into its slot, so main needs no message from it: when the thread has
 * ended, every slot with the token is recovered. *When it has ended* is the Worker's own `exit` event, or the
 * close of the port that a one-shot handle carries; Node closes a thread's ports after its last instruction.
 *
 * A thread that dies between claiming a slot and writing the token leaves a *nameless* slot. It is recovered
 * as soon as no live handle could still be about to write one.
 */
import { showAs } from '../shared/inspect.js';
import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads';
import type { Arena } from '../shared/arena.js';
import type { Codec } from '../shared/codecs.js';
import { Errno } from '../shared/errno.js';
import { portableCodec } from '../workers/reader/codec-names.js';
import {
  type ElementLayout,
  HANDLE_KIND,
  HANDLE_VERSION,
  type MapDescriptor,
  READER_SLOT,
  type ReaderHandle,
  type ReaderMaps,
  SLOT_SCRATCH_BYTES,
  scratchNeed,
} from '../workers/reader/handle.js';
import { isPerCpuType, readerKind } from '../workers/reader/types.js';
import { mapTypeName } from '../shared/uapi.js';
import { BpfError } from './errors.js';
import type { GracePeriods } from './grace-periods.js';
import type { MapObject, MapProperties } from './kernel/objects.js';

/** What of the kernel the readers need. */
export interface ReaderKernel {
  readonly arena: Arena;
  readonly possibleCpus: number;
  holdMap(map: MapObject): void;
  putMap(map: MapObject): void;
}

/** How the elements of a map are typed; null where there is no key, or no codec for values. */
export interface ReaderShape {
  readonly key: Codec<unknown> | null;
  readonly value: Codec<unknown> | null;
}

/** A map to put in a handle. `inner`: the codecs of an outer map's elements; an outer map has no value codec. */
export interface ReaderMapSource extends ReaderShape {
  readonly map: MapObject;
  readonly inner?: ReaderShape | undefined;
}

/** A handle has come to its end: its thread ended, its reader closed (one-shot), or it was released. */
export interface ReaderEndEvent {
  readonly token: number;
  /** Null for a one-shot handle. */
  readonly threadId: number | null;
  /** Slots that the thread had not given back itself. */
  readonly recovered: readonly number[];
}

export interface ReaderHooks {
  onEnd?(event: ReaderEndEvent): void;
}

interface Entry {
  readonly token: number;
  readonly maps: readonly MapObject[];
  /** Encode buffer in the arena; 0 = the slot's scratch buffer is enough. */
  readonly buffer: number;
  readonly worker: Worker | null;
  readonly threadId: number | null;
  readonly port: MessagePort | null;
  readonly recovered: number[];
  ended: boolean;
}

/** Pause before a recovery that met a taken lock is tried again, milliseconds. */
const RECOVERY_PAUSE = 2;

export class Readers {
  readonly #kernel: ReaderKernel;
  readonly #gracePeriods: GracePeriods;
  readonly #hooks: ReaderHooks;
  readonly #entries = new Map<number, Entry>();
  /** One exit listener a worker, however many handles it has. */
  readonly #watched = new WeakSet<Worker>();
  #lastToken = 0;
  #closed = false;

  constructor(kernel: ReaderKernel, gracePeriods: GracePeriods, hooks: ReaderHooks = {}) {
    this.#kernel = kernel;
    this.#gracePeriods = gracePeriods;
    this.#hooks = hooks;
  }

  /** Handles whose thread has not ended. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * A handle to post to `worker`, good for any number of `attach()` calls there until it exits. Without a worker
   * it is one-shot: for one thread, and for one `attach()`; post it with its `transfer` list. The maps stay
   * alive, closed or not, until the handle's end.
   */
  handle<Maps extends ReaderMaps>(
    worker: Worker | undefined,
    sources: { readonly [Name in keyof Maps]: ReaderMapSource },
  ): ReaderHandle<Maps> {
    if (this.#closed) throw new BpfError('EBADF', 'handle', 'the runtime is closed');
    if (worker !== undefined && worker.threadId < 0) throw new BpfError('ESRCH', 'handle', 'the worker has exited');
    const maps = describeMaps(sources, this.#kernel.possibleCpus);
    const buffer = this.#allocateBuffer(Object.values(maps));
    const channel = worker === undefined ? new MessageChannel() : undefined;
    const held = Object.values<ReaderMapSource>(sources).map((source) => source.map);
    for (const map of held) this.#kernel.holdMap(map);
    const token = ++this.#lastToken;
    const entry: Entry = {
      token,
      maps: held,
      buffer: buffer?.address ?? 0,
      worker: worker ?? null,
      threadId: worker?.threadId ?? null,
      port: channel?.port1 ?? null,
      recovered: [],
      ended: false,
    };
    this.#entries.set(token, entry);
    this.#watch(entry);
    const handle: ReaderHandle<Maps> = {
      kind: HANDLE_KIND,
      version: HANDLE_VERSION,
      arena: this.#kernel.arena.handle,
      token,
      maps: maps as ReaderHandle<Maps>['maps'],
      buffer,
      port: channel?.port2 ?? null,
      transfer: channel === undefined ? [] : [channel.port2],
    };
    const names = Object.keys(maps);
    // Not enumerable: a posted handle stays plain data.
    showAs(
      handle,
      () => 'ReaderHandle',
      () => ({ maps: names, oneShot: channel !== undefined }),
    );
    return handle;
  }

  /**
   * End a handle that no thread is attached to, nor will be: its maps are let go. EBUSY while a reader holds a slot
   * for it.
   */
  release(handle: ReaderHandle): void {
    const entry = this.#entries.get(handle.token);
    if (entry === undefined) return;
    if (this.#slotsOf(entry.token).length > 0) {
      throw new BpfError('EBUSY', 'release', 'a thread is attached to this handle: close its reader first');
    }
    this.#end(entry);
  }

  /** Thread of the reader in `slot`, for stall reports. Null when main does not know it. */
  workerOf(slot: number): number | null {
    const { core } = this.#kernel.arena;
    if (core.slotKind(slot) !== READER_SLOT) return null;
    return this.#entries.get(core.slotProgram(slot))?.threadId ?? null;
  }

  /** Let go of all maps and ports. To be called when the runtime closes: the arena must not be used afterwards. */
  close(): void {
    this.#closed = true;
    for (const entry of [...this.#entries.values()]) {
      this.#entries.delete(entry.token);
      entry.ended = true;
      entry.port?.close();
      this.#letGo(entry);
    }
  }

  #allocateBuffer(maps: readonly MapDescriptor[]): ReaderHandle['buffer'] {
    const bytes = Math.max(0, ...maps.map(scratchNeed));
    if (bytes <= SLOT_SCRATCH_BYTES) return null;
    const address = this.#kernel.arena.core.memoryAllocate(bytes);
    if (address < 0) throw BpfError.of(-address, 'handle', `no room for ${bytes} bytes of keys and values`);
    return { address, bytes };
  }

  #watch(entry: Entry): void {
    const { worker, port } = entry;
    if (port !== null) {
      port.on('close', () => this.#end(entry));
      port.unref();
    }
    if (worker === null || this.#watched.has(worker)) return;
    this.#watched.add(worker);
    worker.once('exit', () => {
      for (const other of [...this.#entries.values()]) if (other.worker === worker) this.#end(other);
    });
  }

  /** The entry's thread has ended, or has given its slots back. */
  #end(entry: Entry): void {
    if (entry.ended || this.#closed) return;
    const { core } = this.#kernel.arena;
    for (const slot of this.#slotsOf(entry.token)) {
      const result = core.recover(slot, core.slotIncarnation(slot));
      if (result === -Errno.EAGAIN) {
        setTimeout(() => this.#end(entry), RECOVERY_PAUSE);
        return;
      }
      if (result === 0) entry.recovered.push(slot);
    }
    entry.ended = true;
    entry.port?.close();
    this.#entries.delete(entry.token);
    this.#recoverNameless();
    this.#letGo(entry);
    this.#gracePeriods.workerExited();
    this.#hooks.onEnd?.({ token: entry.token, threadId: entry.threadId, recovered: entry.recovered });
  }

  #letGo(entry: Entry): void {
    if (entry.buffer !== 0) this.#kernel.arena.core.memoryFree(entry.buffer);
    for (const map of entry.maps) this.#kernel.putMap(map);
  }

  /** Claimed reader slots whose token is `token`. */
  #slotsOf(token: number): number[] {
    const { core } = this.#kernel.arena;
    const slots: number[] = [];
    for (let slot = 0; slot < core.slotCount(); slot++) {
      const claimed = core.slotIncarnation(slot) % 2 !== 0;
      if (claimed && core.slotKind(slot) === READER_SLOT && core.slotProgram(slot) === token) slots.push(slot);
    }
    return slots;
  }

  /**
   * A nameless slot belongs to a live thread inside `attach()` or to a dead one. Only handles that can still be
   * attached have such threads: those of a Worker, and one-shot ones that no slot shows yet.
   */
  #recoverNameless(): void {
    const { core } = this.#kernel.arena;
    const mayAttach = (entry: Entry) => entry.worker !== null || this.#slotsOf(entry.token).length === 0;
    if ([...this.#entries.values()].some(mayAttach)) return;
    for (const slot of this.#slotsOf(0)) {
      const result = core.recover(slot, core.slotIncarnation(slot));
      if (result === -Errno.EAGAIN) setTimeout(() => this.#closed || this.#recoverNameless(), RECOVERY_PAUSE);
    }
  }
}

function describeMaps(sources: Readonly<Record<string, ReaderMapSource>>, cpus: number): Record<string, MapDescriptor> {
  const described: Record<string, MapDescriptor> = {};
  for (const [name, source] of Object.entries(sources)) {
    const { map } = source;
    const template = map.template;
    if ((template === undefined) !== (source.inner === undefined)) {
      throw new TypeError(`handle(): map ${name}: the codecs of inner elements belong to outer maps, and only there`);
    }
    const inner =
      template === undefined || source.inner === undefined ? null : layoutOf(name, template, source.inner, cpus);
    described[name] = { ...layoutOf(name, map, source, cpus), name, id: map.id, address: map.address, inner };
  }
  return described;
}

function layoutOf(name: string, map: MapProperties, codecs: ReaderShape, cpus: number): ElementLayout {
  const { type, keySize, valueSize, maxEntries, flags } = map;
  if (readerKind(type) === undefined) {
    throw new BpfError('EINVAL', 'handle', `maps.${name}: ${mapTypeName(type)} maps hold nothing for readers`);
  }
  const { key, value } = codecs;
  return {
    type,
    keySize,
    valueSize,
    maxEntries,
    flags,
    key: key === null ? null : portableCodec(key),
    value: value === null ? null : portableCodec(value),
    typed: value !== null,
    cpus: isPerCpuType(type) ? cpus : 1,
  };
}
