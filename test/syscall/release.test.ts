/**
 * Regression: programs released together, whose maps go with them. The first deferred callback retired a map, and the
 * wait that this started looked, for ever, for the second callback, which could not run inside the first.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MapType, ProgramType, Runtime } from 'innermap';

/** `r1 = map ll; r0 = 0; exit` */
function refersTo(fd: number): Uint8Array {
  const bytes = new Uint8Array(32);
  bytes.set([0x18, 0x11], 0);
  new DataView(bytes.buffer).setInt32(4, fd, true);
  bytes.set([0xb7], 16);
  bytes.set([0x95], 24);
  return bytes;
}

test('several programs and their only maps are released at once', async () => {
  await using runtime = await Runtime.create({ workers: 0 });
  const programs = Array.from({ length: 3 }, () => {
    const map = runtime.bpf('MAP_CREATE', { map_type: MapType.ARRAY, key_size: 4, value_size: 4, max_entries: 1 });
    const insns = refersTo(map);
    const program = runtime.bpf('PROG_LOAD', { prog_type: ProgramType.XDP, insns, insn_cnt: 4, license: 'GPL' });
    runtime.close(map);
    return program;
  });
  for (const program of programs) runtime.close(program);
  await runtime.barrier({ timeout: 120_000 });
  const { live, retired, freed } = runtime.stats().maps;
  assert.deepEqual({ live, retired, freed }, { live: 0, retired: 0, freed: 3 });
});
