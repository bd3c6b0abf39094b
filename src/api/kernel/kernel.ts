import { recoverThread } from '../../shared/execution/recovery.js';
import type { Arena } from '../../shared/arena.js';
import type { CoreExports } from '../../shared/core-exports.js';
import { type Btf, NO_SPECIAL_FIELDS } from '../../shared/object/btf/index.js';
import { Errno } from '../../shared/errno.js';
import { isOuterType, MapFlags, MapType, mapTypeName } from '../../shared/uapi.js';
import { BpfError, CoreTrapError } from '../errors.js';
import { type Capability, type CapabilitySet, holds } from './capabilities.js';
import { CountedTable } from './counted-table.js';
import { FileTable, type MapFile, type OpenFile } from './files.js';
import { ID_TABLE_SIZE, IdTable } from './ids.js';
import type { Rules } from './inner-match.js';
import { keyBytes } from './keys.js';
import { createFailure, type NewMap } from './new-map.js';
import type { BtfObject, MapObject, MapProperties, ProgramObject, ProgramParts } from './objects.js';
import { outerGet, outerSet } from './outer.js';
import { type Pinnable, PinTable } from './pins.js';
import { adoptOwner } from './owner.js';
import { clearPrograms } from './program-array.js';
import { isPerCpuType } from './types.js';
import { aligned, withPayload } from './workspace.js';

/** What happens around the kernel side when objects die. */
export interface KernelHooks {
  /** Maps were retired: have them freed when no reader can hold them (`GracePeriods.kick`). */
  onRetire(): void;
  /** Call back after a grace period (`GracePeriods.defer`). */
  defer(callback: () => void): void;
  /** The last reference to a program is gone; running invocations may still be under way. */
  onProgramReleased?(program: ProgramObject): void;
}

export interface KernelOptions {
  hooks: KernelHooks;
  /** Rules for outer maps and PERF_EVENT programs. Default '6.18'. */
  rules?: Rules;
  /** CPUs that per-CPU maps have room for. Default 1. */
  possibleCpus?: number;
}

/**
 * The state that the kernel keeps about BPF objects: descriptors, ids, references (SPEC §1). It lives on the
 * main thread; other threads see only the arena.
 *
 * A map has one reference for each descriptor, pin and mapping, each program that refers to it and each slot of an
 * outer map that holds it, and one for whoever called `createMap` or `holdMap`. When the last one goes, the id is
 * invalid at once, and the memory is freed after a grace period.
 */
export class Kernel {
  readonly arena: Arena;
  readonly core: CoreExports;
  readonly rules: Rules;
  readonly possibleCpus: number;
  readonly files = new FileTable();
  readonly btfs = new CountedTable<BtfObject>('BTF');
  readonly pins = new PinTable();
  /** What the caller may do. Everything, unless a test takes it away. */
  capabilities: CapabilitySet = 'all';
  readonly #hooks: KernelHooks;
  readonly #maps = new IdTable<MapObject>();
  readonly #byAddress = new Map<number, MapObject>();
  readonly #programs = new CountedTable<ProgramObject>('program');
  readonly #tails = new WeakMap<MapObject, SharedArrayBuffer>();

  constructor(arena: Arena, options: KernelOptions) {
    this.arena = arena;
    this.core = arena.core;
    this.rules = options.rules ?? '6.18';
    this.possibleCpus = options.possibleCpus ?? 1;
    this.#hooks = options.hooks;
  }

  get mapCount(): number {
    return this.#maps.size;
  }

  get programCount(): number {
    return this.#programs.size;
  }

  maps(): IterableIterator<MapObject> {
    return this.#maps.values();
  }

  programs(): IterableIterator<ProgramObject> {
    return this.#programs.values();
  }

  mapById(id: number): MapObject | undefined {
    return this.#maps.get(id);
  }

  /** The smallest id of a live map that is greater than `id`, or 0. */
  nextMapId(id: number): number {
    return this.#maps.after(id);
  }

  /** The live map whose header is at this arena address. */
  mapAt(address: number): MapObject | undefined {
    return this.#byAddress.get(address >>> 0);
  }

  programById(id: number): ProgramObject | undefined {
    return this.#programs.get(id);
  }

  /** The smallest id of a live program that is greater than `id`, or 0. */
  nextProgramId(id: number): number {
    return this.#programs.after(id);
  }

  /** EPERM unless the caller has the capability. */
  require(capability: Capability, syscall: string, why: string): void {
    if (this.may(capability)) return;
    throw new BpfError(
      'EPERM',
      syscall,
      `${why} needs ${capability}, which was dropped (capabilities: ${this.capabilities})`,
    );
  }

  may(capability: Capability): boolean {
    return holds(this.capabilities, capability);
  }

  /**
   * Run a call of the core. If it traps, the locks it held are released and its operation is completed or
   * undone before the error goes on.
   */
  call(syscall: string, run: () => number): number {
    try {
      return run();
    } catch (trap) {
      recoverThread(this.core);
      throw new CoreTrapError(syscall, trap);
    }
  }

