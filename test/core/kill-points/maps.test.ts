/** Traps in operations on whole maps and payload blocks, which only the main thread makes. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Arena } from '#dist/shared/arena.js';
import * as core from '../support.js';

const TRAP = 1;
const ID = 4242;
const SMALL = 100;
/** More than a chunk. */
const LARGE = 30_000;

/** `run` returns after what the trap would have cut short; `check` looks at the arena after recovery. */
interface Step {
  name: string;
  prepare?(arena: Arena): number;
  run(arena: Arena, prepared: number): void;
  /** Bring the arena back to its start, asserting on the way. */
  settle(arena: Arena, prepared: number, trapped: boolean, start: number): void;
}

function create(arena: Arena, entries: number): number {
  return arena.core.mapCreate(core.ARRAY, 4, 8, entries, 0, 0, ID, 0, -1, -1, -1);
}

function steps(entries: number): Step[] {
  return [
    {
      name: 'create',
      run: (arena) => void create(arena, entries),
      settle: (arena, _, trapped) => {
        const found = arena.core.mapById(ID);
        assert.equal(found > 0, !trapped, 'a map that its creator never got is gone');
        if (found > 0) retireAndReap(arena, found);
      },
    },
    {
      name: 'retire',
      prepare: (arena) => create(arena, entries),
      run: (arena, map) => arena.core.mapRetire(map),
      settle: (arena, map, trapped) => {
        if (trapped && arena.core.mapById(ID) === map) arena.core.mapRetire(map);
        assert.equal(arena.core.mapById(ID), 0);
        assert.equal(arena.core.retiredMaps(), 1);
        assert.ok(arena.core.retiredBytes() >= entries * 8);
        const freed = arena.core.freedMaps();
        assert.equal(arena.core.mapReap(), 1);
        assert.equal(arena.core.freedMaps(), freed + 1);
      },
    },
    {
      name: 'reap',
      prepare: (arena) => {
        const map = create(arena, entries);
        arena.core.mapRetire(map);
        return arena.core.freedMaps();
      },
      run: (arena) => void arena.core.mapReap(),
      settle: (arena, freed) => {
        const left = arena.core.retiredMaps();
        assert.equal(arena.core.freedMaps() + left, freed + 1);
        assert.equal(arena.core.mapReap(), left);
        assert.equal(arena.core.freedMaps(), freed + 1);
        assert.equal(arena.core.retiredBytes(), 0);
      },
    },
    {
      name: 'allocate a block',
      run: (arena) => {
        const block = arena.core.memoryAllocate(entries * 8);
        arena.core.setStep(0, 0);
        arena.core.memoryFree(block);
      },
      settle: () => {},
    },
    {
      name: 'free a block',
      prepare: (arena) => arena.core.memoryAllocate(entries * 8),
      run: (arena, block) => arena.core.memoryFree(block),
      settle: (arena, block, _, start) => {
        // Stopped before it had begun.
        if (arena.core.arenaUsedBytes() !== start) arena.core.memoryFree(block);
      },
    },
  ];
}

function retireAndReap(arena: Arena, map: number): void {
  arena.core.mapRetire(map);
  assert.equal(arena.core.mapReap(), 1);
}

describe('a trap in an operation on a whole map', () => {
  for (const [size, entries] of [
    ['small', SMALL],
    ['large', LARGE],
  ] as const) {
    for (const step of steps(entries)) test(`${step.name}, ${size}`, () => everyStop(step));
  }

  test('freeing a map that has element chunks', () => {
    everyStop({
      name: 'reap',
      prepare: hashWithChunks,
      run: (arena) => void arena.core.mapReap(),
      settle: (arena) => {
        arena.core.mapReap();
        assert.equal(arena.core.retiredMaps(), 0);
      },
    });
  });
});

function hashWithChunks(arena: Arena): number {
  const map = core.newMap(arena, { type: core.HASH, maxEntries: 5000, flags: core.NO_PREALLOC });
  const integers = new core.IntegerMap(arena, map);
  for (let key = 0; key < 5000; key++) integers.set(key, key);
  arena.core.mapRetire(map);
  return map;
}

function everyStop(step: Step): void {
  const arena = core.testArena({ bytes: 8 << 20, build: 'core-steps' });
  arena.core.setPoison(1);
  neighbours(arena);
  const start = arena.core.arenaUsedBytes();
  for (let n = 1; ; n++) {
    const prepared = step.prepare?.(arena) ?? 0;
    const trapped = trapsAt(arena, n, () => step.run(arena, prepared));
    if (trapped) {
      for (let m = 1; n % 3 === 0 && m < 60 && trapsAt(arena, m, () => void arena.core.recoverSelf()); m += 7);
      assert.equal(arena.core.recoverSelf(), 0);
    }
    step.settle(arena, prepared, trapped, start);
    assert.equal(arena.core.arenaUsedBytes(), start, `n = ${n}: memory is lost`);
    checkHeap(arena);
    if (!trapped) return;
  }
}

/** Blocks before and behind, so that splits and merges on both sides occur. */
function neighbours(arena: Arena): void {
  const blocks = Array.from({ length: 12 }, () => arena.core.memoryAllocate(900));
  for (const block of blocks.filter((_, index) => index % 3 === 1)) arena.core.memoryFree(block);
}

/** The heap still hands out and takes back. */
function checkHeap(arena: Arena): void {
  const used = arena.core.arenaUsedBytes();
  const blocks = [40, 900, 20_000, 70_000].map((bytes) => arena.core.memoryAllocate(bytes));
  for (const block of blocks) {
    assert.ok(block > 0);
    assert.equal(arena.u32[block / 4], 0);
    arena.u32[block / 4] = 0xffffffff;
  }
  for (const block of blocks) arena.core.memoryFree(block);
  assert.equal(arena.core.arenaUsedBytes(), used);
}

function trapsAt(arena: Arena, n: number, run: () => void): boolean {
  arena.core.setStep(n, TRAP);
  try {
    run();
    return false;
  } catch (error) {
    assert.ok(error instanceof WebAssembly.RuntimeError && error.message === 'unreachable', String(error));
    return true;
  } finally {
    arena.core.setStep(0, 0);
  }
}
