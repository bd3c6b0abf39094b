/** Names of objects: OBJ_PIN and OBJ_GET. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { BpfError, type ErrnoName, MapFlags, MapType } from 'innermap';
import { syscallTarget, type SyscallTarget } from './target.js';

const TABLE = { map_type: MapType.ARRAY, key_size: 4, value_size: 4, max_entries: 2 };
const KEY = new Uint8Array(4);

let target: SyscallTarget;
beforeEach(() => {
  target = syscallTarget({ memory: 64 << 20 });
});

function refused(code: ErrnoName, call: () => unknown): void {
  assert.throws(call, (error) => error instanceof BpfError && error.code === code);
}

describe('pins', () => {
  test('a pinned map outlives its last descriptor, content and all', () => {
    const fd = target.bpf('MAP_CREATE', TABLE);
    target.bpf('MAP_UPDATE_ELEM', { map_fd: fd, key: KEY, value: Uint8Array.of(1, 2, 3, 4) });
    target.bpf('OBJ_PIN', { pathname: '/sys/fs/bpf/table', bpf_fd: fd });
    target.close(fd);
    const again = target.bpf('OBJ_GET', { pathname: '/sys/fs/bpf/./table' });
    const value = new Uint8Array(4);
    target.bpf('MAP_LOOKUP_ELEM', { map_fd: again, key: KEY, value });
    assert.deepEqual([...value], [1, 2, 3, 4]);
    target.close(again);
    target.syscalls.unpin('/sys/fs/bpf/table');
    refused('ENOENT', () => target.bpf('OBJ_GET', { pathname: '/sys/fs/bpf/table' }));
    assert.equal(target.kernel.mapCount, 0);
  });

  test('a path is taken once', () => {
    const fd = target.bpf('MAP_CREATE', TABLE);
    target.bpf('OBJ_PIN', { pathname: 'a', bpf_fd: fd });
    refused('EEXIST', () => target.bpf('OBJ_PIN', { pathname: '/a', bpf_fd: fd }));
    const { references } = target.kernel.mapFile(fd, 'test').map;
    assert.equal(references, 2, 'the refused pin took no reference');
  });

  test('the descriptor comes before the path', () => {
    refused('EBADF', () => target.bpf('OBJ_PIN', { pathname: null, bpf_fd: 99 }));
    refused('EINVAL', () => target.bpf('OBJ_PIN', { pathname: 'a', bpf_fd: target.openForeign() }));
    refused('EFAULT', () => target.bpf('OBJ_PIN', { pathname: null, bpf_fd: target.bpf('MAP_CREATE', TABLE) }));
  });

  test('access rights belong to the descriptor that OBJ_GET gives', () => {
    const fd = target.bpf('MAP_CREATE', TABLE);
    target.bpf('OBJ_PIN', { pathname: 'a', bpf_fd: fd });
    const reader = target.bpf('OBJ_GET', { pathname: 'a', file_flags: MapFlags.RDONLY });
    refused('EPERM', () => target.bpf('MAP_UPDATE_ELEM', { map_fd: reader, key: KEY, value: KEY }));
    refused('EINVAL', () => target.bpf('OBJ_GET', { pathname: 'a', file_flags: MapFlags.RDONLY | MapFlags.WRONLY }));
    refused('EINVAL', () => target.bpf('OBJ_GET', { pathname: 'a', file_flags: 1 }));
  });

  test('closing everything takes the pins away', () => {
    const fd = target.bpf('MAP_CREATE', TABLE);
    target.bpf('OBJ_PIN', { pathname: 'a', bpf_fd: fd });
    target.kernel.closeAll();
    assert.equal(target.kernel.mapCount, 0);
    assert.equal(target.kernel.pins.size, 0);
  });
});
