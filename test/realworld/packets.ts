/** Packets that meet the branches of packet programs: whole, cut off, fragmented, tagged, tunnelled. */

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const MACS = '020000000001 02000000000a';

function fold(bytes: Uint8Array, start = 0): number {
  let sum = start;
  for (let at = 0; at < bytes.length; at += 2) sum += (bytes[at]! << 8) | (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

function join(...parts: readonly (Uint8Array | string)[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts.map((part) => (typeof part === 'string' ? hex(part) : part))));
}

function word(value: number): string {
  return value.toString(16).padStart(4, '0');
}

interface Ip4 {
  readonly protocol: number;
  readonly payload: Uint8Array;
  readonly source?: string;
  readonly target?: string;
  readonly fragment?: number;
  readonly options?: string;
}

function ip4({ protocol, payload, source = '0a000001', target = '0a000002', fragment = 0, options = '' }: Ip4) {
  const words = 5 + options.length / 8;
  const first = `4${words.toString(16)}00 ${word(words * 4 + payload.length)} 1234 ${word(fragment)} 40`;
  const second = `${protocol.toString(16).padStart(2, '0')}`;
  const sum = fold(hex(`${first}${second}0000${source}${target}${options}`));
  return join(`${first}${second}${word(sum)}${source}${target}${options}`, payload);
}

function udp(from: number, to: number, data: Uint8Array): Uint8Array {
  return join(`${word(from)}${word(to)}${word(8 + data.length)}beef`, data);
}

function tcp(from: number, to: number, flags: string, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  return join(`${word(from)}${word(to)} 00000100 00000200 50${flags} 2000 cafe 0000`, data);
}

function icmp(type: string, data: Uint8Array): Uint8Array {
  const body = join(`${type}00 0000 0001 0002`, data);
  return join(`${type}00 ${word(fold(body))} 0001 0002`, data);
}

function ip6(next: string, payload: Uint8Array): Uint8Array {
  return join(
    `60000000 ${word(payload.length)} ${next} 40 20010db8000000000000000000000001 20010db8000000000000000000000002`,
    payload,
  );
}

const ether = (type: string, payload: Uint8Array): Uint8Array => join(`${MACS}${type}`, payload);
const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => (index * 7) & 0xff);
const QUESTION = hex('abcd 0100 0001 0000 0000 0000 03777777 07 6578616d706c65 03636f6d 00 0001 0001');

/** All of them; the order matters, since maps remember the packets before. */
export function packets(): Uint8Array[] {
  const plain = ether('0800', ip4({ protocol: 17, payload: udp(1000, 53, QUESTION) }));
  const syn = ether('0800', ip4({ protocol: 6, payload: tcp(4000, 80, '02') }));
  return [
    plain,
    syn,
    ether('0800', ip4({ protocol: 6, payload: tcp(4000, 80, '10', bytes(60)) })),
    ether('0800', ip4({ protocol: 6, payload: tcp(4000, 443, '11'), source: 'c0a80105', target: '08080808' })),
    ether('0800', ip4({ protocol: 1, payload: icmp('08', bytes(32)) })),
    ether('0800', ip4({ protocol: 1, payload: icmp('00', bytes(8)) })),
    ether('0800', ip4({ protocol: 17, payload: udp(53, 1000, bytes(200)), options: '94040000' })),
    ether('0800', ip4({ protocol: 17, payload: bytes(64), fragment: 0x2000 })),
    ether('0800', ip4({ protocol: 17, payload: bytes(64), fragment: 0x00b9 })),
    ether('0800', ip4({ protocol: 4, payload: ip4({ protocol: 17, payload: udp(7, 9, bytes(20)) }) })),
    ether('86dd', ip6('06', tcp(1, 2, '02'))),
    ether('86dd', ip6('00', join('3c00 010400000000', '0600 010400000000', tcp(1, 22, '02')))),
    ether('86dd', ip6('3a', icmp('80', bytes(16)))),
    ether('86dd', ip6('11', udp(5, 53, QUESTION))),
    join(MACS, '8100 0064', '0800', ip4({ protocol: 17, payload: udp(1, 2, bytes(16)) })),
    join(MACS, '88a8 0007', '8100 0064', '0800', ip4({ protocol: 6, payload: tcp(9, 80, '02') })),
    ether('0806', hex('0001 0800 0604 0001 02000000000a 0a000001 000000000000 0a000002 000000000000')),
    ether('0800', ip4({ protocol: 17, payload: udp(1, 4789, join('0800000000002a00', ether('0800', bytes(40)))) })),
    plain.subarray(0, 14),
    plain.subarray(0, 20),
    plain.subarray(0, 33),
    syn.subarray(0, 40),
    ether('0800', ip4({ protocol: 17, payload: udp(1, 2, bytes(1300)) })),
    ether('88cc', bytes(46)),
    bytes(60),
    bytes(15),
    bytes(13),
    ether('0800', ip4({ protocol: 6, payload: tcp(80, 4000, '12', bytes(7)), source: '0a000002', target: '0a000001' })),
  ];
}
