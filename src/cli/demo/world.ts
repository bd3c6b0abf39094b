/** Tenants, services and backends as plain data, taken from the packets of a capture. */
import type { CapturedPacket } from '../pcap/reader.js';
import { parsePacket } from './packet.js';

export const MAX_TENANTS = 64;
export const MAX_SERVICES = 4096;
const BACKENDS = 1000;
/** A deny list has this many elements at most, its stamp included. */
export const DENY_LIST_ENTRIES = 256;

export interface Service {
  /** The program's `struct service_key`. */
  readonly key: Uint8Array;
  /** Packets of the capture that are for it. */
  readonly packets: number;
  /** Numbers of the backends that serve it when all are there. */
  readonly backends: readonly number[];
}

export interface Tenant {
  readonly id: number;
  /** Addresses of the tenant's clients in the capture. */
  readonly sources: readonly Uint8Array[];
}

export interface World {
  readonly packets: readonly Uint8Array[];
  /** The busiest first. */
  readonly services: readonly Service[];
  readonly tenants: readonly Tenant[];
  readonly backends: number;
}

/** Numbers in [0, 1) from a seed: a run can be repeated. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let hash = Math.imul(state ^ (state >>> 15), state | 1);
    hash ^= hash + Math.imul(hash ^ (hash >>> 7), hash | 61);
    return ((hash ^ (hash >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Every destination of the capture is a service, every VLAN a tenant. Throws when there is nothing to balance. */
export function worldOf(captured: readonly CapturedPacket[]): World {
  // The kernel takes no frame without an Ethernet header for a test run, and no driver would hand one on.
  const packets = captured.map(({ data }) => data).filter(({ length }) => length >= 14);
  const services = new Map<string, { key: Uint8Array; packets: number }>();
  const tenants = new Map<number, Map<string, Uint8Array>>();
  for (const packet of packets) {
    const result = parsePacket(packet);
    if (result.parsed !== 0) continue;
    const { flow } = result;
    const key = serviceKey(flow.destination, flow.destinationPort, flow.protocol);
    const service = services.get(hex(key)) ?? { key, packets: 0 };
    service.packets++;
    services.set(hex(key), service);
    const sources = tenants.get(flow.tenant) ?? new Map<string, Uint8Array>();
    tenants.set(flow.tenant, sources.set(hex(flow.source), flow.source));
  }
  if (services.size === 0) throw new Error('the capture has no TCP or UDP packet: there is nothing to balance');
  const busiest = [...services.values()].sort((a, b) => b.packets - a.packets).slice(0, MAX_SERVICES);
  return {
    packets,
    services: busiest.map((service, index) => ({ ...service, backends: backendsOf(index) })),
    tenants: [...tenants]
      .filter(([id]) => id < MAX_TENANTS)
      .map(([id, sources]) => ({ id, sources: [...sources.values()] })),
    backends: BACKENDS,
  };
}

function serviceKey(address: Uint8Array, port: number, protocol: number): Uint8Array {
  const key = new Uint8Array(20);
  key.set(address);
  key.set([port >> 8, port & 0xff, protocol, 0], 16);
  return key;
}

/** Four to sixteen neighbours in the ring of backends, so that each backend serves a few services. */
function backendsOf(service: number): number[] {
  const count = 4 + ((service * 7) % 13);
  return Array.from({ length: count }, (_, index) => (service * 17 + index * 61) % BACKENDS);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
