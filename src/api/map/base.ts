import { recoverThread } from '../../shared/execution/recovery.js';
import type { CoreExports } from '../../shared/core-exports.js';
import '../../shared/dispose.js';
import { Errno } from '../../shared/errno.js';
import { MapFlags } from '../../shared/uapi.js';
import { CoreTrapError } from '../errors.js';
import { showAs } from '../../shared/inspect.js';
import type { MapObject } from '../kernel.js';
import { mapFailure } from './errors.js';
import type { MapHost } from './host.js';
import { Workspace } from './scratch.js';
import type { MapShape } from './spec-check.js';
import type { MapTypeName } from './type-names.js';
import type { BpfMap } from './types.js';

/** The kernel-side object of a map, and the descriptor through which one friendly object holds it. */
export interface MapIdentity {
  readonly object: MapObject;
  readonly fd: number;
  readonly shape: MapShape;
  /** As given at creation: access flags of the descriptor included. */
  readonly flags: number;
}

/** Identity, descriptor and access checks: what all friendly map objects share. */
export abstract class MapObjectBase implements BpfMap {
  readonly type: MapTypeName;
  readonly host: MapHost;
  readonly core: CoreExports;
  readonly workspace: Workspace;
  readonly object: MapObject;
  /** How keys and values are typed. */
  readonly shape: MapShape;
  readonly #fd: number;
  readonly #flags: number;
  /** Arena address of the map; 0 once closed. */
  #address: number;

  // Its properties, not its elements (there may be millions).
  static {
    showAs(
      MapObjectBase.prototype,
      ({ type }) => `BpfMap<${type}>`,
      (map) => {
        const { id, name, closed, maxEntries } = map;
        return closed ? { id, name, closed } : { id, name, ...map.shown(), maxEntries };
      },
    );
  }

  /** @param valueBytes Bytes that a value takes on its way through the core. Default: the map's value size. */
  constructor(host: MapHost, identity: MapIdentity, valueBytes = identity.object.valueSize) {
    const { object } = identity;
    this.host = host;
    this.core = host.scratch.arena.core;
    this.workspace = new Workspace(host.scratch, object.keySize, valueBytes);
    this.object = object;
    this.shape = identity.shape;
    this.type = identity.shape.type;
    this.#fd = identity.fd;
    this.#flags = identity.flags;
    this.#address = object.address;
  }

  get id(): number {
    return this.object.id;
  }

  get name(): string {
    return this.object.name;
  }

  get fd(): number {
    return this.#fd;
  }

  get maxEntries(): number {
    return this.object.maxEntries;
  }

  get keySize(): number {
    return this.object.keySize;
  }

  get valueSize(): number {
    return this.object.valueSize;
  }

  get flags(): number {
    return this.object.flags;
  }

  get closed(): boolean {
    return this.#address === 0;
  }

  close(): void {
    if (this.#address === 0) return;
    this.#address = 0;
    this.workspace.free();
    this.host.registry.forget(this);
    this.host.kernel.close(this.#fd);
  }

  /** The map's address, for reading through this object. */
  readable(operation: string): number {
    if ((this.#flags & MapFlags.WRONLY) !== 0) {
      throw this.failure(operation, -Errno.EPERM, 'the map was created with WRONLY: its descriptor cannot read');
    }
    return this.#address || this.#refuseClosed(operation);
  }

  /** The map's address, for writing through this object. */
  writable(operation: string): number {
    if ((this.#flags & MapFlags.RDONLY) !== 0) {
      throw this.failure(operation, -Errno.EPERM, 'the map was created with RDONLY: its descriptor cannot write');
    }
    if (this.object.frozen) throw this.failure(operation, -Errno.EPERM, 'the map is frozen');
    return this.#address || this.#refuseClosed(operation);
  }

  /** Run a core call; if it traps, what it left behind is repaired before the error goes on. */
  guarded(operation: string, call: () => number): number {
    try {
      return call();
    } catch (trap) {
      throw this.recovered(operation, trap);
    }
  }

  /** A core call trapped (a stack overflow): complete or undo what this thread was at, and release its locks. */
  recovered(operation: string, trap: unknown): CoreTrapError {
    recoverThread(this.core);
    return new CoreTrapError(operation, trap);
  }

  /** The error for a core result `-errno`. */
  failure(operation: string, result: number, why = ''): Error {
    return mapFailure(this, operation, -result, why);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** What `console.log` shows of an open map beyond its identity. */
  protected shown(): object {
    return {};
  }

  #refuseClosed(operation: string): never {
    throw this.failure(operation, -Errno.EBADF, 'the map object is closed');
  }
}
