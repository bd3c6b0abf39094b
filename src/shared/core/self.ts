/** Which slot this instance acts for. */
import { SLOTS, SLOT_BYTES } from './layout';

let slotNumber: i32 = -1;
let slotAddress: usize = 0;

/** Address of this thread's slot. */
export function self(): usize {
  return slotAddress;
}

/** Number of this thread's slot, -1 before `claimSlot`. */
export function currentSlot(): i32 {
  return slotNumber;
}

/** What a lock held by this thread says: never 0. */
export function ownerWord(): u32 {
  return <u32>(slotNumber + 1);
}

export function slotAt(slot: u32): usize {
  return SLOTS + <usize>slot * SLOT_BYTES;
}

export function setSelf(slot: i32): void {
  slotNumber = slot;
  slotAddress = slot < 0 ? 0 : slotAt(slot);
}
