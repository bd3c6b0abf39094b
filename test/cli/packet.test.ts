import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { addressText, PARSED, parsePacket } from '#dist/cli/demo/packet.js';
import { worldOf } from '#dist/cli/demo/world.js';
import { readPcap } from '#dist/cli/pcap/reader.js';

const root = new URL('../../../', import.meta.url);
const { packets } = readPcap(new Uint8Array(readFileSync(new URL('examples/load-balancer/traffic.pcap', root))));

describe('the capture of the load balancer', () => {
  const kinds = new Map<number, number>();
  for (const { data } of packets) {
    const { parsed } = parsePacket(data);
    kinds.set(parsed, (kinds.get(parsed) ?? 0) + 1);
  }
  const flows = packets.flatMap(({ data }) => {
    const result = parsePacket(data);
    return result.parsed === PARSED.parsed ? [result.flow] : [];
  });

  it('has what the demo is for: services, flows, both versions, both protocols', () => {
    assert.ok(packets.length >= 20_000);
    const world = worldOf(packets);
    assert.ok(world.services.length >= 256, `${world.services.length} services`);
    const names = flows.map((flow) =>
      [addressText(flow.source), flow.sourcePort, addressText(flow.destination), flow.destinationPort].join(),
    );
    assert.ok(new Set(names).size >= 4096, `${new Set(names).size} flows`);
    for (const protocol of [6, 17]) {
      for (const separator of ['.', ':']) {
        const some = flows.some((flow) => flow.protocol === protocol && addressText(flow.source).includes(separator));
        assert.ok(some, `protocol ${protocol}, addresses with ${separator}`);
      }
    }
  });

  it('has packets of every kind that the program tells apart', () => {
    for (const kind of Object.values(PARSED))
      assert.ok((kinds.get(kind) ?? 0) > 50, `kind ${kind}: ${kinds.get(kind)}`);
  });

  it('uses every backend that exists', () => {
    const { services, backends } = worldOf(packets);
    assert.ok(backends >= 1000);
    assert.equal(new Set(services.flatMap((service) => service.backends)).size, backends);
  });

  it('has tenants with and without a VLAN tag', () => {
    const tenants = worldOf(packets).tenants.map(({ id }) => id);
    assert.ok(tenants.includes(0) && tenants.length >= 32, tenants.join());
  });
});

describe('an address', () => {
  it('is shown as people write it', () => {
    const address = (...bytes: number[]) =>
      addressText(Uint8Array.from([...bytes, ...Array(16 - bytes.length).fill(0)]));
    assert.equal(address(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, 1), '10.0.0.1');
    assert.equal(address(0x20, 1, 0x0d, 0xb8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5), '2001:db8:1::5');
    assert.equal(address(), '::');
  });
});
