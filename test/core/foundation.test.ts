/** Arena, slots, epochs, heap and arrays, in one thread. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openArena } from '#dist/shared/arena.js';
import * as core from './support.js';
import { ARRAY, ARRAY_OF_MAPS, IntegerMap, newMap, scratchOf, testArena } from './support.js';

describe('arena', () => {
  test('of the least size works, and a smaller one is refused', () => {
    const arena = testArena({ bytes: 1 << 20 });
    assert.equal(arena.slot, 0);
    assert.equal(arena.incarnation, 1);
    assert.throws(() => testArena({ bytes: 1 << 19 }), RangeError);
  });

  test('of 4 GiB costs no resident memory and has no address that wraps', () => {
    const arena = testArena({ bytes: 2 ** 32 });
    const before = process.memoryUsage().rss;
    const map = newMap(arena, { type: ARRAY, maxEntries: 200_000_000 });
    assert.ok(map > 0 && map + 1.6e9 < 2 ** 32);
    assert.ok(process.memoryUsage().rss - before < 32 << 20);
    assert.equal(arena.core.mapCreate(ARRAY, 4, 8, 500_000_000, 0, 0, 9999, 0, -1, -1, -1), core.ENOMEM);
  });

  test('a memory that holds no arena is refused', () => {
    const { handle } = testArena();
    const memory = new WebAssembly.Memory({ shared: true, initial: 16, maximum: 16 });
    assert.throws(() => openArena({ memory, module: handle.module }), TypeError);
  });
});

describe('slots', () => {
  test('are claimed, released, and claimed again in a later incarnation', () => {
    const arena = testArena({ slots: 3 });
    const second = openArena(arena.handle);
    assert.equal(second.slot, -1);
    assert.equal(second.core.claimSlot(2), 1);
    assert.equal(second.core.claimSlot(2), core.EBUSY);
    assert.deepEqual([arena.core.slotKind(1), arena.core.slotIncarnation(1)], [2, 1]);
    assert.equal(openArena(arena.handle).core.claimSlot(3), 2);
    assert.equal(openArena(arena.handle).core.claimSlot(3), core.ENOSPC);
    second.core.releaseSlot();
    assert.equal(arena.core.slotIncarnation(1), 2);
    assert.equal(openArena(arena.handle).core.claimSlot(3), 1);
    assert.deepEqual([arena.core.slotKind(1), arena.core.slotIncarnation(1)], [3, 3]);
  });

  test('a CPU number has one holder, until that slot is released or recovered', () => {
    const arena = testArena({ cpus: 2 });
    const [a, b, c] = [0, 0, 0].map(() => openArena(arena.handle));
    for (const thread of [a!, b!, c!]) thread.core.claimSlot(2);
    assert.equal(a!.core.leaseCpu(), 0);
    assert.equal(b!.core.leaseCpu(), 1);
    assert.equal(a!.core.leaseCpu(), 0);
    assert.equal(c!.core.leaseCpu(), core.ENOSPC);
    a!.core.releaseSlot();
    assert.equal(c!.core.leaseCpu(), 0);
    assert.equal(arena.core.recover(b!.slot, b!.incarnation), 0);
    assert.equal(arena.core.leaseCpu(), 1);
    assert.equal(arena.core.slotCpu(c!.slot), 0);
  });

  test('recovery is keyed by the incarnation', () => {
    const arena = testArena();
    const dead = openArena(arena.handle);
    dead.core.claimSlot(2);
    dead.core.enter();
    const { slot, incarnation } = dead;
    assert.notEqual(arena.core.slotEpoch(slot), 0);
    assert.equal(arena.core.recover(slot, incarnation + 2), core.ESRCH);
    assert.equal(arena.core.recover(slot, incarnation), 0);
    assert.equal(arena.core.slotEpoch(slot), 0);
    assert.equal(arena.core.recover(slot, incarnation), core.ESRCH);
    assert.equal(arena.core.recover(99, 1), core.ESRCH);
  });
});

describe('epochs', () => {
  test('a section that began at or before the stamp blocks it, a later one does not', () => {
    const arena = testArena();
    const reader = openArena(arena.handle);
    reader.core.claimSlot(2);
    const stamp = arena.core.readEpoch();
    assert.equal(arena.core.quiescedPast(stamp), 1);
    reader.core.enter();
    assert.equal(arena.core.quiescedPast(stamp), 1, 'the section began later');
    const later = arena.core.readEpoch();
    assert.equal(arena.core.quiescedPast(later), 0);
    reader.core.enter();
    reader.core.leave();
    assert.equal(reader.core.sectionDepth(), 1);
    assert.equal(arena.core.quiescedPast(later), 0, 'a nested section ends nothing');
    reader.core.leave();
    assert.equal(arena.core.quiescedPast(later), 1);
  });

  test('a leaving reader counts the event word only while its epoch is awaited', () => {
    const arena = testArena();
    const event = arena.core.eventAddress() / 4;
    const section = () => {
      arena.core.enter();
      arena.core.leave();
    };
    section();
    assert.equal(arena.i32[event], 0);
    arena.core.enter();
    arena.core.awaitEpoch(arena.core.readEpoch());
    arena.core.leave();
    assert.equal(arena.i32[event], 1);
    arena.core.quiescedPast(arena.core.readEpoch());
    section();
    assert.equal(arena.i32[event], 1, 'a later epoch is not awaited');
  });
});

describe('heap', () => {
  test('blocks of all sizes are zero, aligned and apart, and everything comes back', () => {
    const arena = testArena();
    const start = arena.core.arenaUsedBytes();
    const free = arena.core.freeChunkCount();
    const live: { at: number; bytes: number; tag: number }[] = [];
    let random = 1;
    const next = (bound: number) => {
      random = (random * 48271) % 0x7fffffff;
      return random % bound;
    };
    for (let round = 0; round < 3000; round++) {
      if (live.length > 0 && (next(2) === 0 || live.length > 60)) {
        const [block] = live.splice(next(live.length), 1);
        const bytes = arena.u8.subarray(block!.at, block!.at + block!.bytes);
        assert.ok(bytes.every((byte) => byte === block!.tag));
        arena.core.memoryFree(block!.at);
        continue;
      }
      const bytes = next(8) === 0 ? next(300_000) : next(3000);
      const at = arena.core.memoryAllocate(bytes);
      if (at < 0) continue;
      assert.equal(at % 64, 0);
      const memory = arena.u8.subarray(at, at + bytes);
      assert.ok(memory.every((byte) => byte === 0));
      memory.fill(1 + (round % 250));
      live.push({ at, bytes, tag: 1 + (round % 250) });
    }
    for (const { at } of live) arena.core.memoryFree(at);
    assert.equal(arena.core.arenaUsedBytes(), start);
    assert.ok(free - arena.core.freeChunkCount() <= 1, 'neighbours were joined: at most the spare chunk is kept');
  });

  test('a block that is freed twice stops the program', () => {
    const arena = testArena();
    const at = arena.core.memoryAllocate(100);
    arena.core.memoryFree(at);
    assert.throws(() => arena.core.memoryFree(at), WebAssembly.RuntimeError);
  });

  test('what does not fit is refused and changes nothing', () => {
    const arena = testArena();
    const before = arena.core.arenaUsedBytes();
    assert.equal(arena.core.memoryAllocate(1 << 24), core.ENOMEM);
    assert.equal(arena.core.memoryAllocate(2 ** 33), core.ENOMEM);
    assert.equal(arena.core.arenaUsedBytes(), before);
  });
});

describe('arrays', () => {
  test('every index exists and is zero; the rules of SPEC §4.2 hold', () => {
    const arena = testArena();
    const map = new IntegerMap(arena, newMap(arena, { type: ARRAY, valueSize: 6, maxEntries: 3 }));
    assert.deepEqual([map.get(0), map.get(2), map.get(3)], [0, 0, undefined]);
    assert.deepEqual([map.set(2, 7), map.get(2)], [0, 7]);
    assert.deepEqual([map.set(3, 1), map.set(0, 1, 1), map.set(9, 1, 3)], [core.E2BIG, core.EEXIST, core.EINVAL]);
    assert.equal(map.delete(0), core.EINVAL);
    assert.deepEqual(map.keys(), [0, 1, 2]);
  });

  test('the spin lock field is kept by updates and reads as zero', () => {
    const arena = testArena();
    const address = newMap(arena, { type: ARRAY, valueSize: 12, maxEntries: 1, spinLock: 4 });
    const { key, value, out } = scratchOf(arena);
    arena.u8.fill(0xff, value, value + 12);
    assert.equal(arena.core.elementUpdate(address, key, value, 0), 0);
    assert.deepEqual(
      [...arena.u8.subarray(address + 256, address + 268)],
      [255, 255, 255, 255, 0, 0, 0, 0, 255, 255, 255, 255],
    );
    arena.u32[(address + 260) / 4] = 0x1234;
    assert.equal(arena.core.elementLookup(address, key, out), 0);
    assert.deepEqual([...arena.u8.subarray(out + 4, out + 8)], [0, 0, 0, 0]);
    arena.core.setLockTimeout(20);
    assert.equal(arena.core.elementUpdate(address, key, value, 4), core.ETIMEDOUT, 'somebody holds the lock');
    arena.u32[(address + 260) / 4] = 0;
    assert.equal(arena.core.elementUpdate(address, key, value, 4), 0);
  });

  test('an outer slot is exchanged, and a retired map is freed when no reader can hold it', () => {
    const arena = testArena();
    const { core } = arena;
    core.setPoison(1);
    const start = core.arenaUsedBytes();
    const outer = newMap(arena, { type: ARRAY_OF_MAPS, valueSize: 4, maxEntries: 2 });
    const [first, second] = [newMap(arena, { type: ARRAY }), newMap(arena, { type: ARRAY })];
    assert.equal(core.arrayOfMapsExchange(outer, 1, first), 0);
    const reader = openArena(arena.handle);
    reader.core.claimSlot(3);
    reader.core.enter();
    assert.equal(core.arrayOfMapsExchange(outer, 1, second), first);
    core.mapRetire(first);
    assert.equal(core.mapReap(), 0);
    assert.equal(core.retiredMaps(), 1);
    assert.equal(arena.u32[(first + 256) / 4], 0);
    reader.core.leave();
    assert.equal(core.mapReap(), 1);
    assert.equal(arena.u32[(first + 256) / 4], 0x6b6b6b6b);
    assert.equal(core.arrayOfMapsExchange(outer, 2, 0), -7);
    assert.ok(core.arenaUsedBytes() > start);
  });
});
