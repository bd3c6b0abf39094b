/** Runs one program over one packet through the library and through the live kernel, by the same attributes. */
import { pack } from '#dist/shared/program/packed.js';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { BpfError } from '#dist/api/errors.js';
import { runOnce, type TestEngine } from '#dist/api/programs/run-once.js';
import { checkContextPairs, planTest, type TestRunAttributes, writeOutputs } from '#dist/api/programs/test-run.js';
import { KernelPeer, openKernel, type PeerAttributes } from '#dist/cli/kernel/index.js';
import { type Arena, createArena } from '#dist/shared/arena.js';
import { Errno } from '#dist/shared/errno.js';
import { installProgram, uninstallProgram } from '#dist/shared/execution/install.js';
import { interpreterEnvironment, stackOf } from '#dist/shared/execution/interpret.js';
import { assemble } from '#dist/shared/program/asm/index.js';
import { compile } from '#dist/shared/program/compiler/index.js';
import { encode } from '#dist/shared/program/insn/codec.js';
import type { Instruction } from '#dist/shared/program/insn/instruction.js';
import { interpret } from '#dist/shared/program/interpreter/index.js';
import type { CheckedProgram } from '#dist/shared/program/types.js';

const opened = openKernel();
export const kernel = opened instanceof KernelPeer ? opened : undefined;
/** For `describe(…, { skip })`: false, or why the live kernel cannot be asked. */
export const skip: string | false = opened instanceof KernelPeer ? false : opened.unavailable;

const coreModule = () => new WebAssembly.Module(readFileSync(new URL(import.meta.resolve('#dist/shared/core.wasm'))));

let shared: Arena | undefined;

/** One small arena for all tests of a file. */
export function testArena(): Arena {
  shared ??= createArena({ bytes: 16 * 1024 * 1024, slots: 4, cpus: 2, module: coreModule() });
  return shared;
}

export interface Given {
  readonly type: number;
  /** Assembly text. */
  readonly source: string;
  readonly data?: Uint8Array | null;
  readonly context?: Uint8Array;
  /** Room for the packet coming back; default 66,000 bytes. */
  readonly room?: number;
  /** Room for the context coming back; default none. */
  readonly contextRoom?: number;
  /** As `room`, when the size given shall differ from the buffer's. */
  readonly attributes?: Partial<TestRunAttributes>;
  readonly loadFlags?: number;
  /** End of the context bytes that the program touches, for types without a packet. */
  readonly maxContextOffset?: number;
}

/** What the caller of PROG_TEST_RUN sees; `duration` is left out. */
export interface Seen {
  /** 0, or the negative errno. */
  readonly result: number;
  readonly retval: number | undefined;
  readonly dataSize: number | undefined;
  readonly data: string;
  readonly contextSize: number | undefined;
  readonly context: string;
  /** SYSCALL programs write here. */
  readonly contextIn: string;
}

export function checkedProgram(type: number, insns: readonly Instruction[], name = 'test'): CheckedProgram {
  return { name, type, insns, references: [], calls: [] };
}

function attributesOf(given: Given): Required<Pick<TestRunAttributes, 'data_in'>> & TestRunAttributes {
  const { type, data = null, context, room = 66_000, contextRoom } = given;
  const packets = type !== 17 && type !== 31;
  return {
    prog_fd: 0,
    data_in: data,
    ...(data === null ? {} : { data_size_in: data.length }),
    ...(packets ? { data_out: new Uint8Array(room).fill(0xee), data_size_out: room } : {}),
    ...(context === undefined ? {} : { ctx_in: context.slice(), ctx_size_in: context.length }),
    ...(contextRoom === undefined
      ? {}
      : { ctx_out: new Uint8Array(contextRoom).fill(0xee), ctx_size_out: contextRoom }),
    ...given.attributes,
  };
}

function seen(result: number, attributes: TestRunAttributes): Seen {
  const hex = (bytes?: Uint8Array | null) =>
    Buffer.from(bytes ?? [])
      .toString('hex')
      .replace(/(ee)+$/, '');
  const failed = result < 0 && result !== -Errno.ENOSPC;
  return {
    result,
    retval: failed ? undefined : attributes.retval,
    dataSize: failed ? undefined : (attributes.data_size_out ?? 0),
    data: hex(attributes.data_out),
    contextSize: failed || attributes.ctx_out === undefined ? undefined : attributes.ctx_size_out,
    context: hex(attributes.ctx_out),
    contextIn: hex(attributes.ctx_in),
  };
}

