import type { Worker } from 'node:worker_threads';
import '../shared/dispose.js';
import { showAs } from '../shared/inspect.js';
import type { MemoryMapping } from '../shared/mapping.js';
import type { ReaderHandle } from '../workers/reader/handle.js';
import { BpfError } from './errors.js';
import type { ObjectSpec } from '../shared/object/index.js';
import type { RuntimeEvent, RuntimeEventMap } from './events.js';
import type { WaitOptions } from './grace-periods.js';
import { createMap, type MapOf, type MapSpec } from './map.js';
import { createInner, type InnerOptions } from './runtime/create-inner.js';
import { loadProgram, type ProgramSpec } from './runtime/load-program.js';
import type { OuterMap } from './map/types.js';
import { PoolError } from './pool/errors.js';
import { type HandleMaps, type MapsOfHandle, readerSources } from './runtime/reader-sources.js';
import { checkRuntimeOptions, type RuntimeOptions } from './runtime/options.js';
import { assemble, type RuntimeParts, startPool } from './runtime/parts.js';
import { type InnerTemplate, templateOf } from './runtime/template.js';
import {
  type AnyObjectTypes,
  type LoadedObject,
  loadObject,
  type LoadObjectOptions,
  type ObjectTypes,
} from './object/index.js';
import type { Program } from './program.js';
import { loadMaps, saveMaps } from './save.js';
import { type RuntimeStats, readStats, type WorkerStatistics } from './stats.js';
import type { BpfAttributes } from './syscall/attributes.js';
import type { MappingOptions } from './syscall/mmap.js';
import type { Readiness } from './syscall/poll.js';
import type { BpfCommand, CallOptions } from './syscall/syscalls.js';

/**
 * A BPF runtime of its own: one arena of shared memory, the maps in it, the programs, and the worker threads
 * that run them. The thread that creates it is its main thread, the only one that creates maps and swaps inner
 * ones. An idle runtime does not keep the process alive.
 */
export class Runtime {
  readonly #parts: RuntimeParts;
  #closed: Promise<void> | undefined;

  static {
    showAs(
      Runtime.prototype,
      () => 'Runtime',
      (runtime) => {
        if (runtime.closed) return { closed: true };
        const { maps, programs, workers, arena } = runtime.stats();
        return { maps: maps.live, programs, workers: workers.length, bytesUsed: arena.bytesUsed };
      },
    );
  }

  private constructor(parts: RuntimeParts) {
    this.#parts = parts;
  }

  /**
   * Lay out the arena and start the workers; resolves when all of them are up.
   *
   * Rejects with OptionError for a wrong or unknown option; with code ERR_INNERMAP_NO_SHARED_MEMORY where there
   * is no SharedArrayBuffer, ERR_INNERMAP_ADDRESS_SPACE where the arena cannot be reserved, and
   * ERR_INNERMAP_WORKER_START when workers do not come up.
   */
  static async create(options: RuntimeOptions = {}): Promise<Runtime> {
    const parts = assemble(checkRuntimeOptions(options));
    const runtime = new Runtime(parts);
    try {
      await startPool(parts);
    } catch (error) {
      await runtime.close();
      throw error;
    }
    return runtime;
  }

