import { Errno } from '../../shared/errno.js';
import { fillArray } from './bulk.js';
import { ElementMapObject } from './element-map.js';
import type { ArrayMap } from './types.js';

/** What ARRAY and PERCPU_ARRAY share: all indices below `maxEntries` are there from the start, and stay. */
export abstract class IndexedMapObject<V> extends ElementMapObject<number, V> {
  get size(): number {
    this.readable('size');
    return this.maxEntries;
  }

  entries(): IterableIterator<[number, V]> {
    this.readable('entries');
    return this.#walk();
  }

  clear(): void {
    const address = this.writable('clear');
    const { workspace, core, maxEntries, valueBytes } = this;
    workspace.memory.u8.fill(0, workspace.valueOffset, workspace.valueOffset + valueBytes);
    for (let index = 0; index < maxEntries; index++) {
      workspace.memory.view.setUint32(workspace.keyOffset, index, true);
      const result = this.guarded('clear', () =>
        core.elementUpdate(address, workspace.keyAddress, workspace.valueAddress, 0),
      );
      if (result !== 0) throw this.failure('clear', result);
    }
  }

  protected whyRefused(result: number): string {
    if (result === -Errno.E2BIG) return `the last index is ${this.maxEntries - 1}`;
    return result === -Errno.EINVAL ? 'elements of an array cannot be deleted' : '';
  }

  *#walk(): IterableIterator<[number, V]> {
    for (let index = 0; index < this.maxEntries; index++) {
      const value = this.get(index);
      if (value !== undefined) yield [index, value];
    }
  }
}

export class ArrayMapObject<V> extends IndexedMapObject<V> implements ArrayMap<V> {
  declare readonly type: 'array';

  fill(values: ArrayBufferView): number {
    this.writable('fill');
    return fillArray(this, values);
  }
}
