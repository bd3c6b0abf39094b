/** Mappings: what golden scenarios do not reach, above all their end. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { beforeEach, describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { MapFlags, MapType } from 'innermap';
import { MappingError } from '#dist/shared/mapping.js';
import { syscallTarget, type SyscallTarget } from './target.js';

const ARRAY = { map_type: MapType.ARRAY, key_size: 4, value_size: 8, max_entries: 4, map_flags: MapFlags.MMAPABLE };

let target: SyscallTarget;
beforeEach(() => {
  target = syscallTarget({ memory: 64 << 20 });
});

function fails(code: MappingError['code'], call: () => unknown): void {
  assert.throws(call, (error) => error instanceof MappingError && error.code === code);
}

describe('a mapping', () => {
  test('is dead once it is unmapped, and gives the map up', async () => {
    const fd = target.bpf('MAP_CREATE', ARRAY);
    const mapping = target.mmap(fd, { protection: 'rw', length: 4096 });
    target.close(fd);
    assert.equal(target.kernel.mapCount, 1);
    mapping.unmap();
    mapping.unmap();
    assert.equal(target.kernel.mapCount, 0);
    for (const access of [
      () => mapping.read(0, 1),
      () => mapping.write(0, new Uint8Array(1)),
      () => mapping.load64(0),
      () => mapping.view(),
    ]) {
      fails('EFAULT', access);
    }
    await target.barrier();
    assert.equal(target.kernel.core.retiredMaps(), 0);
  });

  test('checks its bounds and its rights', () => {
    const fd = target.bpf('MAP_CREATE', ARRAY);
    const mapping = target.mmap(fd, { length: 1 });
    assert.equal(mapping.length, 4096);
    fails('EFAULT', () => mapping.read(4090, 8));
    fails('EFAULT', () => mapping.read(-1, 1));
    fails('EFAULT', () => mapping.load64(4));
    fails('EACCES', () => mapping.write(0, Uint8Array.of(1)));
    fails('EACCES', () => mapping.store64(0, 1n));
  });

  test('bytes behind the last value are shared between mappings, and no part of the map', () => {
    const fd = target.bpf('MAP_CREATE', ARRAY);
    const one = target.mmap(fd, { protection: 'rw', length: 4096 });
    const other = target.mmap(fd, { length: 4096 });
    one.write(28, Uint8Array.of(1, 2, 3, 4, 5, 6));
    assert.deepEqual([...other.read(28, 6)], [1, 2, 3, 4, 5, 6]);
    const value = new Uint8Array(8);
    target.bpf('MAP_LOOKUP_ELEM', { map_fd: fd, key: Uint8Array.of(3, 0, 0, 0), value });
    assert.deepEqual([...value], [0, 0, 0, 0, 1, 2, 3, 4]);
  });

  test("a raw view outlives the mapping: the map's memory is not used again", async () => {
    const fd = target.bpf('MAP_CREATE', ARRAY);
    const mapping = target.mmap(fd, { protection: 'rw', length: 4096 });
    const view = mapping.view();
    view[0] = 7;
    mapping.unmap();
    target.close(fd);
    await target.barrier();
    for (let index = 0; index < 50; index++) target.bpf('MAP_CREATE', { ...ARRAY, map_flags: 0 });
    assert.equal(view[0], 7);
    assert.equal(target.kernel.mapById(1), undefined, 'the id is gone all the same');
  });

  test('works in another thread until it is unmapped here', async () => {
    const fd = target.bpf('MAP_CREATE', ARRAY);
    const mapping = target.mmap(fd, { protection: 'rw', length: 4096 });
    const worker = new Worker(WORKER, {
      eval: true,
      workerData: { url: import.meta.resolve('#dist/shared/mapping.js'), handle: mapping.handle() },
    });
    assert.deepEqual((await once(worker, 'message'))[0], 'ready');
    mapping.write(8, Uint8Array.of(41));
    worker.postMessage('increment');
    assert.deepEqual((await once(worker, 'message'))[0], 42);
    assert.equal(mapping.read(8, 1)[0], 42);
    mapping.unmap();
    worker.postMessage('increment');
    assert.deepEqual((await once(worker, 'message'))[0], 'EFAULT');
    await worker.terminate();
  });
});

const WORKER = `
  const { parentPort, workerData } = require('node:worker_threads');
  import(workerData.url).then(({ openMapping }) => {
    const mapping = openMapping(workerData.handle);
    parentPort.on('message', () => {
      try {
        const next = mapping.read(8, 1)[0] + 1;
        mapping.write(8, Uint8Array.of(next));
        parentPort.postMessage(next);
      } catch (error) {
        parentPort.postMessage(error.code);
      }
    });
    parentPort.postMessage('ready');
  });
`;
