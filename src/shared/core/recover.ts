/**
 * Recovery: completing or undoing what a thread left that died, or that trapped, before any of its shared stores.
 *
 * `recover` is for the slot of a dead thread, called by main after the thread's own exit event (before it, the thread
 * may still be writing) and keyed by the incarnation it had. `recoverSelf` is for a live thread after a trap. Both may
 * be stopped themselves and called again: each part is done over from the start, and doing it twice is doing it once.
 */
import { MUTANT, MUTANT_HOLD_OPENED, MUTANT_LOCK_LEFT_CLOSED } from './build';
import { typeRecover } from './dispatch';
import { resetWalks } from './program/for-each';
import { endRingWork } from './ring-recovery';
import { EAGAIN, ESRCH } from './errno';
import { isHeapBlock, rebuildHeap, heapFree } from './heap';
import {
  MAP_HOLD, MAP_LOCK, MAP_REAP_LOCK, SLOT_DEAD, SLOT_OP_ARGUMENT, SLOT_OP_COUNT, SLOT_OP_HOLD, SLOT_OP_KIND, SLOT_OP_LOCK, SLOT_OP_MAP,
  SLOT_OP_VALUE_LOCK,
} from './layout';
import { inherit, isOwnedBy, pause, release, startBudget, wakeWaiters } from './locks';
import { unlinkId } from './id-table';
import { completeFree, completeRetire, rebuildRetired } from './maps';
import { endHold, endMainOperation, noteHold, OP_CREATE, OP_FREE, OP_NONE, OP_RETIRE, tryHold } from './operations';
import { currentSlot, self, slotAt } from './self';
import { freeSlot, leaveAbandoned, releaseCpus, slotCount, slotIncarnation } from './slots';
import { step } from './step';

/** How often recovery looks again for writers that have not left the map yet, before it asks to be called later. */
const PATIENCE: i32 = 40;
/** The same for a thread's own recovery, whose caller cannot come back later: above the bound of others' lock waits. */
const OWN_PATIENCE: i32 = 4000;

/** 0: done; -ESRCH: no such incarnation; -EAGAIN: a live thread is in the same map, call again later. Main thread. */
export function recover(slot: u32, incarnation: u32): i32 {
  if (slot >= slotCount() || slotIncarnation(slot) != incarnation || (incarnation & 1) == 0) return -ESRCH;
  if (<i32>slot == currentSlot()) return recoverSelf();
  const at = slotAt(slot);
  setStopped(at, 1);
  takeOverHold(at, slot);
  const failed = repairOperation(at, slot);
  if (failed != 0) return failed;
  openValueLock(at, slot);
  endRingWork(slot);
  releaseCpus(slot);
  freeSlot(slot);
  return 0;
}

/** The same for this live thread after a trap; also leaves its section, and keeps its slot. 0 or -EAGAIN. */
export function recoverSelf(): i32 {
  if (currentSlot() < 0) return 0;
  const at = self();
  const slot = <u32>currentSlot();
  finishMainOperation(at);
  takeOverHold(at, slot);
  // Another thread that recovers in the same map need not wait for this one, as this one need not for it.
  setStopped(at, 1);
  const failed = repairOperation(at, slot);
  setStopped(at, 0);
  if (failed != 0) return failed;
  openValueLock(at, slot);
  endRingWork(slot);
  resetWalks();
  leaveAbandoned();
  return 0;
}

/** Whether the thread makes no store in the map of its record but those of recovery (operations.ts, fact 4). */
function setStopped(at: usize, stopped: u32): void {
  step();
  atomic.store<u32>(at + SLOT_DEAD, stopped);
}

/**
 * The thread stopped while it held off a map's writers. They stay off, since the map may be half repaired, until the
 * repair, which begins anew, has ended. If there is nothing to repair, they go on.
 */
function takeOverHold(at: usize, slot: u32): void {
  const map = <usize>load<u32>(at + SLOT_OP_HOLD);
  if (map == 0) return;
  const isOwn = at == self();
  if (!isOwn && isOwnedBy(map + MAP_HOLD, slot)) {
    noteHold(map);
    if (MUTANT == MUTANT_HOLD_OPENED) release(map + MAP_HOLD);
    else inherit(map + MAP_HOLD);
  }
  if (atomic.load<u32>(at + SLOT_OP_MAP) == 0) endHold(map);
  if (isOwn) return;
  step();
  store<u32>(at + SLOT_OP_HOLD, 0);
}

function repairOperation(at: usize, slot: u32): i32 {
  const map = <usize>atomic.load<u32>(at + SLOT_OP_MAP);
  if (map == 0) return 0;
  const lock = <usize>load<u32>(at + SLOT_OP_LOCK);
  if (!holdOff(map, lock, at == self() ? OWN_PATIENCE : PATIENCE)) return -EAGAIN;
  typeRecover(map, lock, slot);
  openIfOwned(map + MAP_REAP_LOCK, slot);
  openIfOwned(map + MAP_LOCK, slot);
  if (lock != 0 && MUTANT != MUTANT_LOCK_LEFT_CLOSED) openIfOwned(lock, slot);
  step();
  atomic.store<u32>(at + SLOT_OP_MAP, 0);
  endHold(map);
  return 0;
}

/** Keep writers out, and give those that are in a while to leave. */
function holdOff(map: usize, lock: usize, patience: i32): bool {
  const inherited = isOwnedBy(map + MAP_HOLD, <u32>currentSlot());
  startBudget();
  for (let tries = 0; tries < patience; tries++) {
    if (tryHold(map)) return true;
    if (lock != 0) wakeWaiters(lock);
    pause();
  }
  if (!inherited) endHold(map);
  return false;
}

function openIfOwned(lock: usize, slot: u32): void {
  if (isOwnedBy(lock, slot)) release(lock);
}

function openValueLock(at: usize, slot: u32): void {
  const word = <usize>load<u32>(at + SLOT_OP_VALUE_LOCK);
  if (word == 0) return;
  openIfOwned(word, slot);
  step();
  store<u32>(at + SLOT_OP_VALUE_LOCK, 0);
}

/** Operations on the heap and on whole maps: main's own. */
function finishMainOperation(at: usize): void {
  const kind = atomic.load<u32>(at + SLOT_OP_KIND);
  if (kind == OP_NONE) return;
  const argument = <usize>load<u32>(at + SLOT_OP_ARGUMENT);
  const isBlock = argument != 0 && isHeapBlock(argument);
  const retired = rebuildRetired(argument);
  if (kind == OP_CREATE && argument != 0) unlinkId(argument);
  rebuildHeap();
  // The caller never got what it allocated; and what it freed is gone.
  if (kind != OP_RETIRE && kind != OP_FREE && isBlock) heapFree(argument);
  if (kind == OP_RETIRE && !retired) completeRetire(argument);
  if (kind == OP_FREE && !retired) completeFree(argument, isBlock, load<u32>(at + SLOT_OP_COUNT));
  endMainOperation();
}
