/**
 * What the control plane must know of a packet, read by the same rules as the program's `parse_packet` in
 * `examples/include/packet.h`; a test holds the two against each other.
 */

/** By the numbers of the program's `enum parsed`. */
export const PARSED = { parsed: 0, notOurs: 1, fragmented: 2, malformed: 3, truncated: 4 } as const;
export type Parsed = (typeof PARSED)[keyof typeof PARSED];

export interface Flow {
  readonly tenant: number;
  /** 16 bytes; an IPv4 address is mapped (::ffff:a.b.c.d). */
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly protocol: number;
}

export type ParseResult =
  | { readonly parsed: typeof PARSED.parsed; readonly flow: Flow }
  | { readonly parsed: 1 | 2 | 3 | 4 };

const ETHERNET = 14;
const VLAN_TAG = 4;
const IPV4 = 0x0800;
const IPV6 = 0x86dd;
const VLAN = 0x8100;
const IPV6_FRAGMENT = 44;
const TCP = 6;
const UDP = 17;

export function parsePacket(bytes: Uint8Array): ParseResult {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < ETHERNET) return { parsed: PARSED.truncated };
  let type = view.getUint16(12);
  let at = ETHERNET;
  let tenant = 0;
  if (type === VLAN) {
    if (bytes.length < at + VLAN_TAG) return { parsed: PARSED.truncated };
    tenant = view.getUint16(at) & 0xfff;
    type = view.getUint16(at + 2);
    at += VLAN_TAG;
  }
  if (type === IPV4) return parseIpv4(bytes, view, at, tenant);
  if (type === IPV6) return parseIpv6(bytes, view, at, tenant);
  return { parsed: PARSED.notOurs };
}

function parseIpv4(bytes: Uint8Array, view: DataView, at: number, tenant: number): ParseResult {
  if (bytes.length < at + 20) return { parsed: PARSED.truncated };
  const length = (view.getUint8(at) & 0x0f) * 4;
  const total = view.getUint16(at + 2);
  if (view.getUint8(at) >> 4 !== 4 || length < 20 || total < length) return { parsed: PARSED.malformed };
  if (bytes.length < at + total) return { parsed: PARSED.truncated };
  if (view.getUint16(at + 6) & 0x3fff) return { parsed: PARSED.fragmented };
  const addresses = {
    tenant,
    source: mapped(bytes.subarray(at + 12, at + 16)),
    destination: mapped(bytes.subarray(at + 16, at + 20)),
    protocol: view.getUint8(at + 9),
  };
  return parseTransport(view, at + length, total - length, addresses);
}

function parseIpv6(bytes: Uint8Array, view: DataView, at: number, tenant: number): ParseResult {
  if (bytes.length < at + 40) return { parsed: PARSED.truncated };
  const payload = view.getUint16(at + 4);
  if (view.getUint8(at) >> 4 !== 6) return { parsed: PARSED.malformed };
  if (bytes.length < at + 40 + payload) return { parsed: PARSED.truncated };
  const protocol = view.getUint8(at + 6);
  if (protocol === IPV6_FRAGMENT) return { parsed: PARSED.fragmented };
  const source = bytes.slice(at + 8, at + 24);
  const destination = bytes.slice(at + 24, at + 40);
  return parseTransport(view, at + 40, payload, { tenant, source, destination, protocol });
}

type Addresses = Omit<Flow, 'sourcePort' | 'destinationPort'>;

function parseTransport(view: DataView, at: number, room: number, addresses: Addresses): ParseResult {
  const { protocol } = addresses;
  if (protocol !== TCP && protocol !== UDP) return { parsed: PARSED.notOurs };
  if (view.byteLength < at + (protocol === TCP ? 20 : 8)) return { parsed: PARSED.truncated };
  const length = protocol === TCP ? (view.getUint8(at + 12) >> 4) * 4 : view.getUint16(at + 4);
  if (length < (protocol === TCP ? 20 : 8) || length > room) return { parsed: PARSED.malformed };
  const flow = { ...addresses, sourcePort: view.getUint16(at), destinationPort: view.getUint16(at + 2) };
  return { parsed: PARSED.parsed, flow };
}

function mapped(ipv4: Uint8Array): Uint8Array {
  const address = new Uint8Array(16);
  address.set([0xff, 0xff], 10);
  address.set(ipv4, 12);
  return address;
}

/** An address for people. */
export function addressText(address: Uint8Array): string {
  const isMapped = address.subarray(0, 10).every((byte) => byte === 0) && address[10] === 0xff && address[11] === 0xff;
  if (isMapped) return [...address.subarray(12)].join('.');
  const words = Array.from(
    { length: 8 },
    (_, index) => ((address[2 * index] ?? 0) << 8) | (address[2 * index + 1] ?? 0),
  );
  return words
    .map((word) => word.toString(16))
    .join(':')
    .replace(/(^|:)0(:0)+(:|$)/, '::');
}
