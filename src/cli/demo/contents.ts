/** What the balancer's maps hold, as plain data: for our own maps, and for the kernel's beside them. */
import { NO_BACKEND } from './maglev.js';
import { DENY_LIST_ENTRIES, type Tenant } from './world.js';

/** `struct denied` under an address. */
export type DenyEntry = [address: Uint8Array, value: { generation: number; reason: number }];

/** `struct backend`. */
export interface BackendValue {
  state: number;
  mac: number[];
  zero: number[];
}

export const BACKEND_STATE = { unused: 0, serving: 1, gone: 2 } as const;

const STAMP_ADDRESS = new Uint8Array(16);
/** Deny lists hold this share of a tenant's clients, and addresses of nobody up to a quarter of their room. */
const DENIED_SHARE = 0.04;
const FILLERS = DENY_LIST_ENTRIES / 4;

/** Write a service's table, `struct pick` by `struct pick`, into `into`: every element has the generation. */
export function writeTable(into: Uint32Array, picks: Uint32Array, generation: number): void {
  for (let entry = 0; entry < picks.length; entry++) {
    into[2 * entry] = picks[entry] ?? NO_BACKEND;
    into[2 * entry + 1] = generation;
  }
}

/** A tenant's deny list: its stamp first, then some of the tenant's clients, then addresses that send nothing. */
export function denyList(tenant: Tenant, generation: number, random: () => number): DenyEntry[] {
  const entries: DenyEntry[] = [[STAMP_ADDRESS, { generation, reason: 0 }]];
  for (const source of tenant.sources) {
    if (entries.length < DENY_LIST_ENTRIES - FILLERS && random() < DENIED_SHARE) {
      entries.push([source, { generation, reason: 1 }]);
    }
  }
  for (let filler = 1; filler < FILLERS; filler++) {
    // 192.0.2.0/24 (TEST-NET-1) sends nothing.
    const nobody = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, filler);
    entries.push([nobody, { generation, reason: 2 }]);
  }
  return entries;
}

export function backendValue(number: number, state: number): BackendValue {
  return { state, mac: [2, 0, 0, 1, number >> 8, number & 0xff], zero: [0, 0] };
}
