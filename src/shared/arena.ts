/**
 * The arena as one thread sees it: the shared memory, and this thread's instance of the core over it.
 *
 * The memory never grows (growing shared memory under other threads traps in V8), and instantiating the core writes
 * nothing into it. Reading the module's bytes is the caller's business: it needs the host.
 */
import type { CoreExports } from './core-exports.js';
import type { WasmMemory, WasmModule, WasmTable } from './wasm-types.js';

/** Bytes of a WebAssembly page, and of a chunk of the arena. */
const PAGE_BYTES = 65_536;
/** Smallest arena: superblock, main's areas, and room for a few maps. */
const MIN_ARENA_BYTES = 16 * PAGE_BYTES;
/** `claimSlot`: the main thread's kind. */
const MAIN_KIND = 1;
/** Table slots at first; installers grow the tables. */
const TABLE_SLOTS = 64;

/** What another thread needs to open the arena; can be posted. */
export interface ArenaHandle {
  readonly memory: WasmMemory;
  readonly module: WasmModule;
}

export interface Arena {
  readonly memory: WasmMemory;
  /** Views of the whole memory. */
  readonly u8: Uint8Array;
  readonly u32: Uint32Array;
  readonly i32: Int32Array;
  readonly core: CoreExports;
  /** Functions that the core calls: entries and callbacks of the programs installed in this thread. */
  readonly table: WasmTable;
  /** Entries of programs by program id, for tail calls. */
  readonly programs: WasmTable;
  /** This thread's reader slot, -1 before `core.claimSlot`. */
  readonly slot: number;
  /** Incarnation of that slot, 0 before `core.claimSlot`. */
  readonly incarnation: number;
  readonly handle: ArenaHandle;
}

export interface ArenaOptions {
  /** A multiple of 64 KiB from 1 MiB to 4 GiB. */
  readonly bytes: number;
  /** Reader slots: one for each thread that uses the arena at a time, the creator included. 1 to 1,024. */
  readonly slots: number;
  /** Possible CPUs, 1 to 1,024. */
  readonly cpus: number;
  /** The compiled core. */
  readonly module: WasmModule;
}

/**
 * Reserve and lay out an arena, and claim its first slot for this thread. Throws RangeError when the address space does
 * not hold it, or when an option is out of range.
 */
export function createArena({ bytes, slots, cpus, module }: ArenaOptions): Arena {
  const pages = bytes / PAGE_BYTES;
  if (!Number.isInteger(pages) || bytes < MIN_ARENA_BYTES || pages > 65_536) {
    throw new RangeError(
      `arena: given ${bytes} bytes, expected a multiple of ${PAGE_BYTES} from ${MIN_ARENA_BYTES} to 2^32`,
    );
  }
  const memory = new WebAssembly.Memory({ shared: true, initial: pages, maximum: pages });
  const arena = instantiate({ memory, module });
  const failed = arena.core.arenaInit(pages, slots, cpus);
  if (failed !== 0) {
    throw new RangeError(
      `arena: ${bytes} bytes do not hold ${slots} slots and ${cpus} CPUs (1 to 1024 each; errno ${-failed})`,
    );
  }
  const slot = arena.core.claimSlot(MAIN_KIND);
  if (slot < 0) throw new RangeError(`arena: ${bytes} bytes leave no room for a thread's buffers (errno ${-slot})`);
  return arena;
}

/** Open an arena that another thread created. `core.claimSlot` comes next. Throws TypeError if the layouts differ. */
export function openArena(handle: ArenaHandle): Arena {
  const arena = instantiate(handle);
  if (arena.core.arenaCheck() !== 0) throw new TypeError('the memory holds no arena of this version of innermap');
  return arena;
}

function instantiate(handle: ArenaHandle): Arena {
  const { memory, module } = handle;
  const table = new WebAssembly.Table({ initial: TABLE_SLOTS, element: 'anyfunc' });
  const programs = new WebAssembly.Table({ initial: TABLE_SLOTS, element: 'anyfunc' });
  const { exports } = new WebAssembly.Instance(module, { env: { memory, table } });
  const core = exports as unknown as CoreExports;
  return {
    memory,
    u8: new Uint8Array(memory.buffer),
    u32: new Uint32Array(memory.buffer),
    i32: new Int32Array(memory.buffer),
    core,
    table,
    programs,
    handle: { memory, module },
    get slot() {
      return core.currentSlot();
    },
    get incarnation() {
      const slot = core.currentSlot();
      return slot < 0 ? 0 : core.slotIncarnation(slot);
    },
  };
}
