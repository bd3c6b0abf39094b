import { Errno } from '../../shared/errno.js';
import { BpfError } from '../errors.js';
import { Program } from '../program.js';
import { KeyedMapObject } from './keyed-map.js';
import type { ProgramArray } from './types.js';

/**
 * PROG_ARRAY, over the commands of bpf(2): programs are objects of the main thread, whose references the kernel
 * side keeps.
 */
export class ProgramArrayObject extends KeyedMapObject<number, Program> implements ProgramArray {
  declare readonly type: 'prog_array';
  /** Objects that came through here, so that `get` can give them back. */
  readonly #known = new Map<number, WeakRef<Program>>();

  get size(): number {
    this.readable('size');
    let count = 0;
    for (let index = 0; index < this.maxEntries; index++) if (this.#idAt('size', index) !== undefined) count++;
    return count;
  }

  get(index: number): Program | undefined {
    const id = this.#idAt('get', index);
    if (id === undefined) return undefined;
    const known = this.#known.get(id)?.deref();
    if (known !== undefined && !known.closed) return known;
    const { syscalls, programs } = this.host;
    const opened = programs.open(syscalls.bpf('PROG_GET_FD_BY_ID', { prog_id: id }));
    this.#known.set(id, new WeakRef(opened));
    return opened;
  }

  has(index: number): boolean {
    return this.#idAt('has', index) !== undefined;
  }

  set(index: number, program: Program): this {
    this.writable('set');
    if (!(program instanceof Program)) {
      throw new BpfError('EINVAL', 'set', 'program: given no program, expected one of runtime.loadProgram()');
    }
    if (program.closed) throw new BpfError('EBADF', 'set', `program: program ${program.id} is closed`);
    this.host.syscalls.bpf('MAP_UPDATE_ELEM', { map_fd: this.fd, key: word(index), value: word(program.fd), flags: 0 });
    this.#known.set(program.id, new WeakRef(program));
    return this;
  }

  delete(index: number): boolean {
    this.writable('delete');
    try {
      this.host.syscalls.bpf('MAP_DELETE_ELEM', { map_fd: this.fd, key: word(index) });
      return true;
    } catch (error) {
      if (error instanceof BpfError && error.errno === Errno.ENOENT) return false;
      throw error;
    }
  }

  clear(): void {
    this.writable('clear');
    for (let index = 0; index < this.maxEntries; index++) this.delete(index);
  }

  *entries(): IterableIterator<[number, Program]> {
    for (let index = 0; index < this.maxEntries; index++) {
      const program = this.get(index);
      if (program !== undefined) yield [index, program];
    }
  }

  /** Id of the program at `index`; undefined for an empty slot and for an index beyond the end. */
  #idAt(operation: string, index: number): number | undefined {
    this.readable(operation);
    const value = new Uint8Array(4);
    try {
      this.host.syscalls.bpf('MAP_LOOKUP_ELEM', { map_fd: this.fd, key: word(index), value, flags: 0 });
    } catch (error) {
      if (error instanceof BpfError && error.errno === Errno.ENOENT) return undefined;
      throw error;
    }
    return new DataView(value.buffer).getUint32(0, true);
  }
}

function word(value: number): Uint8Array {
  if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff) {
    throw new RangeError(`index: given ${value}, expected an integer from 0 to 4294967295`);
  }
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}
