import type { Arena } from '../../shared/arena.js';
import { PACKET_RECORD } from '../../shared/core-exports.js';
import { type ProgramHost, installProgram } from '../../shared/execution/install.js';
import type { InstalledProgram } from '../../workers/protocol.js';
import { trapFailure } from '../../workers/executor.js';
import { allocate, writeRecord } from '../pool/batch.js';
import { errorOf } from '../pool/errors.js';
import { batchOptions } from '../pool/run.js';

export interface TestOutcome {
  /** Low 32 bits of r0 of the last run. */
  verdict: number;
  /** The packet as the last run left it. */
  data: Uint8Array;
  /** Mean nanoseconds of a run. */
  duration: number;
}

/** Records that share one packet: so many runs for one call into the core. */
const RECORDS = 64;
const GROWTH = 256;
/** Main waits for nobody while it is in a section, but others wait for it. */
const PER_SECTION = 64;

/**
 * Run a program on the calling thread, `repeat` times over one packet. As in the kernel each run sees the bytes
 * that the one before left.
 */
export function runOnce(
  arena: Arena,
  program: InstalledProgram,
  host: ProgramHost,
  packet: Uint8Array,
  repeat: number,
): TestOutcome {
  const { module } = program;
  if (module === null) throw new Error('the program is too large to be compiled');
  const entry = installProgram(arena, { ...program, module }, host);
  const records = Math.min(RECORDS, repeat);
  const room = packet.length + GROWTH;
  const batch = allocate(arena, records * PACKET_RECORD.size + room, `a packet of ${packet.length} bytes`);
  try {
    layOut(arena, program.type, packet, batch, records);
    const last = (repeat - 1) % records;
    const nanoseconds = repeatBatch(arena, program, entry, batch, records, repeat);
    return { ...outcome(arena, program.type, batch, last), duration: Math.round(nanoseconds / repeat) };
  } finally {
    arena.core.memoryFree(batch);
  }
}

function layOut(arena: Arena, type: number, packet: Uint8Array, batch: number, records: number): void {
  const options = batchOptions(type, true);
  const skip = options.skip ?? 0;
  const start = batch + records * PACKET_RECORD.size;
  arena.u8.set(packet, start);
  const record = {
    data: start + skip,
    length: packet.length - skip,
    capacity: packet.length + GROWTH - skip,
    arg0: options.arg0 ?? 0,
    arg1: options.arg1?.(packet) ?? 0,
  };
  for (let index = 0; index < records; index++) writeRecord(arena, batch + index * PACKET_RECORD.size, record);
}

function repeatBatch(
  arena: Arena,
  program: InstalledProgram,
  entry: number,
  batch: number,
  records: number,
  repeat: number,
): number {
  const { core } = arena;
  const begin = performance.now();
  core.setProgram(program.id);
  try {
    for (let left = repeat; left > 0; left -= records) {
      core.runBatch(entry, batch, 0, Math.min(left, records), program.type, PER_SECTION);
    }
  } catch (error) {
    const packet = core.batchPosition();
    const failed = core.recoverSelf();
    if (failed !== 0) throw new Error(`cannot recover from a trap of program ${program.name}: errno ${-failed}`);
    throw errorOf(trapFailure(program, error, packet));
  } finally {
    core.setProgram(0);
  }
  return (performance.now() - begin) * 1e6;
}

/** The kernel hands the Ethernet header of a socket filter's packet back zeroed. */
function outcome(arena: Arena, type: number, batch: number, index: number): Pick<TestOutcome, 'verdict' | 'data'> {
  const word = (field: number) => arena.u32[(batch + index * PACKET_RECORD.size + field) >>> 2] ?? 0;
  const skip = batchOptions(type, true).skip ?? 0;
  const length = Math.min(word(PACKET_RECORD.length), word(PACKET_RECORD.capacity));
  const data = new Uint8Array(skip + length);
  data.set(arena.u8.subarray(word(PACKET_RECORD.data), word(PACKET_RECORD.data) + length), skip);
  return { verdict: word(PACKET_RECORD.verdict), data };
}
