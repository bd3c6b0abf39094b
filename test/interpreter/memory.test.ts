import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { interpret, MemoryAccessError } from '#dist/shared/program/interpreter/index.js';
import { MapFlags, MapType, ProgramType } from '#dist/shared/uapi.js';
import { arena, makeMap, program, request } from './support.js';

const { SCHED_CLS, SOCKET_FILTER } = ProgramType;
const values = makeMap({ type: MapType.ARRAY, keySize: 4, valueSize: 12, maxEntries: 4 });
const LOOKUP =
  '*(u32 *)(r10 - 4) = 1\nr2 = r10\nr2 += -4\nr1 = map[values] ll\ncall bpf_map_lookup_elem\nif r0 == 0 goto out';

/** Runs text that must fail with an access outside; returns the error. */
function fault(source: string, type?: number): MemoryAccessError {
  try {
    interpret(request(program(source, { values }, type)));
  } catch (error) {
    if (error instanceof MemoryAccessError) return error;
    throw error;
  }
  return assert.fail(`ran to its end: ${source}`);
}

function runs(source: string, type?: number): bigint {
  return interpret(request(program(source, { values }, type)));
}

describe('memory that a program may touch', () => {
  test('the stack of its own frame and of its callers, and no byte more', () => {
    assert.equal(runs('*(u64 *)(r10 - 512) = 7\nr0 = *(u64 *)(r10 - 512)\nexit'), 7n);
    const below = fault('*(u64 *)(r10 - 520) = 7\nr0 = 0\nexit');
    assert.deepEqual([below.size, below.write, below.place.slot], [8, true, 0]);
    assert.match(below.message, /instruction 0 .*write of 8 bytes .*nearest: stack of frame 0/);
    fault('r0 = *(u8 *)(r10 + 0)\nexit');
    fault('r0 = *(u64 *)(r10 - 4)\nexit');
  });

  test('a returned function leaves nothing behind', () => {
    const source = 'call f\nr0 = *(u64 *)(r0 + 0)\nexit\nf:\n*(u64 *)(r10 - 8) = 1\nr0 = r10\nr0 += -8\nexit';
    assert.equal(fault(source).place.slot, 1);
    const caller =
      'r1 = r10\nr1 += -8\n*(u64 *)(r10 - 8) = 5\ncall f\nr0 = *(u64 *)(r10 - 8)\nexit\nf:\n*(u64 *)(r1 + 0) = 6\nr0 = 0\nexit';
    assert.equal(runs(caller), 6n);
  });

  test('the context, by type', () => {
    runs('r0 = *(u32 *)(r1 + 20)\nexit');
    fault('r0 = *(u32 *)(r1 + 24)\nexit');
    fault('r0 = *(u32 *)(r1 - 4)\nexit');
    runs('r0 = *(u64 *)(r1 + 184)\nexit', SCHED_CLS);
    fault('r0 = *(u32 *)(r1 + 192)\nexit', SCHED_CLS);
  });

  test('the packet as it lies at the moment', () => {
    const at = (offset: number, before = '') =>
      `r6 = r1\n${before}r2 = *(u32 *)(r6 + 0)\nr0 = *(u8 *)(r2 ${offset < 0 ? `- ${-offset}` : `+ ${offset}`})\nexit`;
    assert.equal(runs(at(63)), 0x11n);
    assert.match(fault(at(64)).nearest, /packet .*whose end lies 0 bytes before/);
    fault(at(-1));
    const shorter = 'r2 = -14\ncall bpf_xdp_adjust_tail\n';
    assert.equal(runs(at(49, shorter)), 0x11n);
    fault(at(50, shorter));
    const kept = 'r6 = r1\nr7 = *(u32 *)(r1 + 0)\nr2 = 14\ncall bpf_xdp_adjust_head\nr0 = *(u8 *)(r7 + 0)\nexit';
    assert.equal(fault(kept).place.slot, 4);
    fault('r2 = *(u32 *)(r1 + 76)\nr0 = *(u8 *)(r2 + 0)\nexit', SOCKET_FILTER);
  });

  test('map values that a look-up gave, to their size and not to the stride', () => {
    assert.equal(runs(`${LOOKUP}\n*(u32 *)(r0 + 8) = 9\nr0 = *(u32 *)(r0 + 8)\nout:\nexit`), 9n);
    const behind = fault(`${LOOKUP}\nr0 = *(u32 *)(r0 + 12)\nout:\nexit`);
    assert.match(behind.nearest, /value of map "m\d+"/);
    fault(`${LOOKUP}\nr0 = *(u32 *)(r0 - 4)\nout:\nexit`);
    fault(`r2 = ${values.address}\nr0 = *(u32 *)(r2 + 256)\nexit`);
  });

  test('no writing where the map forbids it, no reading either', () => {
    const readOnly = makeMap({
      type: MapType.ARRAY,
      keySize: 4,
      valueSize: 8,
      maxEntries: 2,
      flags: MapFlags.RDONLY_PROG,
    });
    const writeOnly = makeMap({
      type: MapType.ARRAY,
      keySize: 4,
      valueSize: 8,
      maxEntries: 2,
      flags: MapFlags.WRONLY_PROG,
    });
    const run = (source: string, map: typeof values) => () => interpret(request(program(source, { values: map })));
    const write = `${LOOKUP}\n*(u32 *)(r0 + 0) = 1\nr0 = 5\nout:\nexit`;
    const read = `${LOOKUP}\nr0 = *(u32 *)(r0 + 0)\nr0 = 5\nout:\nexit`;
    assert.throws(run(write, readOnly), /write of 4 bytes .* is not permitted in value of/);
    assert.throws(run(read, writeOnly), /read of 4 bytes .* is not permitted in value of/);
    assert.equal(run(write, writeOnly)(), 5n);
    assert.equal(run(read, readOnly)(), 5n);
  });

  test('arguments of helpers are accesses too', () => {
    const key = fault('r2 = r10\nr2 += -2\nr1 = map[values] ll\ncall bpf_map_lookup_elem\nexit');
    assert.deepEqual([key.size, key.write, key.place.slot], [4, false, 4]);
    const buffer = fault('r2 = 0\nr3 = r10\nr3 += -8\nr4 = 16\ncall bpf_xdp_load_bytes\nexit');
    assert.deepEqual([buffer.size, buffer.write], [16, true]);
  });

  test('atomic operations are aligned', () => {
    assert.match(fault('r1 = 1\nlock *(u32 *)(r10 - 6) += r1\nr0 = 0\nexit').message, /not aligned/);
    assert.equal(
      runs('*(u64 *)(r10 - 8) = 40\nr1 = 2\nlock *(u64 *)(r10 - 8) += r1\nr0 = *(u64 *)(r10 - 8)\nexit'),
      42n,
    );
  });

  test('addresses beyond 32 bits, and null', () => {
    assert.equal(fault('r2 = 0x100000000 ll\nr2 += r10\nr0 = *(u64 *)(r2 - 8)\nexit').place.slot, 3);
    fault('r2 = 0\nr0 = *(u64 *)(r2 + 0)\nexit');
    assert.ok(arena.u8.length > 0);
  });
});

describe('ring-buffer records', () => {
  const ring = makeMap({ type: MapType.RINGBUF, keySize: 0, valueSize: 0, maxEntries: 4096 });
  const RESERVE = 'r1 = map[ring] ll\nr2 = 16\nr3 = 0\ncall bpf_ringbuf_reserve\nif r0 == 0 goto out\nr6 = r0\n';
  const END = 'r1 = r6\nr2 = 0\ncall bpf_ringbuf_submit\n';
  const run = (source: string) => () => interpret(request(program(source, { ring })));

  test('are touched while they are reserved, within their size', () => {
    assert.equal(run(`${RESERVE}*(u64 *)(r6 + 8) = 3\n${END}r0 = 1\nout:\nexit`)(), 1n);
    assert.throws(run(`${RESERVE}*(u64 *)(r6 + 16) = 3\n${END}r0 = 1\nout:\nexit`), /nearest: ring-buffer record/);
    assert.throws(run(`${RESERVE}${END}*(u64 *)(r6 + 0) = 3\nr0 = 1\nout:\nexit`), MemoryAccessError);
    assert.throws(run(`${RESERVE}${END}${END}r0 = 1\nout:\nexit`), /r1 is no record that is reserved/);
  });
});
