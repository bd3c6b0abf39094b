import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { bytes, type Program, Runtime, struct, u32 } from 'innermap';
import { loadExample, mapped, outerMap, packet, XDP } from './support.js';

const RULES = {
  type: 'lpm_trie',
  key: struct({ prefixLength: u32, address: bytes(16) }),
  value: struct({ action: u32, number: u32 }),
  maxEntries: 1024,
} as const;
const DENY = 0;
const ALLOW = 1;

describe('the firewall', () => {
  let runtime: Runtime;
  let program: Program;
  let publish: (tenant: number, rules: readonly [cidr: string, action: number][]) => void;

  before(async () => {
    runtime = await Runtime.create({ workers: 1 });
    const { maps, programs } = await loadExample(runtime, 'firewall');
    program = programs['firewall'] as Program;
    publish = (tenant, rules) => {
      using trie = runtime.createMap(RULES);
      rules.forEach(([cidr, action], number) => {
        const [network = '', bits] = cidr.split('/');
        trie.set({ prefixLength: 96 + Number(bits), address: Uint8Array.from(mapped(network)) }, { action, number });
      });
      outerMap(maps, 'tenants').set(tenant, trie);
    };
  });

  after(() => runtime.close());

  const verdict = (source: string, vlan: number) => program.testRun(packet({ source, vlan })).verdict;

  it('drops what has no rule set, and what no rule matches', () => {
    publish(1, [['10.0.0.0/8', ALLOW]]);
    assert.equal(verdict('10.1.2.3', 9), XDP.drop);
    assert.equal(verdict('11.1.2.3', 1), XDP.drop);
  });

  it('lets the longest block decide', () => {
    publish(2, [
      ['10.0.0.0/8', ALLOW],
      ['10.1.0.0/16', DENY],
      ['10.1.2.0/24', ALLOW],
      ['10.1.2.3/32', DENY],
    ]);
    const given = ['10.9.9.9', '10.1.9.9', '10.1.2.9', '10.1.2.3'].map((source) => verdict(source, 2));
    assert.deepEqual(given, [XDP.pass, XDP.drop, XDP.pass, XDP.drop]);
  });

  it('keeps tenants apart', () => {
    publish(3, [['10.0.0.0/8', DENY]]);
    publish(4, [['10.0.0.0/8', ALLOW]]);
    assert.deepEqual([verdict('10.0.0.1', 3), verdict('10.0.0.1', 4)], [XDP.drop, XDP.pass]);
  });

  it('drops malformed and truncated packets', () => {
    const whole = packet({ vlan: 2 });
    assert.equal(program.testRun(whole.subarray(0, 30)).verdict, XDP.drop);
    const malformed = whole.slice();
    malformed[18] = 0x42;
    assert.equal(program.testRun(malformed).verdict, XDP.drop);
  });

  it('shows a packet the old rule set or the new one as a whole, while it is swapped', async () => {
    // Both sets agree on the pair: the first source is allowed when the second is denied. A mixture would not.
    const sets = [
      [
        ['10.0.0.1/32', ALLOW],
        ['10.0.0.2/32', DENY],
      ],
      [
        ['10.0.0.1/32', DENY],
        ['10.0.0.2/32', ALLOW],
      ],
    ] as const;
    publish(
      5,
      sets[0].map(([cidr, action]) => [cidr, action]),
    );
    const packets = Array.from({ length: 20_000 }, (_, index) =>
      packet({ source: index % 2 ? '10.0.0.2' : '10.0.0.1', vlan: 5 }),
    );
    const run = program.run(packets, { returnPackets: false });
    let swaps = 0;
    let done = false;
    void run.finally(() => {
      done = true;
    });
    while (!done) {
      publish(
        5,
        (sets[++swaps % 2] as (typeof sets)[0]).map(([cidr, action]) => [cidr, action]),
      );
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { verdicts } = await run;
    assert.ok(swaps > 0);
    assert.ok(verdicts.every((each) => each === XDP.pass || each === XDP.drop));
    await runtime.barrier();
    assert.equal(runtime.stats().maps.retired, 0);
  });
});
