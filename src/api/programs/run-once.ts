/** Test runs on the calling thread: lay out, run `repeat` times, read back. */
import { recoverThread } from '../../shared/execution/recovery.js';
import type { Arena } from '../../shared/arena.js';
import { HIDDEN, PACKET_RECORD } from '../../shared/core-exports.js';
import { countRuns } from '../../shared/execution/program-counters.js';
import { InterpreterError } from '../../shared/program/interpreter/errors.js';
import { ProgramType } from '../../shared/uapi.js';
import { trapFailure } from '../../workers/executor.js';
import type { InstalledProgram } from '../../workers/protocol.js';
import { BpfError } from '../errors.js';
import { allocate, writeRecord } from '../pool/batch.js';
import { errorOf } from '../pool/errors.js';
import { completeSum, sumMatches } from './checksum-complete.js';
import { applySkbContext, skbContextOut } from './contexts-skb.js';
import { placeXdp, xdpContextOut } from './contexts-xdp.js';
import { SYSCALL, type TestPlan } from './test-run.js';

export interface TestOutcome {
  /** r0 of the last run, unsigned. */
  readonly r0: bigint;
  /** The packet as the last run left it. */
  readonly data: Uint8Array;
  /** Bytes at the end of it that lie in fragments. */
  readonly fragments: number;
  /** The context as the caller gets it back, or null. */
  readonly context: Uint8Array | null;
  /** Mean nanoseconds of a run. */
  readonly duration: number;
}

/** Who runs the program: its compiled function in the arena's table, or the interpreter. */
export type TestEngine =
  | { readonly entry: number }
  | { readonly interpret: (context: number, contextBytes: number) => bigint };

/** Main waits for nobody while it is in a section, but others wait for it. */
const PER_SECTION = 64;
/** A packet may grow by what the longest helper call makes of it. */
const ROOM = 65_536;
const XDP_DEVICE = 1;

/**
 * Run a program on the calling thread, `plan.repeat` times; each run finds what the one before left, as in the
 * kernel. Throws the program's trap, InterpreterError, or BpfError (EBADMSG: the packet's checksum was complete
 * before and is wrong now).
 */
export function runOnce(arena: Arena, program: InstalledProgram, engine: TestEngine, plan: TestPlan): TestOutcome {
  const direct = plan.type === ProgramType.SYSCALL;
  const bytes = direct ? HIDDEN.bytes + (plan.context?.length ?? 0) + 8 : PACKET_RECORD.size + ROOM;
  const block = allocate(arena, bytes, direct ? 'the context of a test run' : 'the packet of a test run');
  try {
    const context = direct ? placeContext(arena, block, plan) : layOut(arena, block, plan);
    const begin = performance.now();
    const r0 = repeat(arena, program, engine, plan, context);
    const nanoseconds = (performance.now() - begin) * 1e6;
    const duration = Math.round(nanoseconds / plan.repeat);
    countRuns(arena.memory, program.counters, plan.repeat, nanoseconds);
    return {
      r0,
      duration,
      ...(direct
        ? contextOnly(arena, plan, context)
        : collect(arena, block, plan, context, Number(BigInt.asUintN(32, r0)))),
    };
  } finally {
    arena.core.memoryFree(block);
  }
}

/** SYSCALL contexts may be longer than a run area's: they lie in memory of their own, with hidden fields below. */
function placeContext(arena: Arena, block: number, plan: TestPlan): number {
  const context = block + HIDDEN.bytes;
  arena.u8.set(plan.context ?? [], context);
  arena.u32[(block + HIDDEN.length) >>> 2] = plan.context?.length ?? 0;
  return context;
}

/** Address of the context, the packet laid out behind it. */
function layOut(arena: Arena, record: number, plan: TestPlan): number {
  const { type, data, context } = plan;
  const bytes = type === ProgramType.RAW_TRACEPOINT || type === ProgramType.PERF_EVENT ? (context ?? data) : data;
  const start = record + PACKET_RECORD.size;
  arena.u8.set(bytes, start);
  const arg0 = type === ProgramType.XDP ? XDP_DEVICE : 0;
  writeRecord(arena, record, { data: start, length: bytes.length, capacity: ROOM, arg0, arg1: 0 });
  const address = arena.core.runPrepare(record, type);
  if (address === 0)
    throw new BpfError('ENOMEM', SYSCALL, `data_in: ${bytes.length} bytes do not fit a thread's run area`);
  if (type === ProgramType.XDP) applyXdp(arena, address, plan);
  else if (context !== null && bytes === data) applySkbContext(arena.u8, address, context);
  if (plan.complete) completeSum(arena, address);
  return address;
}

