import { readFileSync } from 'node:fs';
import { type Arena, createArena } from '../../shared/arena.js';
import type { CheckedRuntimeOptions } from './options.js';
import type { WasmModule } from '../../shared/wasm-types.js';

/** The machine cannot hold a runtime as asked for. Nothing was created. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
  readonly code: 'ERR_INNERMAP_NO_SHARED_MEMORY' | 'ERR_INNERMAP_ADDRESS_SPACE';

  constructor(code: EnvironmentError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Slots of threads that are neither workers nor readers, and of workers that are being replaced. */
const SPARE_SLOTS = 8;
const MAIN_SLOT = 1;

/** Reserve and lay out the arena, and set its limits. */
export function createSharedArena(options: CheckedRuntimeOptions): Arena {
  checkSharedMemory();
  const { memory, workers, readers, possibleCpus, core, maxRetiredBytes, lockTimeout, poison } = options;
  const module = coreModule(core);
  const slots = MAIN_SLOT + 2 * workers + readers + SPARE_SLOTS;
  const arena = reserve(memory, () => createArena({ bytes: memory, slots, cpus: possibleCpus, module }));
  if (maxRetiredBytes !== undefined) arena.core.setMaxRetiredBytes(maxRetiredBytes);
  if (lockTimeout !== undefined) arena.core.setLockTimeout(lockTimeout);
  arena.core.setPoison(poison ? 1 : 0);
  return arena;
}

/** Compiled cores by name: one compilation serves every runtime of the process. */
const modules = new Map<string, WebAssembly.Module>();

/** The build of the core with this name, from the package's own files. */
function coreModule(name = 'core'): WasmModule {
  let module = modules.get(name);
  if (module === undefined) {
    module = new WebAssembly.Module(readFileSync(new URL(`../../shared/${name}.wasm`, import.meta.url)));
    modules.set(name, module);
  }
  return module;
}

function checkSharedMemory(): void {
  if (typeof SharedArrayBuffer === 'function' && typeof WebAssembly === 'object') return;
  const missing = typeof WebAssembly === 'object' ? 'SharedArrayBuffer' : 'WebAssembly';
  throw new EnvironmentError(
    'ERR_INNERMAP_NO_SHARED_MEMORY',
    `this process has no ${missing}: run Node 20.19 or later without flags that switch it off ` +
      '(--jitless, --no-harmony-sharedarraybuffer), a page only with cross-origin isolation',
  );
}

/** V8 reserves about 10 GB of addresses for a memory, and says RangeError where it cannot. */
function reserve(bytes: number, create: () => Arena): Arena {
  try {
    return create();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new EnvironmentError(
      'ERR_INNERMAP_ADDRESS_SPACE',
      `no address space for an arena of ${bytes} bytes (${error.message}): raise the limit (ulimit -v unlimited), ` +
        'close other runtimes, or give a smaller memory option',
      { cause: error },
    );
  }
}
