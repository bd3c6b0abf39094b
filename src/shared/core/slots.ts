/**
 * Reader slots: one for each thread that uses the arena, claimed by a compare-exchange that also counts up the
 * incarnation and tells the kind, so that a thread's death at any store leaves a slot that recovery can name.
 * A CPU number is leased from the CPU table; it comes back when its holder releases its slot or is recovered, which is
 * after its thread's exit: per-CPU values have one writer.
 */
import { chunkAddress, SLOT_TAG, sweepChunks, takeChunks, zeroChunks } from './chunks';
import { abandonSection, sectionDepth } from './epochs';
import { EBUSY, EINVAL, ENOMEM, ENOSPC } from './errno';
import {
  AREA_BYTES, SLOT_AREA, SLOT_CPU, SLOT_DEAD, SLOT_EPOCH, SLOT_OP_KIND, SLOT_OP_MAP, SLOT_PARK, SLOT_PROGRAM, SLOT_STATE,
  SUPER, SUPER_CPU_TABLE, SUPER_CPUS, SUPER_SLOTS,
} from './layout';
import { currentSlot, self, setSelf, slotAt } from './self';
import { step } from './step';

const KIND_MASK: u32 = 3;
const ODD: u32 = 4;

export function slotCount(): u32 {
  return load<u32>(SUPER + SUPER_SLOTS);
}

function slotState(slot: u32): u32 {
  return atomic.load<u32>(slotAt(slot) + SLOT_STATE);
}

/** Odd while claimed, even while free; grows by one at each change. */
export function slotIncarnation(slot: u32): u32 {
  return slotState(slot) >> 2;
}

/** 1 main, 2 worker, 3 JavaScript reader; of a free slot: 0. */
export function slotKind(slot: u32): u32 {
  return slotState(slot) & KIND_MASK;
}

/** Claim a free slot for this thread. Slot number, -EBUSY if this instance has one, -ENOSPC if none is free, -ENOMEM. */
export function claimSlot(kind: u32): i32 {
  if (kind < 1 || kind > 3) return -EINVAL;
  if (currentSlot() >= 0) return -EBUSY;
  const slots = slotCount();
  for (let slot: u32 = 0; slot < slots; slot++) {
    const state = slotState(slot);
    if ((state & ODD) != 0) continue;
    step();
    if (atomic.cmpxchg<u32>(slotAt(slot) + SLOT_STATE, state, (((state >> 2) + 1) << 2) | kind) != state) continue;
    setSelf(<i32>slot);
    if (ensureArea(slot)) return <i32>slot;
    freeSlot(slot);
    setSelf(-1);
    return -ENOMEM;
  }
  return -ENOSPC;
}

/** Give the slot back in an orderly way. Inside a section: a broken invariant. */
export function releaseSlot(): void {
  if (currentSlot() < 0) return;
  if (sectionDepth() != 0) unreachable();
  const slot = <u32>currentSlot();
  releaseCpus(slot);
  freeSlot(slot);
  setSelf(-1);
}

/** Scratch and run area: two chunks that stay with the slot. A chunk taken by a thread that died before it noted it is freed by recovery. */
function ensureArea(slot: u32): bool {
  const at = slotAt(slot) + SLOT_AREA;
  if (load<u32>(at) != 0) return true;
  const owner = SLOT_TAG | (slot << 8);
  const chunk = takeChunks(2, owner);
  if (chunk == 0) return false;
  zeroChunks(chunk, 2);
  step();
  store<u32>(at, <u32>chunkAddress(chunk));
  return true;
}

/** Clear the words of a slot whose owner is gone, and make it free. The state goes last. */
export function freeSlot(slot: u32): void {
  const at = slotAt(slot);
  if (load<u32>(at + SLOT_AREA) == 0) sweepChunks(SLOT_TAG | (slot << 8));
  for (let word = SLOT_OP_MAP; word <= SLOT_OP_KIND; word += 4) {
    step();
    atomic.store<u32>(at + word, 0);
  }
  step();
  store<u32>(at + SLOT_PROGRAM, 0);
  step();
  atomic.store<u64>(at + SLOT_EPOCH, 0);
  step();
  atomic.store<u32>(at + SLOT_DEAD, 0);
  step();
  atomic.store<u32>(at + SLOT_STATE, ((slotState(slot) >> 2) + 1) << 2);
}

