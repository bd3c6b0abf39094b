import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { BpfError } from '#dist/api/errors.js';
import { assembled, LOOKS_UP, RETURNS_2, type Wiring, wire, WRITES_FIRST_BYTE } from '../pool/wiring.js';

const SOCKET_FILTER = 1;
const SCHED_CLS = 3;
const XDP = 6;
const PERF_EVENT = 7;
const ARRAY = 2;
const HASH = 1;
const HASH_OF_MAPS = 13;
const NO_PREALLOC = 1;

function failure(run: () => unknown): BpfError {
  try {
    run();
  } catch (error) {
    return error as BpfError;
  }
  return assert.fail('expected a failure');
}

describe('PROG_LOAD and PROG_TEST_RUN on the main thread', () => {
  let wiring: Wiring;

  before(async () => {
    wiring = await wire({ workers: 0 });
  });

  after(async () => {
    await wiring.destroy();
  });

  const load = (insns: Uint8Array, more: object = {}) =>
    wiring.programs.load({ prog_type: XDP, insns, license: 'GPL', ...more });

  test('a program returns its verdict, repeat or not', () => {
    const fd = load(assembled(RETURNS_2));
    const attributes = {
      prog_fd: fd,
      data_in: new Uint8Array(64),
      data_out: new Uint8Array(64),
      retval: 0,
      duration: -1,
    };
    assert.equal(wiring.programs.testRun(attributes), 0);
    assert.equal(attributes.retval, 2);
    const many = { ...attributes, repeat: 1000 };
    wiring.programs.testRun(many);
    assert.equal(many.retval, 2);
    assert.ok(many.duration >= 0 && many.duration < 1_000_000);
    wiring.kernel.close(fd);
  });

  test('the packet comes back as the program left it', () => {
    const fd = load(assembled(WRITES_FIRST_BYTE));
    const out = new Uint8Array(64);
    wiring.programs.testRun({ prog_fd: fd, data_in: new Uint8Array(64), data_out: out });
    assert.equal(out[0], 0xab);
    assert.ok(out.subarray(1).every((byte) => byte === 0));
    const short = new Uint8Array(20);
    assert.equal(
      failure(() => wiring.programs.testRun({ prog_fd: fd, data_in: new Uint8Array(64), data_out: short })).code,
      'ENOSPC',
    );
    assert.equal(short[0], 0xab);
    wiring.kernel.close(fd);
  });

  test('all three network types run; PERF_EVENT loads only', () => {
    for (const prog_type of [SOCKET_FILTER, SCHED_CLS, XDP]) {
      const fd = load(assembled(RETURNS_2), { prog_type });
      const attributes = { prog_fd: fd, data_in: new Uint8Array(64), retval: 0 };
      wiring.programs.testRun(attributes);
      assert.equal(attributes.retval, 2, `type ${prog_type}`);
      wiring.kernel.close(fd);
    }
    const fd = load(assembled(RETURNS_2), { prog_type: PERF_EVENT });
    assert.equal(failure(() => wiring.programs.testRun({ prog_fd: fd, data_in: new Uint8Array(64) })).code, 'ENOTSUPP');
    wiring.kernel.close(fd);
  });

  test('the log is that of the verifier', () => {
    const log_buf = new Uint8Array(512);
    const fd = load(assembled(RETURNS_2), { log_level: 1, log_buf, log_size: 512 });
    assert.match(new TextDecoder().decode(log_buf), /processed 2 insns/);
    wiring.kernel.close(fd);
    const tiny = { log_level: 1, log_buf: new Uint8Array(8), log_size: 8 };
    const before = wiring.kernel.programCount;
    assert.equal(failure(() => load(assembled(RETURNS_2), tiny)).code, 'ENOSPC');
    assert.equal(wiring.kernel.programCount, before);
  });

  test('a program holds its maps until it is gone', async () => {
    const map = wiring.kernel.createMap({ type: ARRAY, keySize: 4, valueSize: 8, maxEntries: 4, flags: 0 });
    const mapFd = wiring.kernel.openMap(map);
    wiring.kernel.putMap(map);
    const fd = load(assembled(LOOKS_UP, { table: mapFd }));
    wiring.kernel.close(mapFd);
    assert.equal(wiring.kernel.mapById(map.id), map);
    wiring.kernel.close(fd);
    await wiring.settled();
    assert.equal(wiring.kernel.mapById(map.id), undefined);
  });

  test('a refused load leaves references and programs as they were', () => {
    const map = wiring.kernel.createMap({ type: ARRAY, keySize: 4, valueSize: 8, maxEntries: 4, flags: 0 });
    const mapFd = wiring.kernel.openMap(map);
    const good = assembled(LOOKS_UP, { table: mapFd });
    const { references } = map;
    const programs = wiring.kernel.programCount;
    const withoutExit = good.subarray(0, good.length - 8);
    const log_buf = new Uint8Array(512);
    assert.equal(failure(() => load(withoutExit, { log_level: 1, log_buf, log_size: 512 })).code, 'EINVAL');
    assert.ok(log_buf[0] !== 0, 'the log says why');
    assert.equal(failure(() => load(assembled(LOOKS_UP, { table: 999 }))).code, 'EBADF');
    assert.equal(map.references, references);
    assert.equal(wiring.kernel.programCount, programs);
    wiring.kernel.close(mapFd);
    wiring.kernel.putMap(map);
  });
});

for (const rules of ['4.12', '6.18'] as const) {
  test(`PERF_EVENT with a hash map that is not preallocated, by the rules of ${rules}`, async () => {
    const wiring = await wire({ workers: 0, rules });
    try {
      const { kernel, programs } = wiring;
      const lax = { type: HASH, keySize: 4, valueSize: 8, maxEntries: 4, flags: NO_PREALLOC };
      const outer = { type: HASH_OF_MAPS, keySize: 4, valueSize: 4, maxEntries: 4, flags: 0, name: 'tenants' };
      const maps = [kernel.createMap({ ...lax, name: 'counts' }), kernel.createMap(outer, lax)];
      for (const map of maps) {
        const insns = assembled(LOOKS_UP, { table: kernel.openMap(map) });
        const run = () => programs.load({ prog_type: PERF_EVENT, insns, license: 'GPL' });
        if (rules === '6.18') assert.ok(run() > 0);
        else {
          const error = failure(run);
          assert.equal(error.code, 'EINVAL');
          assert.match(error.message, new RegExp(map.name));
        }
      }
      for (const map of maps) kernel.putMap(map);
    } finally {
      await wiring.destroy();
    }
  });
}
