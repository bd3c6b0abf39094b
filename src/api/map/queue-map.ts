import type { Codec } from '../../shared/codecs.js';
import { Errno } from '../../shared/errno.js';
import { UpdateFlags } from '../../shared/uapi.js';
import { MapObjectBase, type MapIdentity } from './base.js';
import type { MapHost } from './host.js';
import type { PushOptions, QueueMap } from './types.js';

/** QUEUE and STACK. */
export class QueueMapObject<V> extends MapObjectBase implements QueueMap<V> {
  declare readonly type: 'queue' | 'stack';
  readonly valueCodec: Codec<V>;

  constructor(host: MapHost, identity: MapIdentity, value: Codec<V>) {
    super(host, identity);
    this.valueCodec = value;
  }

  get size(): number {
    return this.core.elementCount(this.readable('size'));
  }

  push(value: V, options?: PushOptions): this {
    const result = this.#push('push', value, options?.overwrite === true ? UpdateFlags.EXIST : UpdateFlags.ANY);
    if (result === 0) return this;
    throw this.failure(
      'push',
      result,
      result === -Errno.E2BIG ? `the ${this.type} is full (maxEntries ${this.maxEntries})` : '',
    );
  }

  offer(value: V): boolean {
    const result = this.#push('offer', value, UpdateFlags.ANY);
    if (result === 0) return true;
    if (result === -Errno.E2BIG) return false;
    throw this.failure('offer', result);
  }

  pop(): V | undefined {
    // A pop reads and writes: the descriptor must allow both.
    this.readable('pop');
    return this.#take('pop', this.writable('pop'));
  }

  peek(): V | undefined {
    return this.#take('peek', this.readable('peek'));
  }

  *drain(): IterableIterator<V> {
    for (let value = this.pop(); value !== undefined; value = this.pop()) yield value;
  }

  clear(): void {
    for (const _ of this.drain()) void _;
  }

  protected override shown(): object {
    return { size: this.size };
  }

  #push(operation: string, value: V, flags: number): number {
    const address = this.writable(operation);
    const { workspace, core } = this;
    this.valueCodec.encode(value, workspace.memory, workspace.valueOffset);
    try {
      return core.queuePush(address, workspace.valueAddress, flags);
    } catch (trap) {
      throw this.recovered(operation, trap);
    }
  }

  #take(operation: 'pop' | 'peek', address: number): V | undefined {
    const { workspace, core } = this;
    let result: number;
    try {
      result =
        operation === 'pop'
          ? core.queuePop(address, workspace.valueAddress)
          : core.queuePeek(address, workspace.valueAddress);
    } catch (trap) {
      throw this.recovered(operation, trap);
    }
    if (result === 0) return this.valueCodec.decode(workspace.memory, workspace.valueOffset);
    if (result === -Errno.ENOENT) return undefined;
    throw this.failure(operation, result);
  }
}
