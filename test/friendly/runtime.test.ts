import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, it } from 'node:test';
import { CHANNELS, type MapCreateEvent, type MapSwapEvent, OptionError, Runtime, u32 } from 'innermap';
import { HANGS } from '../timing.js';

const SMALL = { workers: 0, memory: 1 << 24 } as const;
const SPEC = { type: 'hash', key: u32, value: u32, maxEntries: 4 } as const;

/** Run a script in a process of its own, in this repository. */
function node(script: string, ...flags: string[]) {
  return spawnSync(process.execPath, [...flags, '--input-type=module', '--eval', script], {
    encoding: 'utf8',
    timeout: HANGS,
  });
}

describe('Runtime.create', () => {
  it('names the option that is wrong', async () => {
    const wrong: [object, RegExp][] = [
      [{ worker: 1 }, /Runtime\.create\(\): unknown option worker: did you mean workers\?/],
      [{ workers: -1 }, /option workers: given -1, expected an integer from 0 to 256 threads/],
      [{ workers: 4, possibleCpus: 3 }, /option possibleCpus: given 3, expected at least 4/],
      [{ memory: 1000 }, /option memory: given 1000, expected bytes: a multiple of 65536/],
      [{ rules: '5.10' }, /option rules: given '5\.10', expected '4\.12' or '6\.18'/],
      [{ poison: 1 }, /option poison: given 1, expected true or false/],
      [{ lockTimeout: 0 }, /option lockTimeout/],
    ];
    for (const [options, message] of wrong) {
      await assert.rejects(
        Runtime.create(options),
        (error) => error instanceof OptionError && message.test(error.message),
      );
    }
  });

  it('says so where there is no shared memory', () => {
    const script = `delete globalThis.SharedArrayBuffer;
      const { Runtime } = await import('innermap');
      await Runtime.create({ workers: 0 }).catch((error) => console.log(error.code, error.message));`;
    assert.match(node(script).stdout, /^ERR_INNERMAP_NO_SHARED_MEMORY this process has no SharedArrayBuffer/);
  });

  it('says so where there is too little address space', { skip: process.platform === 'win32' && 'no ulimit' }, () => {
    const script = `const { Runtime } = await import('innermap');
      const all = [];
      try { for (let n = 0; n < 100; n++) all.push(await Runtime.create({ workers: 0 })); }
      catch (error) { console.log(error.code, error.message); }`;
    const command = `ulimit -v 30000000; exec "${process.execPath}" --input-type=module --eval "$SCRIPT"`;
    const { stdout, stderr } = spawnSync('sh', ['-c', command], {
      encoding: 'utf8',
      env: { ...process.env, SCRIPT: script },
    });
    assert.match(stdout, /^ERR_INNERMAP_ADDRESS_SPACE no address space for an arena of 4294967296 bytes/, stderr);
  });

  it('gives several runtimes that share nothing', async () => {
    await using one = await Runtime.create(SMALL);
    await using two = await Runtime.create(SMALL);
    const map = one.createMap(SPEC).set(1, 1);
    const other = two.createMap(SPEC);
    assert.equal(map.id, other.id);
    assert.equal(other.has(1), false);
  });
});

