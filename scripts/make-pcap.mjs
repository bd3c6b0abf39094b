/**
 * Write the capture that the load balancer replays: `node scripts/make-pcap.mjs [FILE] [SEED]`.
 * The same seed gives the same bytes. 288 services of 32 tenants, 4,096 flows, 20,480 packets: IPv4 and IPv6,
 * TCP and UDP, with and without VLAN tags; one packet in twenty is malformed, a fragment, truncated, or neither
 * TCP nor UDP. Packets are small, so that the file is.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const SERVICES = 288;
const TENANTS = 32;
const FLOWS = 4096;
const PACKETS = 20_480;
const ODD_SHARE = 0.05;
const SNAP_LENGTH = 256;
const PORTS = [80, 443, 53, 8080, 5060, 8443, 123, 9000];
const TCP = 6;
const UDP = 17;

/** A linear congruential generator with 64 bits of state; its upper half is the output (Knuth's constants). */
function randomNumbers(seed) {
  let state = BigInt(seed);
  return () => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
    return Number(state >> 32n) / 2 ** 32;
  };
}

function makeWorld(random) {
  const below = (n) => Math.floor(random() * n);
  const services = Array.from({ length: SERVICES }, (_, index) => {
    const version = index % 3 === 2 ? 6 : 4;
    const last = [index >> 8, index & 0xff];
    return {
      version,
      address: version === 4 ? [198, 18, ...last] : [0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, ...last],
      port: PORTS[index % PORTS.length],
      protocol: random() < 0.7 ? TCP : UDP,
      tenant: index % TENANTS,
    };
  });
  const flows = Array.from({ length: FLOWS }, (_, index) => {
    // Every service has flows, and some have many more than others.
    const service = services[index < SERVICES ? index : Math.floor(SERVICES * random() ** 3)];
    const client = [below(4), below(256), 1 + below(254)];
    const source =
      service.version === 4 ? [10, ...client] : [0x20, 0x01, 0x0d, 0xb8, 0, 2, 0, 0, 0, 0, 0, 0, 0, ...client];
    return { service, source, port: 1024 + below(64_512), sequence: below(2 ** 32), started: false };
  });
  return { services, flows, below };
}

const u16 = (value) => [(value >>> 8) & 0xff, value & 0xff];
const u32 = (value) => [...u16(value >>> 16), ...u16(value & 0xffff)];

