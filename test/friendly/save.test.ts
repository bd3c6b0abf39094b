/** `runtime.save()` and `Runtime.load()`, through the public API alone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytes, Runtime, spinLock, struct, u32, u64 } from 'innermap';

const OPTIONS = { workers: 0, possibleCpus: 2, memory: 256 << 20 };
const counter = struct({ lock: spinLock, hits: u64 });
const path = (name: string) => new TextEncoder().encode(`/maps/${name}\0`);

/** Maps of many types, each pinned under its name. */
function fill(runtime: Runtime): void {
  const pin = (map: { fd: number }, name: string) => runtime.bpf('OBJ_PIN', { pathname: path(name), bpf_fd: map.fd });
  const lru = runtime.createMap({ type: 'lru_hash', key: u32, value: u32, maxEntries: 64, name: 'lru' });
  for (let key = 0; key < 20; key++) lru.set(key, key * 3);
  pin(lru, 'lru');
  const ring = runtime.createMap({ type: 'ringbuf', value: bytes(8), maxEntries: 4096, name: 'ring' });
  for (let n = 1; n <= 3; n++) ring.output(new Uint8Array(8).fill(n));
  ring.read();
  pin(ring, 'ring');
  const locked = runtime.createMap({ type: 'hash', key: u32, value: counter, maxEntries: 4, name: 'locked' });
  locked.set(1, { hits: 11n } as never);
  pin(locked, 'locked');
  const inner = runtime.createMap({ type: 'array', value: u32, maxEntries: 2, name: 'inner' });
  inner.set(1, 42);
  const outer = runtime.createMap({ type: 'hash_of_maps', key: u32, maxEntries: 4, inner, name: 'outer' });
  outer.set(7, inner);
  pin(outer, 'outer');
  const percpu = runtime.createMap({ type: 'percpu_array', value: u64, maxEntries: 2, name: 'percpu' });
  percpu.set(1, [3n, 4n]);
  pin(percpu, 'percpu');
}

function look(runtime: Runtime, name: string, key: number, size: number): number[] {
  const fd = runtime.bpf('OBJ_GET', { pathname: path(name) });
  const value = new Uint8Array(size);
  runtime.bpf('MAP_LOOKUP_ELEM', { map_fd: fd, key: new Uint8Array(Uint32Array.of(key).buffer), value });
  runtime.close(fd);
  return [...new Uint32Array(value.buffer)];
}

test('what was saved is there again: contents, types of values, pins, links, unread records', async () => {
  await using source = await Runtime.create(OPTIONS);
  fill(source);
  await using copy = await Runtime.load(source.save(), OPTIONS);
  assert.equal(copy.stats().maps.live, source.stats().maps.live);
  for (let key = 0; key < 20; key++) assert.deepEqual(look(copy, 'lru', key, 4), [key * 3]);
  assert.deepEqual(look(copy, 'percpu', 1, 16), [3, 0, 4, 0]);
  assert.deepEqual(look(copy, 'locked', 1, 16).at(2), 11);
  const [innerId = 0] = look(copy, 'outer', 7, 4);
  const innerFd = copy.bpf('MAP_GET_FD_BY_ID', { map_id: innerId });
  const value = new Uint8Array(4);
  copy.bpf('MAP_LOOKUP_ELEM', { map_fd: innerFd, key: Uint8Array.of(1, 0, 0, 0), value });
  assert.equal(value[0], 42);
  // The value's type came along: the lock can be taken.
  const locked = copy.bpf('OBJ_GET', { pathname: path('locked') });
  const F_LOCK = 4;
  copy.bpf('MAP_LOOKUP_ELEM', {
    map_fd: locked,
    key: Uint8Array.of(1, 0, 0, 0),
    value: new Uint8Array(16),
    flags: F_LOCK,
  });
  // Saving the copy gives the two records that nobody had read.
  await using again = await Runtime.load(copy.save(), OPTIONS);
  assert.equal(again.stats().maps.live, copy.stats().maps.live);
  assert.equal(again.save().length, copy.save().length);
});

test('damaged bytes: SaveError, whatever the damage', async () => {
  await using source = await Runtime.create(OPTIONS);
  fill(source);
  const good = source.save();
  let state = 12_345;
  const below = (bound: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
  for (let round = 0; round < 12; round++) {
    const damaged = round % 3 === 0 ? good.slice(0, below(good.length)) : good.slice();
    if (damaged.length === good.length) {
      const at = below(good.length);
      damaged[at] = (damaged[at] as number) ^ (1 << below(8));
    }
    await assert.rejects(Runtime.load(damaged, OPTIONS), { name: 'SaveError' });
  }
});
