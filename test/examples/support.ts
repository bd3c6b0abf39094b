import { readFileSync } from 'node:fs';
import { type BpfMap, type OuterMap, readObject, type Runtime } from 'innermap';

export const XDP = { aborted: 0, drop: 1, pass: 2, tx: 3 } as const;

/** The object of an example, loaded. */
export async function loadExample(runtime: Runtime, name: string) {
  const file = new URL(`../../../examples/${name}/${name}.bpf.o`, import.meta.url);
  return runtime.loadObject(readObject(new Uint8Array(readFileSync(file)), { name }));
}

/** An outer map of a loaded object; what its inner maps are like is for the kernel's rules to check. */
export function outerMap(maps: Readonly<Record<string, BpfMap>>, name: string): OuterMap<number, BpfMap> {
  const map = maps[name];
  if (map?.type !== 'array_of_maps' && map?.type !== 'hash_of_maps') throw new Error(`${name} is a ${map?.type}`);
  return map as OuterMap<number, BpfMap>;
}

export interface PacketFields {
  /** IPv4, as text. */
  readonly source?: string;
  readonly destination?: string;
  /** Tagged with this VLAN; 0 = without a tag. */
  readonly vlan?: number;
  /** TCP flags; undefined: a UDP packet. */
  readonly tcpFlags?: number;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
}

/** An Ethernet frame with IPv4 and TCP or UDP, without checksums: the examples look at none. */
export function packet(fields: PacketFields = {}): Uint8Array {
  const {
    source = '10.0.0.1',
    destination = '198.18.0.1',
    vlan = 0,
    tcpFlags,
    sourcePort = 1234,
    destinationPort = 80,
  } = fields;
  const tag = vlan === 0 ? [] : [0x81, 0, vlan >> 8, vlan & 0xff];
  const transport = tcpFlags === undefined ? 8 : 20;
  const length = 20 + transport;
  const ports = [sourcePort >> 8, sourcePort & 0xff, destinationPort >> 8, destinationPort & 0xff];
  const tcp = [...ports, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, tcpFlags ?? 0, 0xff, 0xff, 0, 0, 0, 0];
  const udp = [...ports, 0, 8, 0, 0];
  const protocol = tcpFlags === undefined ? 17 : 6;
  const ip = [0x45, 0, 0, length, 0, 1, 0, 0, 64, protocol, 0, 0, ...ipv4(source), ...ipv4(destination)];
  return Uint8Array.from([
    2,
    0,
    0,
    0,
    0,
    1,
    2,
    0,
    0,
    0,
    1,
    0,
    ...tag,
    8,
    0,
    ...ip,
    ...(tcpFlags === undefined ? udp : tcp),
  ]);
}

export function ipv4(text: string): number[] {
  return text.split('.').map(Number);
}

/** `::ffff:a.b.c.d` */
export function mapped(text: string): number[] {
  return [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...ipv4(text)];
}
