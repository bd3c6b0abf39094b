import type { BtfObject, MapObject, ProgramObject } from './objects.js';

/** An open map: access rights belong to the descriptor, not to the map (RDONLY, WRONLY). */
export interface MapFile {
  readonly kind: 'map';
  readonly map: MapObject;
  readonly readable: boolean;
  readonly writable: boolean;
}

export interface ProgramFile {
  readonly kind: 'program';
  readonly program: ProgramObject;
}

export interface BtfFile {
  readonly kind: 'btf';
  readonly btf: BtfObject;
}

/** An open file that is no BPF object, as /dev/null is. BPF calls refuse it with EINVAL instead of EBADF. */
export interface ForeignFile {
  readonly kind: 'foreign';
}

export type OpenFile = MapFile | ProgramFile | BtfFile | ForeignFile;

/** 0, 1 and 2 are left out, so that a zero attribute never names a file by accident. */
const FIRST_FD = 3;

/** File descriptors: small numbers, the lowest free one first, as POSIX has it. */
export class FileTable {
  readonly #files: (OpenFile | undefined)[] = [];
  /** No index below this one is free. */
  #lowest = 0;
  #open = 0;

  /** Descriptors that are open. */
  get size(): number {
    return this.#open;
  }

  install(file: OpenFile): number {
    while (this.#files[this.#lowest] !== undefined) this.#lowest++;
    const index = this.#lowest++;
    this.#files[index] = file;
    this.#open++;
    return index + FIRST_FD;
  }

  get(fd: number): OpenFile | undefined {
    return this.#files[fd - FIRST_FD];
  }

  /** Take the file out; undefined when `fd` was not open. */
  remove(fd: number): OpenFile | undefined {
    const index = fd - FIRST_FD;
    const file = this.#files[index];
    if (file === undefined) return undefined;
    this.#files[index] = undefined;
    this.#lowest = Math.min(this.#lowest, index);
    this.#open--;
    return file;
  }

  /** Descriptors now open, ascending. */
  fds(): number[] {
    return this.#files.flatMap((file, index) => (file === undefined ? [] : [index + FIRST_FD]));
  }
}