function applyXdp(arena: Arena, context: number, plan: TestPlan): void {
  const word = context >>> 2;
  const place = placeXdp(plan, arena.u32[word] as number);
  arena.u32[word] = place.data;
  arena.u32[word + 1] = place.dataEnd;
  arena.u32[word + 2] = place.dataMeta;
  arena.u32[word + 3] = place.ingressIfindex;
  arena.u32[(context - HIDDEN.bytes + HIDDEN.fragments) >>> 2] = place.fragments;
  shiftToHeadroom(arena, context, place.data - place.dataMeta);
}

/** The packet begins 256 bytes into its buffer; its metadata lies in front of that. */
function shiftToHeadroom(arena: Arena, context: number, meta: number): void {
  if (meta === 0) return;
  const word = context >>> 2;
  const start = arena.u32[word + 2] as number;
  const bytes =
    (arena.u32[word + 1] as number) - start + (arena.u32[(context - HIDDEN.bytes + HIDDEN.fragments) >>> 2] as number);
  arena.u8.copyWithin(start - meta, start, start + bytes);
  for (let field = 0; field < 3; field++) arena.u32[word + field] = (arena.u32[word + field] as number) - meta;
  const lowest = (context - HIDDEN.bytes + HIDDEN.lowest) >>> 2;
  arena.u32[lowest] = start - meta;
}

function repeat(arena: Arena, program: InstalledProgram, engine: TestEngine, plan: TestPlan, context: number): bigint {
  const { core } = arena;
  core.setProgram(program.id);
  try {
    if ('entry' in engine) return compiledRepeat(arena, engine.entry, plan, context);
    return interpretRepeat(arena, engine.interpret, plan, context);
  } catch (error) {
    recoverThread(core);
    throw error instanceof InterpreterError ? error : errorOf(trapFailure(program, error, 0));
  } finally {
    core.setProgram(0);
  }
}

function compiledRepeat({ core }: Arena, entry: number, { repeat: runs }: TestPlan, context: number): bigint {
  const low = core.runRepeat(entry, context, runs, PER_SECTION);
  return (BigInt(core.runResultHigh()) << 32n) | BigInt(low);
}

function interpretRepeat(
  arena: Arena,
  interpret: (context: number, contextBytes: number) => bigint,
  plan: TestPlan,
  context: number,
): bigint {
  let result = 0n;
  for (let run = 0; run < plan.repeat; run++) {
    arena.core.enter();
    arena.core.beginRun();
    result = interpret(context, plan.context?.length ?? 0);
    arena.core.leave();
  }
  return result;
}

function contextOnly(arena: Arena, plan: TestPlan, context: number): Omit<TestOutcome, 'r0' | 'duration'> {
  const bytes = plan.context?.length ?? 0;
  return { data: new Uint8Array(0), fragments: 0, context: arena.u8.slice(context, context + bytes) };
}

/** Read the context first: giving the packet back moves it. */
function collect(
  arena: Arena,
  record: number,
  plan: TestPlan,
  context: number,
  verdict: number,
): Omit<TestOutcome, 'r0' | 'duration'> {
  const { type } = plan;
  const word = (address: number) => arena.u32[address >>> 2] as number;
  const isXdp = type === ProgramType.XDP;
  const place = { data: word(context), dataEnd: word(context + 4), dataMeta: word(context + 8) };
  const fragments = isXdp ? word(context - HIDDEN.bytes + HIDDEN.fragments) : 0;
  if (plan.complete && !sumMatches(arena, context)) {
    throw new BpfError('EBADMSG', SYSCALL, 'data_in: the complete checksum of the packet is wrong after the run');
  }
  arena.core.runFinish(record, type, context, verdict);
  const hasPacket = type !== ProgramType.RAW_TRACEPOINT && type !== ProgramType.PERF_EVENT;
  const start = word(record + PACKET_RECORD.data);
  const data = hasPacket ? arena.u8.slice(start, start + word(record + PACKET_RECORD.length)) : new Uint8Array(0);
  let out: Uint8Array | null = null;
  if (isXdp) out = xdpContextOut(plan, place);
  else if (plan.context !== null) {
    out = hasPacket ? skbContextOut(arena.u8, context) : arena.u8.slice(context, context + plan.context.length);
  }
  return { data, fragments, context: out };
}