/** Address of the slot's 64 KiB of payload for API calls. 0 before its first claim. */
export function slotScratch(slot: u32): f64 {
  return <f64>load<u32>(slotAt(slot) + SLOT_AREA);
}

/** Address of the slot's 64 KiB run area (core/run/layout.ts). */
export function slotRun(slot: u32): f64 {
  return <f64>runArea(slotAt(slot));
}

/** The run area of the slot at this address. */
export function runArea(at: usize): usize {
  return <usize>load<u32>(at + SLOT_AREA) + AREA_BYTES;
}

/** Program id that the slot runs, 0 = none; a reader keeps its token here. */
export function slotProgram(slot: u32): u32 {
  return atomic.load<u32>(slotAt(slot) + SLOT_PROGRAM);
}

export function setProgram(program: u32): void {
  atomic.store<u32>(self() + SLOT_PROGRAM, program);
}

/** Where a parked thread of a STEPS build waits. */
export function slotPark(slot: u32): f64 {
  return <f64>(slotAt(slot) + SLOT_PARK);
}

// ---- CPU numbers ----

function cpuWord(cpu: u32): usize {
  return SUPER + SUPER_CPU_TABLE + cpu * 4;
}

/** Lease the smallest free CPU number; the one that is held already if there is one. -ENOSPC if none is free. */
export function leaseCpu(): i32 {
  const held = load<u32>(self() + SLOT_CPU);
  if (held != 0) return <i32>held - 1;
  const owner = <u32>currentSlot() + 1;
  const cpus = load<u32>(SUPER + SUPER_CPUS);
  for (let cpu: u32 = 0; cpu < cpus; cpu++) {
    step();
    if (atomic.cmpxchg<u32>(cpuWord(cpu), 0, owner) != 0) continue;
    step();
    store<u32>(self() + SLOT_CPU, cpu + 1);
    return <i32>cpu;
  }
  return -ENOSPC;
}

/** Lease this CPU number instead of the one held. 0, -EINVAL (there is no such CPU), -EBUSY (another thread has it). */
export function setCpu(cpu: u32): i32 {
  if (cpu >= load<u32>(SUPER + SUPER_CPUS)) return -EINVAL;
  const owner = <u32>currentSlot() + 1;
  if (atomic.load<u32>(cpuWord(cpu)) == owner) return 0;
  step();
  if (atomic.cmpxchg<u32>(cpuWord(cpu), 0, owner) != 0) return -EBUSY;
  const held = load<u32>(self() + SLOT_CPU);
  step();
  store<u32>(self() + SLOT_CPU, cpu + 1);
  if (held == 0) return 0;
  step();
  atomic.store<u32>(cpuWord(held - 1), 0);
  return 0;
}

/** Give the CPU number back; main does so between test runs. */
export function releaseCpu(): void {
  releaseCpus(<u32>currentSlot());
}

export function releaseCpus(slot: u32): void {
  step();
  store<u32>(slotAt(slot) + SLOT_CPU, 0);
  const cpus = load<u32>(SUPER + SUPER_CPUS);
  for (let cpu: u32 = 0; cpu < cpus; cpu++) {
    if (atomic.load<u32>(cpuWord(cpu)) != slot + 1) continue;
    step();
    atomic.store<u32>(cpuWord(cpu), 0);
  }
}

/** -1 when none is held. */
export function slotCpu(slot: u32): i32 {
  return <i32>load<u32>(slotAt(slot) + SLOT_CPU) - 1;
}

/** CPU number of this thread; 0 when it holds none. */
export function currentCpu(): u32 {
  const held = load<u32>(self() + SLOT_CPU);
  return held == 0 ? 0 : held - 1;
}

/** Address of the word that holds this thread's CPU number plus one: compiled programs read it themselves. */
export function cpuAddress(): usize {
  return self() + SLOT_CPU;
}

/** What a thread leaves that was in a section when it trapped. */
export function leaveAbandoned(): void {
  if (currentSlot() >= 0) abandonSection();
}
