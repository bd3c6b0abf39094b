import assert from 'node:assert/strict';
import { isIPv4, isIPv6 } from 'node:net';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { cidr4, cidr6, type Codec, CodecError, decode, encode, type PrefixCodec } from 'innermap';

function hex<T>(codec: Codec<T>, value: T): string {
  return Buffer.from(encode(codec, value)).toString('hex');
}

function refusal(codec: Codec<string>, text: unknown): string {
  try {
    encode(codec, text as string);
  } catch (error) {
    assert.ok(error instanceof CodecError, String(error));
    return error.message;
  }
  return assert.fail(`${codec.name} must refuse ${String(text)}`);
}

describe('cidr4', () => {
  it('writes the length little-endian and the address in network order', () => {
    assert.equal(hex(cidr4, '10.1.0.0/16'), '100000000a010000');
    assert.equal(hex(cidr4, '0.0.0.0/0'), '0000000000000000');
    assert.equal(hex(cidr4, '255.255.255.255/32'), '20000000ffffffff');
    assert.equal(hex(cidr4, '10.1.2.128/25'), '190000000a010280');
  });

  it('refuses bits beyond the prefix, and says which prefix was meant', () => {
    assert.match(
      refusal(cidr4, '10.1.2.3/8'),
      /given '10\.1\.2\.3\/8', expected no bits set beyond the first 8: did you mean '10\.0\.0\.0\/8'\?/,
    );
    assert.match(refusal(cidr4, '10.0.0.1/31'), /did you mean '10\.0\.0\.0\/31'\?/);
    assert.match(refusal(cidr4, '0.0.0.1/0'), /did you mean '0\.0\.0\.0\/0'\?/);
  });

  it('refuses an address without a length, except in look-ups', () => {
    assert.match(
      refusal(cidr4, '10.0.0.1'),
      /a prefix with its length, such as '10\.0\.0\.0\/8' \('\/32' for one address\)/,
    );
    assert.equal(hex(cidr4.lookup, '10.0.0.1'), '200000000a000001');
    assert.equal(hex(cidr4.lookup, '10.0.0.0/8'), '080000000a000000');
    assert.match(refusal(cidr4.lookup, '10.0.0'), /an IPv4 address/);
  });

  it('refuses text that is not exactly an address and a length', () => {
    const bad = [
      '',
      '/8',
      '10.0.0.0/',
      '10.0.0.0/33',
      '10.0.0.0/08',
      '10.0.0.0/+8',
      '10.0.0.0/8.0',
      '10.0.0.0/ 8',
      '10.0.0/8',
    ];
    bad.push(
      '10.0.0.0.0/8',
      '256.0.0.0/8',
      '010.0.0.0/8',
      '10.0.0.00/8',
      ' 10.0.0.0/8',
      '10.0.0.0 /8',
      '10.0.0.0/8/9',
      '0x0a.0.0.0/8',
      '::/0',
    );
    for (const text of [...bad, 5, null, undefined]) refusal(cidr4, text);
  });

  it('reads what programs stored without the bits beyond the prefix', () => {
    assert.equal(decode(cidr4, Uint8Array.of(8, 0, 0, 0, 10, 1, 2, 3)), '10.0.0.0/8');
    assert.equal(decode(cidr4, Uint8Array.of(32, 0, 0, 0, 10, 1, 2, 3)), '10.1.2.3/32');
  });
});

describe('cidr6', () => {
  const address = (text: string) => hex(cidr6.lookup, text).slice(8);

  it('reads the forms of RFC 4291', () => {
    assert.equal(address('::'), '0'.repeat(32));
    assert.equal(address('::1'), `${'0'.repeat(31)}1`);
    assert.equal(address('2001:DB8::8:800:200C:417A'), '20010db80000000000080800200c417a');
    assert.equal(address('1:2:3:4:5:6:7:8'), '00010002000300040005000600070008');
    assert.equal(address('1:2:3:4:5:6:7::'), '00010002000300040005000600070000');
    assert.equal(address('::2:3:4:5:6:7:8'), '00000002000300040005000600070008');
    assert.equal(address('::ffff:129.144.52.38'), '00000000000000000000ffff81903426');
  });

  it('writes as RFC 5952 says', () => {
    const canonical = (text: string) => decode(cidr6, encode(cidr6, text));
    assert.equal(canonical('2001:DB8:0:0:0:0:0:0/32'), '2001:db8::/32');
    assert.equal(canonical('2001:db8:0:1:1:1:1:1/128'), '2001:db8:0:1:1:1:1:1/128');
    assert.equal(canonical('2001:0:0:1:0:0:0:1/128'), '2001:0:0:1::1/128');
    assert.equal(canonical('2001:db8:0:0:1:0:0:1/128'), '2001:db8::1:0:0:1/128');
    assert.equal(canonical('::/0'), '::/0');
    assert.equal(canonical('::ffff:1.2.3.4/128'), '::ffff:1.2.3.4/128');
  });

  it('refuses what is no prefix', () => {
    assert.match(refusal(cidr6, '2001:db8::1/32'), /did you mean '2001:db8::\/32'\?/);
    const bad = [
      '',
      '/0',
      ':::/0',
      '1::2::3/128',
      '1:2:3:4:5:6:7/64',
      '1:2:3:4:5:6:7:8:9/64',
      '1:2:3:4:5:6:7:8::/128',
      '::12345/128',
    ];
    bad.push(
      ':1::/64',
      '1:/64',
      '::1.2.3/128',
      '::1.2.3.4:5/128',
      'fe80::1%eth0/128',
      '::/129',
      '::/-1',
      '10.0.0.0/8',
      '::g/128',
    );
    for (const text of bad) refusal(cidr6, text);
  });

  it('takes exactly the addresses that Node takes', () => {
    const piece = fc.constantFrom('0', '1', 'ffff', 'a0', ':', '::', '.', '1.2.3.4', '256', '01', 'g', '');
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 17 }), (pieces) => {
        const text = pieces.join('');
        assert.equal(accepts(cidr6, text), isIPv6(text), text);
        assert.equal(accepts(cidr4, text), isIPv4(text), text);
      }),
      { numRuns: 3000 },
    );
  });

  it('gives back every prefix that it takes', () => {
    for (const [codec, bytes] of [
      [cidr4, 4],
      [cidr6, 16],
    ] as const) {
      const address = fc.uint8Array({ minLength: bytes, maxLength: bytes });
      fc.assert(
        fc.property(address, fc.integer({ min: 0, max: 8 * bytes }), (bits, length) => {
          const text = decode(codec, Uint8Array.of(length, 0, 0, 0, ...bits));
          assert.equal(decode(codec, encode(codec, text)), text);
        }),
        { numRuns: 500 },
      );
    }
  });
});

function accepts(codec: PrefixCodec<string>, text: string): boolean {
  try {
    encode(codec.lookup, text);
    return true;
  } catch {
    return false;
  }
}
