/** Stopping a thread before its n-th shared store, and what has to hold after recovery. */
import assert from 'node:assert/strict';
import { type Arena, openArena } from '#dist/shared/arena.js';
import { testArena } from '../support.js';
import type { Operation, State, World } from './world.js';

const TRAP = 1;
const WORKER = 2;
export const EAGAIN = -11;

export function steppedArena(build = 'core-steps'): Arena {
  return testArena({ bytes: 8 << 20, slots: 4, build });
}

/** Another thread of the arena, as far as the arena can tell: an instance of the core with a slot of its own. */
export function otherThread(arena: Arena): Arena {
  const other = openArena(arena.handle);
  assert.ok(other.core.claimSlot(WORKER) >= 0);
  other.core.setLockTimeout(2);
  return other;
}

/** True if `run` was stopped before its n-th shared store. */
export function stops(arena: Arena, n: number, run: () => void): boolean {
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

export interface Outcomes {
  readonly before: State;
  readonly after: State;
}

export function outcomesOf(arena: Arena, operation: Operation): Outcomes {
  const world = operation.prepare(arena);
  const before = operation.look(world);
  operation.run(arena, world);
  const after = operation.look(world);
  operation.check?.(world, 'undisturbed');
  endWorld(world);
  return { before, after };
}

/** Each part of the map is as before or as after; its structure is whole; two threads can write the same place. */
export function checkRecovered(world: World, operation: Operation, { before, after }: Outcomes, where: string): void {
  const now = operation.look(world);
  for (const part of Object.keys(now)) {
    const allowed = [before[part], after[part]];
    assert.ok(allowed.includes(now[part]), `${where}: ${part} is ${now[part]}, allowed: ${allowed.join(' or ')}`);
  }
  assert.equal(world.arena.i32[(world.map + 56) / 4], 0, `${where}: nobody is held off`);
  operation.check?.(world, where);
  assert.equal(operation.write(world.arena, world), 0, `${where}: main can write`);
  const other = otherThread(world.arena);
  assert.equal(operation.write(other, world), 0, `${where}: another thread can write`);
  other.core.releaseSlot();
  operation.check?.(world, where);
}

export function endWorld({ arena, map, others }: World): void {
  for (const retired of [map, ...others]) arena.core.mapRetire(retired);
  arena.core.mapReap();
  assert.equal(arena.core.retiredMaps(), 0, 'somebody is still in a section');
}