  withKey<T>(map: MapObject, key: Uint8Array, syscall: string, use: (address: number) => T): T {
    const bytes = keyBytes(map, key, syscall);
    return withPayload(this.arena, syscall, bytes.length, (address) => {
      this.arena.u8.set(bytes, address);
      return use(address);
    });
  }

  /**
   * Create a map with properties that were checked. The caller owns the one reference it starts with and gives
   * it up by `putMap`. Throws ENOMEM, or E2BIG when the core refuses the size.
   */
  createMap(map: NewMap, template?: MapProperties): MapObject {
    const { type, keySize, valueSize, maxEntries, flags, fields, seed = 0, name = '', extra = 0, btf } = map;
    if (isOuterType(type) !== (template !== undefined)) {
      throw new TypeError(`createMap: ${mapTypeName(type)} ${template ? 'takes no' : 'needs a'} template`);
    }
    const id = this.#nextId();
    const { spinLock, timer, workqueue } = fields ?? NO_SPECIAL_FIELDS;
    const create = () =>
      this.core.mapCreate(type, keySize, valueSize, maxEntries, flags, seed, id, extra, spinLock, timer, workqueue);
    let address = this.call('MAP_CREATE', create);
    // What was retired in this turn of the event loop may still wait to be freed.
    if (address === -Errno.ENOMEM && this.core.mapReap() > 0) address = this.call('MAP_CREATE', create);
    if (address < 0) throw createFailure(-address, map);
    const inner = template ? new Map<MapObject, number>() : undefined;
    const programs = type === MapType.PROG_ARRAY ? { slots: new Map<number, ProgramObject>() } : undefined;
    const valueBytes = isPerCpuType(type) ? this.possibleCpus * aligned(valueSize) : valueSize;
    const created: MapObject = {
      kind: 'map', id, address, type, keySize, valueSize, maxEntries, flags, fields, name, valueBytes, extra, btf,
      frozen: false, references: 1, users: 0, writableMappings: 0, exposed: false, template, inner, programs,
      owner: undefined,
    }; // biome-ignore format: one property a line would hide the shape
    if (btf) this.btfs.hold(btf.object);
    this.#maps.add(id, created);
    this.#byAddress.set(address, created);
    return created;
  }

  holdMap(map: MapObject): void {
    if (map.references <= 0) throw new Error(`broken invariant: map ${map.id} is held after its destruction`);
    map.references++;
  }

