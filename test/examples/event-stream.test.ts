import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { bytes, number53, type Program, Runtime, struct, u16, u16be } from 'innermap';
import { addressText, parsePacket } from '#dist/cli/demo/packet.js';
import { readPcap } from '#dist/cli/pcap/reader.js';
import { loadExample, outerMap, packet } from './support.js';

const connection = struct({
  time: number53,
  source: bytes(16),
  destination: bytes(16),
  sourcePort: u16be,
  destinationPort: u16be,
  tenant: u16,
  cpu: u16,
});
const RING = { type: 'ringbuf', value: connection, maxEntries: 65_536 } as const;
const SYN = 0x02;
const ACK = 0x10;

const capture = new URL('../../../examples/load-balancer/traffic.pcap', import.meta.url);

describe('the event stream', () => {
  let runtime: Runtime;
  let program: Program;
  let rings: ReturnType<Runtime['createMap']>[];
  let read: () => {
    source: string;
    sourcePort: number;
    destinationPort: number;
    tenant: number;
    cpu: number;
    time: number;
  }[];

  before(async () => {
    runtime = await Runtime.create({ workers: 1 });
    const { maps, programs } = await loadExample(runtime, 'event-stream');
    program = programs['event_stream'] as Program;
    const made = Array.from({ length: runtime.options.possibleCpus }, () => runtime.createMap(RING));
    made.forEach((ring, cpu) => {
      outerMap(maps, 'rings').set(cpu, ring);
    });
    rings = made;
    read = () =>
      made.flatMap((ring) => {
        const records = [];
        for (let record = ring.read(); record !== undefined; record = ring.read()) {
          records.push({ ...record, source: addressText(record.source) });
        }
        return records;
      });
  });

  after(() => runtime.close());

  it('has a record of each connection that begins, and of nothing else', () => {
    program.testRun(packet({ tcpFlags: SYN, source: '10.7.7.7', sourcePort: 4711, destinationPort: 443, vlan: 12 }));
    program.testRun(packet({ tcpFlags: SYN | ACK }));
    program.testRun(packet({ tcpFlags: ACK }));
    program.testRun(packet());
    const [record, ...rest] = read();
    assert.equal(rest.length, 0);
    const { source, sourcePort, destinationPort, tenant } = record as NonNullable<typeof record>;
    assert.deepEqual([source, sourcePort, destinationPort, tenant], ['10.7.7.7', 4711, 443, 12]);
  });

  it('has every TCP flow that begins in the capture, from the worker that saw it', async () => {
    const packets = readPcap(new Uint8Array(readFileSync(capture))).packets.map(({ data }) => data);
    const begins = packets.flatMap((data) => {
      const parsed = parsePacket(data);
      if (parsed.parsed !== 0 || parsed.flow.protocol !== 6) return [];
      // The flags stand behind the ports, the two numbers and the data offset.
      const flags = data[transportAt(data) + 13] ?? 0;
      return (flags & (SYN | ACK)) === SYN ? [`${addressText(parsed.flow.source)}:${parsed.flow.sourcePort}`] : [];
    });
    assert.ok(begins.length > 1000);
    const seen: string[] = [];
    for (let first = 0; first < packets.length; first += 512) {
      // A ring of 64 KiB holds some 900 records: it is read between the batches.
      await program.run(packets.slice(first, first + 512), { returnPackets: false });
      seen.push(...read().map(({ source, sourcePort }) => `${source}:${sourcePort}`));
    }
    assert.deepEqual(seen.sort(), begins.sort());
  });

  it('uses a ring for each CPU', () => assert.equal(rings.length, runtime.options.possibleCpus));
});

function transportAt(data: Uint8Array): number {
  const network = data[12] === 0x81 ? 18 : 14;
  return network + ((data[network] ?? 0) >> 4 === 6 ? 40 : ((data[network] ?? 0) & 0x0f) * 4);
}