  /**
   * A new runtime with the maps that `save()` wrote, under new ids, each with an open descriptor. Rejects as
   * `create()` does, and with SaveError for damaged or unsuitable bytes.
   */
  static async load(bytes: Uint8Array, options: RuntimeOptions = {}): Promise<Runtime> {
    const runtime = await Runtime.create(options);
    try {
      loadMaps(runtime.#open('load').kernel, bytes);
      return runtime;
    } catch (error) {
      await runtime.close();
      throw error;
    }
  }

  /** Whether `close()` was called. */
  get closed(): boolean {
    return this.#closed !== undefined;
  }

  /** The options in force, defaults filled in. */
  get options(): Readonly<
    Required<Pick<RuntimeOptions, 'workers' | 'possibleCpus' | 'readers' | 'memory' | 'rules' | 'poison'>>
  > {
    const { workers, possibleCpus, readers, memory, rules, poison } = this.#parts.options;
    return { workers, possibleCpus, readers, memory, rules, poison };
  }

  /**
   * Create a map; its keys and values are typed by the codecs of the spec.
   * Throws OptionError for a wrong or unknown property, BpfError for what MAP_CREATE refuses.
   */
  createMap<const S extends MapSpec>(spec: S): MapOf<S> {
    const { syscalls } = this.#open('createMap');
    return createMap(this.#parts, spec, (attributes) => syscalls.bpf('MAP_CREATE', attributes));
  }

  /**
   * Create a map for an outer map: of the type, sizes and flags of its template, typed as its inner maps are. It is in
   * no slot yet. Throws OptionError for what is no outer map, BpfError for what MAP_CREATE refuses.
   */
  createInner<K, M extends object>(outer: OuterMap<K, M>, options: InnerOptions = {}): M {
    const { syscalls } = this.#open('createInner');
    return createInner(this.#parts, outer, options, (attributes) => syscalls.bpf('MAP_CREATE', attributes));
  }

  /**
   * Load a program from assembly text, instructions or bytes. It is verified and compiled on a thread of its own;
   * `runtime.bpf('PROG_LOAD', …)` does it here and now. Rejects with BpfError (its message says which instruction,
   * its `cause` explains), AssemblyError for text that is no assembly, OptionError, or AbortError.
   */
  async loadProgram(spec: ProgramSpec): Promise<Program> {
    return loadProgram(this.#open('loadProgram'), spec);
  }

  /**
   * Load an object file, as bytes or as the spec that `readObject()` gave: create its maps, verify and compile its
   * programs. Rejects with ObjectError for bytes that are no sound object or what it refers to in vain,
   * ObjectProgramError (a BpfError with the verifier's log) for a program that is refused, BpfError for a map.
   *
   * Given the `Types` that `innermap types OBJ` prints, its maps, programs and variables are typed by name.
   */
  async loadObject<T extends ObjectTypes = AnyObjectTypes>(
    source: ObjectSpec | Uint8Array,
    options?: LoadObjectOptions,
  ): Promise<LoadedObject<T>> {
    return (await loadObject(this.#open('loadObject'), source, options)) as LoadedObject<T>;
  }

  /**
   * bpf(2): synchronous, by the kernel's rules. Attributes have kernel names; pointers are `Uint8Array` or null,
   * outputs are written in place. `options` says how the call is made (a number is the size of raw attribute bytes).
   * Throws BpfError, OptionError for wrong options.
   */
  bpf(command: BpfCommand, attributes: BpfAttributes, options?: number | CallOptions): number {
    return this.#open('bpf').syscalls.bpf(command, attributes, options);
  }

  /**
   * Map the memory of a map: an ARRAY with MMAPABLE, or a ring buffer, by the rules of mmap(2). The mapping keeps the
   * map until it is unmapped; its handle makes it usable in other threads. Throws BpfError.
   */
  mmap(fd: number, options: MappingOptions): MemoryMapping {
    return this.#open('mmap').syscalls.mmap(fd, options);
  }

  /** What poll(2) would say of a descriptor now. Throws EBADF when it is not open. */
  poll(fd: number): Readiness {
    return this.#open('poll').syscalls.poll(fd);
  }

  /**
   * What the inner maps of an outer map are like, by its descriptor: a copy of the template that MAP_CREATE was given,
   * saved and loaded with the map. Undefined for a map of another type. Throws EBADF, or EINVAL for what is no map.
   */
  templateOf(fd: number): InnerTemplate | undefined {
    return templateOf(this.#open('templateOf').kernel, fd);
  }

  /** Take away a name that OBJ_PIN gave. Throws ENOENT when nothing has it. */
  unpin(path: string): void {
    this.#open('unpin').syscalls.unpin(path);
  }

  /** A descriptor of a file that is no BPF object, as /dev/null is: to test what refuses it. Close it as any other. */
  openForeign(): number {
    return this.#open('openForeign').syscalls.openForeign();
  }

  /** Close a descriptor that `bpf()` returned: EBADF when it is not open. */
  close(fd: number): void;
  /**
   * End the workers, close every map and program, and let go of the arena. Runs and waits under way reject.
   * Closing twice gives the same promise.
   */
  close(): Promise<void>;
  close(...fd: [] | [number]): Promise<void> | void {
    if (fd.length === 1) return this.#open('close').syscalls.close(fd[0]);
    this.#closed ??= this.#shutDown();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * Resolves when every read-side section that is running now has ended: what was unlinked before is seen by no
   * reader any more. Throws EDEADLK inside a section of this thread.
   */
  synchronize(options?: WaitOptions): Promise<void> {
    return this.#open('synchronize').gracePeriods.synchronize(options);
  }

  /**
   * Resolves when every map that is retired now has been freed and every deferred callback has run.
   * Throws EDEADLK inside a section of this thread.
   */
  barrier(options?: WaitOptions): Promise<void> {
    return this.#open('barrier').gracePeriods.barrier(options);
  }

  /** Every map with its contents, as bytes for `Runtime.load()`. Call it while no program writes. */
  save(): Uint8Array {
    return saveMaps(this.#open('save').kernel);
  }

  /** Figures at this moment. */
  stats(): RuntimeStats {
    const { arena, kernel, pool, gracePeriods, readers } = this.#open('stats');
    return readStats({ arena, kernel, pool, waiting: gracePeriods.waiting, readers: readers.size });
  }

  /**
   * Ask one worker of `stats().workers` over its control channel; it answers between two packets, also in the midst
   * of a run. Rejects with ERR_INNERMAP_WORKER_DIED when there is no such worker, or it ends before it answers.
   */
  async workerStatistics(threadId: number): Promise<WorkerStatistics> {
    const { pool } = this.#open('workerStatistics');
    if (pool) return pool.statisticsOf(threadId);
    throw new PoolError('ERR_INNERMAP_WORKER_DIED', `no worker with threadId ${threadId}: the runtime has no workers`);
  }

  /**
   * A value to post to a thread of your own, for `attach()` of `innermap/reader` there. The maps stay alive until
   * that thread ends. Without a worker the handle is one-shot, and goes with its transfer list.
   */
  handle<const Maps extends HandleMaps>(
    worker: Worker,
    options: { readonly maps: Maps },
  ): ReaderHandle<MapsOfHandle<Maps>>;
  handle<const Maps extends HandleMaps>(options: { readonly maps: Maps }): ReaderHandle<MapsOfHandle<Maps>>;
  handle<const Maps extends HandleMaps>(
    ...given: [Worker, { readonly maps: Maps }] | [{ readonly maps: Maps }]
  ): ReaderHandle<MapsOfHandle<Maps>> {
    const { readers } = this.#open('handle');
    const [worker, options] = given.length === 2 ? given : [undefined, given[0]];
    return readers.handle<MapsOfHandle<Maps>>(worker, readerSources(this.#parts, options));
  }

  /** Listen to an event; `CHANNELS` names the diagnostics channels that carry the same. */
  on<Name extends RuntimeEvent>(name: Name, listener: (event: RuntimeEventMap[Name]) => void): this {
    this.#parts.events.on(name, listener);
    return this;
  }

  once<Name extends RuntimeEvent>(name: Name, listener: (event: RuntimeEventMap[Name]) => void): this {
    this.#parts.events.once(name, listener);
    return this;
  }

  off<Name extends RuntimeEvent>(name: Name, listener: (event: RuntimeEventMap[Name]) => void): this {
    this.#parts.events.off(name, listener);
    return this;
  }

  async #shutDown(): Promise<void> {
    const { pool, programs, registry, kernel, readers, gracePeriods, events } = this.#parts;
    await programs.close();
    await pool?.destroy();
    registry.closeAll();
    kernel.closeAll();
    readers.close();
    gracePeriods.close();
    events.removeAll();
  }

  #open(operation: string): RuntimeParts {
    if (this.#closed === undefined) return this.#parts;
    throw new BpfError('EBADF', operation, 'the runtime is closed: create a new one');
  }
}