  /** Give up a reference. The last one takes the id away and has the memory freed after a grace period. */
  putMap(map: MapObject): void {
    if (this.#drop(map, 1)) this.#hooks.onRetire();
  }

  /**
   * Publish `inner` in the slot of `key`, or empty the slot (null), and move the references. Never waits.
   * Returns the map that was there. BpfError as MAP_UPDATE_ELEM and MAP_DELETE_ELEM give them.
   */
  outerSet(
    outer: MapObject,
    key: Uint8Array,
    inner: MapObject | null,
    flags = 0,
    syscall = inner ? 'MAP_UPDATE_ELEM' : 'MAP_DELETE_ELEM',
  ): MapObject | null {
    return outerSet(this, outer, key, inner, flags, syscall);
  }

  /** The inner map in the slot of `key`, or null. Takes no reference. */
  outerGet(outer: MapObject, key: Uint8Array, syscall = 'MAP_LOOKUP_ELEM'): MapObject | null {
    return outerGet(this, outer, key, syscall);
  }

  /** A new descriptor for a map, with the access rights in `flags` (RDONLY, WRONLY or neither). */
  openMap(map: MapObject, flags = 0): number {
    this.holdUser(map);
    return this.files.install({
      kind: 'map',
      map,
      readable: (flags & MapFlags.WRONLY) === 0,
      writable: (flags & MapFlags.RDONLY) === 0,
    });
  }

  /** A reference of an open file: a descriptor, a pin or a mapping. */
  holdUser(map: MapObject): void {
    this.holdMap(map);
    map.users++;
  }

  /** Bytes behind the last one of a map's memory, up to the end of the page: mappings have them in common. */
  pageTail(map: MapObject, bytes: number): SharedArrayBuffer {
    const tail = this.#tails.get(map) ?? new SharedArrayBuffer(bytes);
    this.#tails.set(map, tail);
    return tail;
  }

  /** Without open files a PROG_ARRAY loses its entries; other maps keep theirs (SPEC §1.1). */
  putUser(map: MapObject): void {
    map.users--;
    if (map.users === 0 && map.programs) clearPrograms(this, map);
    this.putMap(map);
  }

  /** The open map behind a descriptor: EBADF if closed, EINVAL if it is something else. */
  mapFile(fd: number, syscall: string, attribute = 'map_fd'): MapFile {
    const file = this.#file(fd, syscall, attribute);
    if (file.kind === 'map') return file;
    throw new BpfError('EINVAL', syscall, `${attribute}: ${fd} is not a map, but a ${file.kind} file`);
  }

  /** The program behind a descriptor: EBADF if closed, EINVAL if it is something else. */
  programOf(fd: number, syscall: string, attribute = 'prog_fd'): ProgramObject {
    const file = this.#file(fd, syscall, attribute);
    if (file.kind === 'program') return file.program;
    throw new BpfError('EINVAL', syscall, `${attribute}: ${fd} is not a program, but a ${file.kind} file`);
  }

  /** The BTF behind a descriptor: EBADF if closed, EINVAL if it is something else. */
  btfOf(fd: number, syscall: string, attribute = 'btf_fd'): BtfObject {
    const file = this.#file(fd, syscall, attribute);
    if (file.kind === 'btf') return file.btf;
    throw new BpfError('EINVAL', syscall, `${attribute}: ${fd} is not BTF, but a ${file.kind} file`);
  }

  /** Add BTF that was checked; the caller owns the one reference it starts with. */
  addBtf(bytes: Uint8Array, types: Btf): BtfObject {
    return this.btfs.add({ kind: 'btf', id: this.btfs.reserveId(), bytes, types, references: 1 });
  }

  openBtf(btf: BtfObject): number {
    this.btfs.hold(btf);
    return this.files.install({ kind: 'btf', btf });
  }

  /** Close a descriptor. Throws EBADF when it is not open. */
  close(fd: number): void {
    const file = this.files.remove(fd);
    if (file === undefined) throw new BpfError('EBADF', 'close', `fd: ${fd} is not an open descriptor`);
    this.#release(file);
  }

  /** Take a name away; the object lives on as long as something else refers to it. ENOENT if there is none. */
  unpin(path: string): void {
    this.#releasePin(this.pins.remove(path, 'unlink'));
  }

  /** The id that the next program will have: compiled code names it. */
  reserveProgramId(): number {
    return this.#programs.reserveId();
  }

  /**
   * Add a program that was loaded. It takes a reference to each of its maps; the caller owns the one reference
   * to the program and gives it up by `putProgram`.
   */
  addProgram(parts: ProgramParts): ProgramObject {
    for (const map of parts.maps) adoptOwner(map, parts, 'PROG_LOAD');
    const { id = this.#programs.reserveId() } = parts;
    const maps = [...new Set(parts.maps)];
    const program = this.#programs.add({ ...parts, kind: 'program', id, maps, references: 1 });
    for (const map of program.maps) this.holdMap(map);
    return program;
  }

  holdProgram(program: ProgramObject): void {
    this.#programs.hold(program);
  }

  /** Give up a reference. After the last one the program's maps are released when no reader can be running it. */
  putProgram(program: ProgramObject): void {
    if (!this.#programs.put(program)) return;
    // A run under way may have read the program's id from a PROG_ARRAY, and be about to call it.
    this.#hooks.defer(() => {
      this.#hooks.onProgramReleased?.(program);
      for (const map of program.maps) this.putMap(map);
    });
  }

  openProgram(program: ProgramObject): number {
    this.holdProgram(program);
    return this.files.install({ kind: 'program', program });
  }

  /** Have the program keep `map` alive as if its instructions named it. Twice counts once. */
  bindMap(program: ProgramObject, map: MapObject): void {
    if (program.maps.includes(map)) return;
    this.holdMap(map);
    program.maps.push(map);
  }

  /** Close every descriptor, and take every pin away. */
  closeAll(): void {
    for (const path of this.pins.paths()) this.unpin(path);
    for (const fd of this.files.fds()) this.close(fd);
  }

  #file(fd: number, syscall: string, attribute: string): OpenFile {
    const file = this.files.get(fd);
    if (file === undefined) throw new BpfError('EBADF', syscall, `${attribute}: ${fd} is not an open descriptor`);
    return file;
  }

  #release(file: OpenFile): void {
    if (file.kind === 'program') this.putProgram(file.program);
    if (file.kind === 'map') this.putUser(file.map);
    if (file.kind === 'btf') this.btfs.put(file.btf);
  }

  #releasePin(object: Pinnable): void {
    if (object.kind === 'map') this.putUser(object);
    else this.putProgram(object);
  }

  /** Whether a map was retired. */
  #drop(map: MapObject, references: number): boolean {
    if (map.references < references) throw new Error(`broken invariant: map ${map.id} is put too often`);
    map.references -= references;
    if (map.references > 0) return false;
    this.#maps.remove(map.id);
    this.#byAddress.delete(map.address);
    // The outer map goes before its inner maps: a reader that can still find these began before its stamp.
    if (!map.exposed) {
      this.call('close', () => {
        this.core.mapRetire(map.address);
        return 0;
      });
    }
    for (const [inner, slots] of map.inner ?? []) this.#drop(inner, slots);
    for (const program of map.programs?.slots.values() ?? []) this.putProgram(program);
    if (map.btf) this.btfs.put(map.btf.object);
    return true;
  }

  #nextId(): number {
    const id = this.#maps.next();
    if (id !== 0) return id;
    throw new BpfError(
      'ENOSPC',
      'MAP_CREATE',
      `there are ${this.mapCount} maps, the most that ${ID_TABLE_SIZE} places allow`,
    );
  }
}