/** The Internet checksum (RFC 1071). */
function checksum(bytes) {
  let sum = 0;
  for (let index = 0; index < bytes.length; index += 2) sum += (bytes[index] << 8) | (bytes[index + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

function transport(flow, flags, payload) {
  const { service, source, port, sequence } = flow;
  const ports = [...u16(port), ...u16(service.port)];
  const segment =
    service.protocol === TCP
      ? [...ports, ...u32(sequence), ...u32(0), 0x50, flags, ...u16(65_535), 0, 0, 0, 0, ...payload]
      : [...ports, ...u16(8 + payload.length), 0, 0, ...payload];
  const pseudo = [...source, ...service.address, ...u32(segment.length), 0, 0, 0, service.protocol];
  const sum = checksum([...pseudo, ...segment]);
  const at = service.protocol === TCP ? 16 : 6;
  // A UDP checksum of zero would say that there is none.
  segment.splice(at, 2, ...u16(service.protocol === UDP && sum === 0 ? 0xffff : sum));
  return segment;
}

function network(flow, segment, { fragment = 0, next = flow.service.protocol } = {}) {
  const { service, source } = flow;
  if (service.version === 6) {
    return [0x60, 0, 0, 0, ...u16(segment.length), next, 64, ...source, ...service.address, ...segment];
  }
  const header = [
    0x45,
    0,
    ...u16(20 + segment.length),
    0,
    1,
    ...u16(fragment),
    64,
    next,
    0,
    0,
    ...source,
    ...service.address,
  ];
  header.splice(10, 2, ...u16(checksum(header)));
  return [...header, ...segment];
}

function frame(flow, packet, type = flow.service.version === 4 ? 0x0800 : 0x86dd) {
  const { tenant } = flow.service;
  const tag = tenant === 0 ? [] : [0x81, 0x00, ...u16(tenant)];
  return [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 1, 0, ...tag, ...u16(type), ...packet];
}

function ordinary(flow, below) {
  const flags = flow.started ? 0x10 : 0x02;
  const payload = flow.started ? Array.from({ length: below(12) }, () => below(256)) : [];
  flow.started = true;
  const packet = frame(flow, network(flow, transport(flow, flags, payload)));
  flow.sequence = (flow.sequence + payload.length) >>> 0;
  return { bytes: packet, length: packet.length };
}

/** Where the IP header of a frame of this flow begins. */
const networkAt = (flow) => (flow.service.tenant === 0 ? 14 : 18);
const headerBytes = (flow) => (flow.service.version === 4 ? 20 : 40);

/** Ways in which a packet can contradict itself. */
const MALFORMATIONS = [
  (bytes, flow) => {
    bytes[networkAt(flow)] = (bytes[networkAt(flow)] & 0x0f) | 0x70;
  },
  (bytes, flow) => {
    if (flow.service.version === 4) bytes[networkAt(flow)] = 0x42;
    else bytes[networkAt(flow)] = 0x10;
  },
  (bytes, flow) => {
    const at = networkAt(flow) + headerBytes(flow);
    if (flow.service.protocol === TCP) bytes[at + 12] = 0x10;
    else bytes.splice(at + 4, 2, 0, 3);
  },
  (bytes, flow) => {
    const at = networkAt(flow) + headerBytes(flow);
    if (flow.service.protocol === TCP) bytes[at + 12] = 0xf0;
    else bytes.splice(at + 4, 2, 0xff, 0xff);
  },
];

function odd(flow, below) {
  const kind = below(4);
  if (kind === 0) {
    const { bytes } = ordinary(flow, below);
    MALFORMATIONS[below(MALFORMATIONS.length)](bytes, flow);
    return { bytes, length: bytes.length };
  }
  if (kind === 1) {
    const data = Array.from({ length: 8 }, () => below(256));
    const six = flow.service.version === 6;
    const segment = six ? [flow.service.protocol, 0, ...u16(0x0001 | (below(100) << 3)), ...u32(7), ...data] : data;
    const bytes = frame(flow, network(flow, segment, six ? { next: 44 } : { fragment: 0x2000 | below(100) }));
    return { bytes, length: bytes.length };
  }
  if (kind === 2) {
    const { bytes } = ordinary(flow, below);
    return { bytes: bytes.slice(0, 14 + below(bytes.length - 14)), length: bytes.length };
  }
  const echo = [8, 0, 0, 0, 0, 1, 0, below(256)];
  const bytes =
    below(2) === 0
      ? frame(flow, network(flow, echo, { next: flow.service.version === 4 ? 1 : 58 }))
      : frame(flow, [0, 1, 8, 0, 6, 4, 0, 1, ...Array(20).fill(0)], 0x0806);
  return { bytes, length: bytes.length };
}

/** The capture's bytes: little-endian, microseconds, Ethernet. */
export function makePcap(seed = 1) {
  const random = randomNumbers(seed);
  const { flows, below } = makeWorld(random);
  const chunks = [];
  const header = new DataView(new ArrayBuffer(24));
  for (const [index, word] of [0xa1b2c3d4, 0x00040002, 0, 0, SNAP_LENGTH, 1].entries()) {
    header.setUint32(4 * index, word, true);
  }
  chunks.push(new Uint8Array(header.buffer));
  for (let index = 0; index < PACKETS; index++) {
    // Every flow is seen at least once; the rest of the packets belong to few of them.
    const flow = flows[index < FLOWS ? index : Math.floor(FLOWS * random() ** 3)];
    const { bytes, length } =
      index >= FLOWS && random() < ODD_SHARE * (PACKETS / (PACKETS - FLOWS)) ? odd(flow, below) : ordinary(flow, below);
    const record = new DataView(new ArrayBuffer(16));
    const microseconds = index * 50;
    const words = [1_700_000_000 + Math.floor(microseconds / 1e6), microseconds % 1e6, bytes.length, length];
    for (const [at, word] of words.entries()) record.setUint32(4 * at, word, true);
    chunks.push(new Uint8Array(record.buffer), Uint8Array.from(bytes));
  }
  return Buffer.concat(chunks);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = process.argv[2] ?? fileURLToPath(new URL('../examples/load-balancer/traffic.pcap', import.meta.url));
  const bytes = makePcap(process.argv[3] ?? 1);
  writeFileSync(file, bytes);
  console.log(`${file}: ${PACKETS} packets, ${bytes.length} bytes`);
}