export function kernelRun(given: Given): Seen {
  if (kernel === undefined) throw new Error('the kernel cannot be asked');
  const insns = encode(assemble(given.source).insns);
  const license = new TextEncoder().encode('GPL\0');
  const log = new Uint8Array(65_536);
  const load = { prog_type: given.type, insn_cnt: insns.length / 8, insns, license, prog_flags: given.loadFlags ?? 0 };
  const fd = kernel.attempt('PROG_LOAD', { ...load, log_level: 1, log_size: log.length, log_buf: log });
  if (fd < 0)
    throw new Error(
      `the kernel refused the program (${fd}): ${new TextDecoder().decode(log.subarray(0, log.indexOf(0)))}`,
    );
  try {
    const attributes: PeerAttributes = { ...(attributesOf(given) as unknown as PeerAttributes), prog_fd: fd };
    const result = kernel.attempt('PROG_TEST_RUN', attributes);
    return seen(result, attributes as unknown as TestRunAttributes);
  } finally {
    kernel.close(fd);
  }
}

export function ownRun(given: Given, engine?: (program: CheckedProgram, arena: Arena) => TestEngine): Seen {
  const arena = testArena();
  const program = checkedProgram(given.type, assemble(given.source).insns);
  const attributes = attributesOf(given);
  try {
    checkContextPairs(attributes);
    const plan = planTest(attributes, given.type, given.maxContextOffset ?? 0);
    const subject = {
      id: 1,
      name: 'test',
      type: given.type,
      moduleName: 'test',
      module: null,
      text: pack(program),
      interpreted: true,
      missing: null,
      offsets: new Uint32Array(0),
      counters: 0,
    };
    const run = engine?.(program, arena) ?? { interpret: interpreterOf(arena, program) };
    writeOutputs(attributes, plan, runOnce(arena, subject, run, plan));
    return seen(0, attributes);
  } catch (error) {
    if (!(error instanceof BpfError)) throw error;
    return seen(-error.errno, attributes);
  }
}

let calls = 0;
/** Compiling takes longer than all the rest, and calls the same helpers: so many runs share one compiled one. */
const COMPILED_EACH = 16;

/** The library's engines and the kernel see the same. */
export function same(given: Given): void {
  const expected = kernelRun(given);
  assert.deepEqual(ownRun(given), expected, `interpreter, type ${given.type}: ${given.source}`);
  if (calls++ % COMPILED_EACH !== 0) return;
  assert.deepEqual(ownRun(given, compiledEngine), expected, `compiler, type ${given.type}: ${given.source}`);
}

const PROGRAM_ID = 1;
const HOST = { now: () => 0, printk: () => undefined };

export function compiledEngine(program: CheckedProgram, arena: Arena): TestEngine {
  const { wasm } = compile(program);
  if (wasm === null) throw new Error('the program is too large for WebAssembly');
  uninstallProgram(arena, PROGRAM_ID);
  const module = new WebAssembly.Module(wasm as Uint8Array<ArrayBuffer>);
  return { entry: installProgram(arena, { id: PROGRAM_ID, name: 'test', module }, HOST) };
}

export function interpreterOf(arena: Arena, program: CheckedProgram) {
  const environment = interpreterEnvironment(arena, PROGRAM_ID, HOST, () => undefined);
  return (context: number, contextBytes: number) =>
    interpret({ program, environment, context, contextBytes, ...stackOf(arena) });
}

/** A frame of `length` bytes that count up behind the EtherType; the destination is all zeroes. */
export function frame(length: number, etherType = 0x0800): Uint8Array {
  const bytes = Uint8Array.from({ length }, (_, index) => (index < 6 ? 0 : index & 0xff));
  bytes[12] = etherType >> 8;
  bytes[13] = etherType & 0xff;
  return bytes;
}

/** A context from u32 words by offset. */
export function words(size: number, values: Readonly<Record<number, number>>): Uint8Array {
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  for (const [offset, value] of Object.entries(values)) view.setUint32(Number(offset), value, true);
  return bytes;
}
