/** Replaying scenarios: each starts from nothing and leaves nothing behind. */
import { difference } from './compare.js';
import * as batches from './ops/batches.js';
import * as elements from './ops/elements.js';
import * as maps from './ops/maps.js';
import * as memory from './ops/memory.js';
import * as programs from './ops/programs.js';
import * as raw from './ops/raw.js';
import type { GoldenFile, Op, Scenario } from './scenario.js';
import { BrokenScenario, type Outcome, type ReplayTarget, Session } from './session.js';

type Execute = (session: Session, op: Op, possibleCpus: number) => Outcome | Promise<Outcome>;

const OPS: Readonly<Record<string, Execute>> = {
  map_create: maps.mapCreate,
  map_create_raw: maps.mapCreateRaw,
  map_get_fd_by_id: maps.mapFdById,
  map_get_next_id: maps.mapNextId,
  wait_id_gone: maps.waitIdGone,
  freeze: maps.freeze,
  close: maps.close,
  info: maps.info,
  info_len: maps.infoLength,
  info_hash: maps.infoHash,
  lookup: elements.lookup,
  update: elements.update,
  delete: elements.remove,
  next_key: elements.nextKey,
  lookup_and_delete: elements.lookupAndDelete,
  walk: elements.walk,
  dump: elements.dump,
  lookup_batch: batches.lookupBatch,
  lookup_and_delete_batch: batches.lookupAndDeleteBatch,
  update_batch: batches.updateBatch,
  delete_batch: batches.deleteBatch,
  mmap: memory.mmap,
  mmap_read: memory.mmapRead,
  mmap_write: memory.mmapWrite,
  munmap: memory.munmap,
  poll: memory.poll,
  btf_load: programs.btfLoad,
  prog_load: programs.progLoad,
  prog_run: programs.progRun,
  prog_bind_map: programs.progBindMap,
  set_cpu: raw.setCpu,
  set_caps: raw.setCapabilities,
  sleep_ms: raw.sleep,
  attr_tail: raw.attributeTail,
  raw_cmd: raw.rawCommand,
};

export interface Mismatch {
  /** Index of the op in its scenario. */
  readonly index: number;
  readonly op: string;
  readonly field: string;
  readonly expected: unknown;
  readonly got: unknown;
}

/**
 * passed; failed (the mismatches say why); skipped: something is not there (`reason` names it); deviation: it
 * differs from the kernel as it should, because the kernel reuses memory under a reader.
 */
export interface ScenarioResult {
  readonly name: string;
  readonly verdict: 'passed' | 'failed' | 'skipped' | 'deviation';
  readonly reason?: string;
  readonly mismatches: readonly Mismatch[];
}

/** Kernel behaviour that is improved upon: no element is reused while a reader may hold a pointer to it. */
const EXPECTED_DEVIATION = /^prog\/.*\/held_pointer(\/|$)/;

/** Replay every scenario of a file, one after another. */
export async function* replayFile(target: ReplayTarget, file: GoldenFile): AsyncGenerator<ScenarioResult> {
  for (const scenario of file.scenarios) {
    yield await replayScenario(target, scenario, file.possibleCpus);
    await target.barrier();
  }
}

async function replayScenario(target: ReplayTarget, scenario: Scenario, possibleCpus: number): Promise<ScenarioResult> {
  const session = new Session(target);
  const mismatches: Mismatch[] = [];
  let missing: string | undefined;
  try {
    for (const [index, op] of scenario.ops.entries()) {
      const step = await replayOp(session, op, possibleCpus);
      if (step.mismatch) mismatches.push({ index, ...step.mismatch });
      missing = step.missing;
      if (missing !== undefined || step.broken) break;
    }
  } finally {
    session.end();
  }
  const { name } = scenario;
  if (missing !== undefined) return { name, verdict: 'skipped', reason: missing, mismatches: [] };
  if (mismatches.length === 0) return { name, verdict: 'passed', mismatches };
  if (EXPECTED_DEVIATION.test(name)) {
    return { name, verdict: 'deviation', reason: 'no element is reused under a reader', mismatches };
  }
  return { name, verdict: 'failed', mismatches };
}

interface Step {
  readonly mismatch?: Omit<Mismatch, 'index'>;
  readonly missing?: string;
  /** What follows needs what this op should have made. */
  readonly broken?: boolean;
}

async function replayOp(session: Session, op: Op, possibleCpus: number): Promise<Step> {
  const execute = OPS[op.op];
  if (execute === undefined) return { missing: `op ${op.op}` };
  let outcome: Outcome;
  try {
    outcome = await execute(session, op, possibleCpus);
  } catch (error) {
    const broken = error instanceof BrokenScenario;
    const got = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return { mismatch: { op: op.op, field: 'ret', expected: op.ret, got }, broken };
  }
  const found = difference(session, op, outcome);
  if (found === null) return {};
  if (typeof outcome['missing'] === 'string') return { missing: outcome['missing'] };
  return { mismatch: { op: op.op, ...found } };
}