describe('a runtime', () => {
  it('does not keep the process alive while idle, with workers or without', () => {
    for (const workers of [0, 2]) {
      const script = `const { Runtime, u32 } = await import('innermap');
        const runtime = await Runtime.create({ workers: ${workers} });
        runtime.createMap({ type: 'hash', key: u32, value: u32, maxEntries: 4 }).set(1, 1);
        console.log('idle');`;
      const { stdout, stderr, status, signal } = node(script);
      assert.equal(stdout, 'idle\n', stderr);
      assert.equal(signal, null, `with ${workers} workers the process did not end by itself`);
      assert.equal(status, 0, stderr);
    }
  });

  it('closes its maps, and refuses everything afterwards', async () => {
    const runtime = await Runtime.create({ ...SMALL, workers: 1 });
    const map = runtime.createMap(SPEC);
    const closing = runtime.close();
    assert.equal(runtime.close(), closing);
    await closing;
    assert.equal(runtime.closed, true);
    assert.equal(map.closed, true);
    assert.throws(() => map.get(1), { code: 'EBADF' });
    assert.throws(() => runtime.createMap(SPEC), { code: 'EBADF', message: /the runtime is closed/ });
    assert.throws(() => runtime.stats(), { code: 'EBADF' });
  });

  it('synchronizes at once when nobody reads', async () => {
    await using runtime = await Runtime.create(SMALL);
    await runtime.synchronize();
    await runtime.barrier();
    await assert.rejects(runtime.synchronize({ signal: AbortSignal.abort() }), { code: 'ABORT_ERR' });
    assert.throws(() => runtime.synchronize({ timeout: -1 }), RangeError);
  });

  it('closes descriptors of bpf(), and only open ones', async () => {
    await using runtime = await Runtime.create(SMALL);
    const fd = runtime.bpf('MAP_CREATE', { map_type: 2, key_size: 4, value_size: 4, max_entries: 1 });
    runtime.close(fd);
    assert.throws(() => runtime.close(fd), { code: 'EBADF' });
    assert.equal(runtime.closed, false);
  });

  it('reports memory, maps and workers', async () => {
    await using runtime = await Runtime.create({ ...SMALL, workers: 1 });
    const before = runtime.stats();
    assert.equal(before.arena.bytes, SMALL.memory);
    assert.equal(before.workers.length, 1);
    const map = runtime.createMap(SPEC);
    const during = runtime.stats();
    assert.equal(during.maps.live, before.maps.live + 1);
    assert.equal(during.descriptors, before.descriptors + 1);
    assert.ok(during.arena.bytesUsed > before.arena.bytesUsed);
    map.close();
    await runtime.barrier();
    const after = runtime.stats();
    assert.equal(after.maps.live, before.maps.live);
    assert.equal(after.maps.freed, before.maps.freed + 1);
    assert.equal(after.arena.bytesUsed, before.arena.bytesUsed);
  });

  it('refuses new maps while retired memory is at its bound, and never a swap', async () => {
    await using runtime = await Runtime.create({ ...SMALL, maxRetiredBytes: 0 });
    const outer = runtime.createMap({ type: 'array_of_maps', maxEntries: 1, inner: SPEC });
    using map = runtime.createMap(SPEC);
    outer.set(0, map);
    assert.equal(outer.delete(0), true);
    await runtime.barrier();
    assert.equal(runtime.stats().maps.retiredBytes, 0);
  });
});

describe('the options of bpf()', () => {
  it('are refused by name', async () => {
    await using runtime = await Runtime.create(SMALL);
    const attributes = { map_type: 1, key_size: 4, value_size: 8, max_entries: 2 };
    const create = (options: object) => () => runtime.bpf('MAP_CREATE', attributes, options);
    assert.throws(create({ capabilities: 'cap_bpf' }), {
      code: 'ERR_INNERMAP_INVALID_OPTION',
      message: "bpf(): option capabilities: given 'cap_bpf', expected 'all' or 'bpf+perfmon' or 'bpf' or 'none'",
    });
    assert.throws(create({ capability: 'bpf' }), {
      code: 'ERR_INNERMAP_UNKNOWN_OPTION',
      message: /did you mean capabi/,
    });
    assert.throws(create({ cpu: 'first' }), { option: 'cpu' });
    runtime.close(create({ capabilities: 'bpf' })());
  });
});

describe('events', () => {
  it('reach listeners and diagnostics channels', async () => {
    await using runtime = await Runtime.create(SMALL);
    const heard: (MapCreateEvent | MapSwapEvent)[] = [];
    const channelled: unknown[] = [];
    const onChannel = (message: unknown) => channelled.push(message);
    subscribe(CHANNELS['map-swap'], onChannel);
    runtime.on('map-create', (event) => heard.push(event)).on('map-swap', (event) => heard.push(event));
    const map = runtime.createMap({ ...SPEC, name: 'inner' });
    const outer = runtime.createMap({ type: 'array_of_maps', maxEntries: 1, inner: SPEC });
    outer.set(0, map);
    outer.delete(0);
    unsubscribe(CHANNELS['map-swap'], onChannel);
    const swaps = [
      { outer: outer.id, previous: undefined, current: map.id },
      { outer: outer.id, previous: map.id, current: undefined },
    ];
    assert.deepEqual(heard[0], { id: map.id, name: 'inner', type: 'hash' });
    assert.deepEqual(heard.slice(2), swaps);
    assert.deepEqual(channelled, swaps);
  });

  it('have known names only', async () => {
    await using runtime = await Runtime.create(SMALL);
    assert.throws(() => runtime.on('prinkt' as 'printk', () => undefined), { code: 'ERR_INNERMAP_UNKNOWN_EVENT' });
  });

  it('stop with off(), and come once with once()', async () => {
    await using runtime = await Runtime.create(SMALL);
    let count = 0;
    const listener = () => count++;
    runtime.once('map-create', listener);
    runtime.createMap(SPEC).close();
    runtime.createMap(SPEC).close();
    assert.equal(count, 1);
    runtime.on('map-create', listener).off('map-create', listener);
    runtime.createMap(SPEC).close();
    assert.equal(count, 1);
  });
});
