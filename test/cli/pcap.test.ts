import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { PcapError, readPcap } from '#dist/cli/pcap/reader.js';

const root = new URL('../../../', import.meta.url);
const traffic = new Uint8Array(readFileSync(new URL('examples/load-balancer/traffic.pcap', root)));

interface Shape {
  magic: number;
  littleEndian: boolean;
}

/** A capture of two packets; the second one was cut from 100 bytes to 3. */
function capture({ magic, littleEndian }: Shape): Uint8Array {
  const view = new DataView(new ArrayBuffer(24 + 16 + 5 + 16 + 3));
  const u32 = (at: number, value: number) => view.setUint32(at, value, littleEndian);
  u32(0, magic);
  view.setUint16(4, 2, littleEndian);
  view.setUint16(6, 4, littleEndian);
  u32(16, 65_535);
  u32(20, 1);
  for (const [index, value] of [3, 7, 5, 5].entries()) u32(24 + 4 * index, value);
  for (const [index, value] of [4, 8, 3, 100].entries()) u32(45 + 4 * index, value);
  return new Uint8Array(view.buffer);
}

describe('a pcap file', () => {
  for (const littleEndian of [true, false]) {
    for (const [unit, magic, nanoseconds] of [
      ['micro', 0xa1b2c3d4, 7000n],
      ['nano', 0xa1b23c4d, 7n],
    ] as const) {
      it(`is read in ${littleEndian ? 'little' : 'big'}-endian order with ${unit}seconds`, () => {
        const { linkType, snapLength, packets } = readPcap(capture({ magic, littleEndian }));
        assert.deepEqual({ linkType, snapLength }, { linkType: 1, snapLength: 65_535 });
        assert.equal(packets[0]?.time, 3_000_000_000n + nanoseconds);
        assert.deepEqual(
          packets.map(({ data, wireLength }) => [data.length, wireLength]),
          [
            [5, 5],
            [3, 100],
          ],
        );
      });
    }
  }

  const good = capture({ magic: 0xa1b2c3d4, littleEndian: true });
  const broken = (change: (view: DataView) => void) => {
    const bytes = good.slice();
    change(new DataView(bytes.buffer));
    return bytes;
  };
  for (const [what, bytes, offset, message] of [
    ['an empty file', new Uint8Array(), 0, /begins with a header of 24 bytes, the file has 0/],
    ['a file of another kind', new TextEncoder().encode('#!/usr/bin/env node, or so'), 0, /magic number is 0x23212f75/],
    ['a pcapng file', Uint8Array.from([10, 13, 13, 10, ...Array(30).fill(0)]), 0, /pcapng file, convert it/],
    ['an unknown version', broken((view) => view.setUint16(4, 9, true)), 4, /version 9\.4/],
    ['a record header cut off', good.subarray(0, 50), 45, /begins with 16 bytes, the file has 5 more/],
    ['a packet cut off', good.subarray(0, 62), 53, /a packet of 3 bytes, the file has 1 more/],
    ['an absurd length', broken((view) => view.setUint32(32, 0xffff_fff0, true)), 32, /at most 262144/],
    ['more captured than sent', broken((view) => view.setUint32(36, 4, true)), 36, /5 bytes captured of a packet of 4/],
  ] as const) {
    it(`is refused, with the place of the problem: ${what}`, () => {
      assert.throws(
        () => readPcap(bytes),
        (error) => error instanceof PcapError && error.offset === offset && message.test(error.message),
      );
    });
  }

  it('that is damaged anywhere gives packets within the file or a PcapError', () => {
    const small = traffic.subarray(0, 4000);
    let refused = 0;
    for (let round = 0; round < 20_000; round++) {
      // Deterministic damage: a cut, a flipped bit, or both.
      const bytes = small.slice(0, round % 3 === 0 ? (round * 7919) % small.length : small.length);
      const at = (round * 104_729) % Math.max(1, bytes.length);
      if (round % 2 === 0 && bytes.length > 0) bytes[at] = (bytes[at] ?? 0) ^ (1 << (round % 8));
      try {
        const { packets } = readPcap(bytes);
        assert.ok(packets.reduce((sum, { data }) => sum + data.length + 16, 24) === bytes.length);
      } catch (error) {
        assert.ok(error instanceof PcapError, String(error));
        refused++;
      }
    }
    assert.ok(refused > 5000, `${refused} of 20,000 were refused`);
  });
});
