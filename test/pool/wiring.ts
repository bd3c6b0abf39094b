/** A runtime's parts without its friendly face, for tests that look at slots and threads. */
import type { Arena } from '#dist/shared/arena.js';
import { createSharedArena } from '#dist/api/runtime/arena.js';
import { checkRuntimeOptions } from '#dist/api/runtime/options.js';
import { GracePeriods } from '#dist/api/grace-periods.js';
import { Kernel } from '#dist/api/kernel.js';
import { Pool } from '#dist/api/pool.js';
import type { Program } from '#dist/api/program.js';
import { Programs } from '#dist/api/programs.js';
import { assemble } from '#dist/shared/program/asm/index.js';
import { encode } from '#dist/shared/program/insn/codec.js';
import type { PrintkLine } from '#dist/workers/protocol.js';

const XDP = 6;
const MEMORY = 1 << 26;

export const RETURNS_2 = 'r0 = 2\nexit';
export const RETURNS_7 = 'r0 = 7\nexit';
export const WRITES_FIRST_BYTE = `
  r2 = *(u32 *)(r1 + 0)
  r3 = *(u32 *)(r1 + 4)
  r4 = r2
  r4 += 1
  r0 = 1
  if r4 > r3 goto out
  *(u8 *)(r2 + 0) = 0xab
  r0 = 2
out:
  exit`;
/** Refused by the verifier: loaded unsafe. */
export const LOOPS_FOREVER = 'again: goto again\nexit';
/** Slot 2 reads behind the end of the arena. Refused by the verifier: loaded unsafe. */
export const TRAPS = 'r1 = 0xfffffff8 ll\nr0 = *(u64 *)(r1 + 8)\nexit';
/** Takes 16 bytes off the front; traps when the packet is too short for that. */
export const SHRINKS = `
  r6 = r1
  r2 = 16
  call bpf_xdp_adjust_head
  if r0 == 0 goto out
  r1 = 0xfffffff8 ll
  r0 = *(u64 *)(r1 + 8)
out:
  r0 = 2
  exit`;
/** Prints "n=5". */
export const PRINTS = `
  r1 = 0x64253d6e ll
  *(u64 *)(r10 - 8) = r1
  r1 = r10
  r1 += -8
  r2 = 5
  r3 = 5
  call bpf_trace_printk
  r0 = 2
  exit`;
/** Looks key 0 up in the map `table`. */
export const LOOKS_UP = `
  *(u32 *)(r10 - 4) = 0
  r1 = map[table] ll
  r2 = r10
  r2 += -4
  call bpf_map_lookup_elem
  if r0 == 0 goto out
  r0 = 1
out:
  exit`;

/** Instruction bytes of assembly text; `maps` gives the descriptor of each map it names. */
export function assembled(text: string, maps: Readonly<Record<string, number>> = {}): Uint8Array {
  return encode(assemble(text, { maps }).insns);
}

export interface Wiring {
  readonly arena: Arena;
  readonly kernel: Kernel;
  readonly programs: Programs;
  readonly pool: Pool;
  readonly lines: PrintkLine[];
  /** Load an XDP program without the verifier. */
  load(text: string, name?: string): Program;
  /** Every deferred callback has run. */
  settled(): Promise<void>;
  destroy(): Promise<void>;
}

export async function wire(given: { workers: number; rules?: '4.12' | '6.18' }): Promise<Wiring> {
  const { workers, rules } = given;
  const options = checkRuntimeOptions({ workers, memory: MEMORY, possibleCpus: workers + 1 });
  const arena = createSharedArena(options);
  const gracePeriods = new GracePeriods(arena);
  const lines: PrintkLine[] = [];
  const kernel: Kernel = new Kernel(arena, {
    rules,
    hooks: {
      onRetire: () => gracePeriods.kickSoon(),
      defer: (callback) => gracePeriods.defer(callback),
      onProgramReleased: (program) => programs.released(program),
    },
  });
  const programs: Programs = new Programs(kernel, { printk: (line) => lines.push(line) });
  const hooks = {
    printk: (more: PrintkLine[]) => void lines.push(...more),
    readersLeft: () => gracePeriods.workerExited(),
  };
  const pool = workers === 0 ? null : await Pool.create({ arena, workers, hooks });
  if (pool) programs.attach(pool);
  return {
    arena,
    kernel,
    programs,
    get pool(): Pool {
      if (pool === null) throw new Error('this wiring has no workers');
      return pool;
    },
    lines,
    settled: () => gracePeriods.barrier(),
    load: (text, name = 'test') =>
      programs.open(
        programs.load({ prog_type: XDP, insns: assembled(text), license: 'GPL', prog_name: name }, { unsafe: true }),
      ),
    async destroy() {
      await pool?.destroy();
      gracePeriods.close();
    },
  };
}
