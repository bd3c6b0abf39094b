import type { Arena } from '../arena.js';
import { STACK_SIZE } from '../program/insn/opcodes.js';
import { RUN } from '../core-exports.js';
import { hostHelpers, type ProgramHost } from './host-helpers.js';

export type { ProgramHost } from './host-helpers.js';

/** The part of a program that a thread needs to run it. */
export interface RunnableProgram {
  readonly id: number;
  readonly name: string;
  readonly module: WebAssembly.Module;
}

/** Where a program's functions lie in this thread's table: main first, then its callbacks in the order of their slots. */
interface Place {
  readonly entry: number;
  readonly callbacks: number;
}

interface Installed {
  readonly places: Map<number, Place>;
  /** Runs of table entries that a program gave back, by their length. */
  readonly free: Map<number, number[]>;
  /** First entry that was never used. Entry 0 stays null, so that a 0 taken for a function traps. */
  next: number;
}

/** Tables are grown in steps, since growing copies them. */
const TABLE_STEP = 64;
const CALLBACK = /^callback_(\d+)$/;
const installations = new WeakMap<WebAssembly.Table, Installed>();

/**
 * Instantiate the program in this thread: its main function and callbacks get entries of `arena.table`, and its main
 * function stands at index = id of `arena.programs`. Returns the entry of the main function, which the core's `runBatch`
 * and `runRepeat` take. Does nothing but that when the program is installed already.
 */
export function installProgram(arena: Arena, program: RunnableProgram, host: ProgramHost): number {
  const installed = installationsOf(arena);
  const known = installed.places.get(program.id);
  if (known !== undefined) return known.entry;
  const names = callbackNames(program.module);
  const entry = reserve(arena, installed, 1 + names.length);
  try {
    const { exports } = new WebAssembly.Instance(program.module, importsOf(arena, program, host, entry + 1));
    const main = functionExport(program, exports, 'main');
    const callbacks = names.map((name) => functionExport(program, exports, name));
    ensureLength(arena.programs, program.id + 1);
    callbacks.forEach((callback, index) => {
      arena.table.set(entry + 1 + index, callback);
    });
    arena.table.set(entry, main);
    arena.programs.set(program.id, main);
  } catch (error) {
    release(installed, entry, 1 + names.length);
    throw error;
  }
  installed.places.set(program.id, { entry, callbacks: names.length });
  return entry;
}

/** Take the program out of this thread's tables. Returns whether it was there. */
export function uninstallProgram(arena: Arena, programId: number): boolean {
  const installed = installationsOf(arena);
  const place = installed.places.get(programId);
  if (place === undefined) return false;
  installed.places.delete(programId);
  arena.programs.set(programId, null);
  for (let index = 0; index <= place.callbacks; index++) arena.table.set(place.entry + index, null);
  release(installed, place.entry, 1 + place.callbacks);
  return true;
}

export function isInstalled(arena: Arena, programId: number): boolean {
  return installationsOf(arena).places.has(programId);
}

/** The entry of an installed program's main function in `arena.table`, or undefined. */
export function entryOf(arena: Arena, programId: number): number | undefined {
  return installationsOf(arena).places.get(programId)?.entry;
}

/** A table entry that no program will get. */
export function reserveEntry(arena: Arena): number {
  return reserve(arena, installationsOf(arena), 1);
}

function installationsOf({ table }: Arena): Installed {
  let installed = installations.get(table);
  if (installed === undefined) {
    installed = { places: new Map(), free: new Map(), next: 1 };
    installations.set(table, installed);
  }
  return installed;
}

function importsOf(arena: Arena, program: RunnableProgram, host: ProgramHost, callbacks: number): WebAssembly.Imports {
  const { memory, table, programs, core } = arena;
  const constant = (value: number) => new WebAssembly.Global({ value: 'i32', mutable: false }, value | 0);
  const env = {
    memory,
    table,
    programs,
    callbacks: constant(callbacks),
    cpu: constant(core.cpuAddress()),
    lowest_frame: constant(core.slotRun(arena.slot) + RUN.stackFloor + STACK_SIZE),
  };
  const helpers = hostHelpers(arena, program.id, host);
  const ensure_program = (id: number): number =>
    isInstalled(arena, id) || (host.ensureProgram?.(id) ?? false) ? 1 : 0;
  return { env, core: core as unknown as WebAssembly.ModuleImports, host: { ...helpers, ensure_program } };
}

/** Callbacks in ascending order of their slots: the order of the indices that the code was given. */
function callbackNames(module: WebAssembly.Module): string[] {
  const slotOf = (name: string) => Number(CALLBACK.exec(name)?.[1]);
  return WebAssembly.Module.exports(module)
    .map(({ name }) => name)
    .filter((name) => CALLBACK.test(name))
    .sort((a, b) => slotOf(a) - slotOf(b));
}

function functionExport(
  { id, name }: RunnableProgram,
  exports: WebAssembly.Exports,
  wanted: string,
): WebAssembly.ExportValue {
  const found = exports[wanted];
  if (typeof found !== 'function') {
    throw new TypeError(`program ${name} (id ${id}): its module exports no function "${wanted}"`);
  }
  return found;
}

function reserve({ table }: Arena, installed: Installed, count: number): number {
  const reused = installed.free.get(count)?.pop();
  if (reused !== undefined) return reused;
  const entry = installed.next;
  installed.next += count;
  ensureLength(table, installed.next);
  return entry;
}

function release(installed: Installed, entry: number, count: number): void {
  const same = installed.free.get(count);
  if (same === undefined) installed.free.set(count, [entry]);
  else same.push(entry);
}

function ensureLength(table: WebAssembly.Table, length: number): void {
  if (length > table.length) table.grow(length - table.length + TABLE_STEP);
}
