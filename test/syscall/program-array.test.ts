/** PROG_ARRAY on the syscall side: types, references, and what happens when its last open file goes. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { BpfError, type ErrnoName, MapType, ProgramType } from 'innermap';
import type { MapObject, ProgramObject } from '#dist/api/kernel.js';
import { syscallTarget, type SyscallTarget } from './target.js';

const PROGRAMS = { map_type: MapType.PROG_ARRAY, key_size: 4, value_size: 4, max_entries: 4 };
const EMPTY_MODULE = new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));

let target: SyscallTarget;
beforeEach(() => {
  target = syscallTarget({ memory: 64 << 20 });
});

function refused(code: ErrnoName, call: () => unknown): void {
  assert.throws(call, (error) => error instanceof BpfError && error.code === code);
}

/** A descriptor of a program that refers to these maps. */
function program(type: number, maps: MapObject[] = []): { fd: number; object: ProgramObject } {
  const { kernel } = target;
  const object = kernel.addProgram({ name: 'p', type, insns: new Uint8Array(8), module: EMPTY_MODULE, maps });
  const fd = kernel.openProgram(object);
  kernel.putProgram(object);
  return { fd, object };
}

const word = (value: number) => new Uint8Array(Uint32Array.of(value).buffer);
const set = (map_fd: number, index: number, fd: number) =>
  target.bpf('MAP_UPDATE_ELEM', { map_fd, key: word(index), value: word(fd) });

function get(map_fd: number, index: number): number {
  const value = new Uint8Array(4);
  target.bpf('MAP_LOOKUP_ELEM', { map_fd, key: word(index), value });
  return new DataView(value.buffer).getUint32(0, true);
}

describe('PROG_ARRAY', () => {
  test('takes descriptors, gives ids, and keeps the programs', async () => {
    const array = target.bpf('MAP_CREATE', PROGRAMS);
    const { fd, object } = program(ProgramType.XDP);
    set(array, 1, fd);
    target.close(fd);
    assert.equal(get(array, 1), object.id);
    assert.equal(target.kernel.mapFile(array, 'test').map.programs?.slots.get(1)?.id, object.id);
    target.bpf('MAP_DELETE_ELEM', { map_fd: array, key: word(1) });
    await target.barrier();
    assert.equal(target.kernel.programCount, 0);
  });

  test('the first program decides the type, for good', () => {
    const array = target.bpf('MAP_CREATE', PROGRAMS);
    set(array, 0, program(ProgramType.XDP).fd);
    target.bpf('MAP_DELETE_ELEM', { map_fd: array, key: word(0) });
    refused('EINVAL', () => set(array, 0, program(ProgramType.SCHED_CLS).fd));
  });

  test('a program that refers to the array decides the type as well', () => {
    const array = target.bpf('MAP_CREATE', PROGRAMS);
    const { map } = target.kernel.mapFile(array, 'test');
    program(ProgramType.XDP, [map]);
    refused('EINVAL', () => set(array, 0, program(ProgramType.SCHED_CLS).fd));
    refused('EINVAL', () => program(ProgramType.SCHED_CLS, [map]));
  });

  test('loses its entries with its last open file, though a program still refers to it', async () => {
    const array = target.bpf('MAP_CREATE', PROGRAMS);
    const { map } = target.kernel.mapFile(array, 'test');
    const caller = program(ProgramType.XDP, [map]);
    // A cycle: the program keeps the array, the array the program.
    set(array, 0, caller.fd);
    target.close(array);
    assert.equal(target.kernel.mapById(map.id), map);
    const again = target.bpf('MAP_GET_FD_BY_ID', { map_id: map.id });
    refused('ENOENT', () => get(again, 0));
    target.close(again);
    target.close(caller.fd);
    await target.barrier();
    await target.barrier();
    assert.equal(target.kernel.programCount, 0);
    assert.equal(target.kernel.mapCount, 0);
  });

  test('a pin is an open file', () => {
    const array = target.bpf('MAP_CREATE', PROGRAMS);
    const { fd, object } = program(ProgramType.XDP);
    set(array, 0, fd);
    target.bpf('OBJ_PIN', { pathname: 'jumps', bpf_fd: array });
    target.close(array);
    assert.equal(get(target.bpf('OBJ_GET', { pathname: 'jumps' }), 0), object.id);
  });
});
