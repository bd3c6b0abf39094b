/**
 * Keys of LPM tries from text: `10.0.0.0/8`, `2001:db8::/32`. In memory a u32 with the length of the prefix,
 * then the address in network byte order, as the kernel has it.
 */
import { type Codec, CodecError, type CodecMemory } from '../codec.js';
import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from './text.js';

/** A codec for prefixes that also says how an address is looked up: with all its bits. */
export interface PrefixCodec<K> extends Codec<K> {
  /** Encodes an address, or a prefix (which finds the longest entry that contains all of it). */
  readonly lookup: Codec<K>;
}

interface Family {
  readonly name: string;
  readonly bits: number;
  readonly example: string;
  parse(text: string, bytes: Uint8Array, offset: number): boolean;
  format(bytes: Uint8Array, offset: number): string;
}

const LENGTH_BYTES = 4;

/** IPv4 prefixes as text. Bits beyond the length must be 0; a look-up also takes a plain address. */
export const cidr4: PrefixCodec<string> = prefixCodec({
  name: 'cidr4',
  bits: 32,
  example: '10.0.0.0/8',
  parse: parseIpv4,
  format: formatIpv4,
});

/** IPv6 prefixes as text. Bits beyond the length must be 0; a look-up also takes a plain address. */
export const cidr6: PrefixCodec<string> = prefixCodec({
  name: 'cidr6',
  bits: 128,
  example: '2001:db8::/32',
  parse: parseIpv6,
  format: formatIpv6,
});

function prefixCodec(family: Family): PrefixCodec<string> {
  const { name, bits } = family;
  const size = LENGTH_BYTES + bits / 8;
  const decode = (memory: CodecMemory, offset: number): string => decodePrefix(family, memory, offset);
  const lookup: Codec<string> = {
    name: `${name} look-up`,
    size,
    alignment: 4,
    encode: (value, memory, offset) => encodeAny(family, value, memory, offset),
    decode,
  };
  return {
    name,
    size,
    alignment: 4,
    encode: (value, memory, offset) => encodePrefix(family, value, memory, offset),
    decode,
    lookup,
  };
}

function encodeAny(family: Family, value: unknown, memory: CodecMemory, offset: number): void {
  if (typeof value === 'string' && !value.includes('/')) {
    if (!family.parse(value, memory.u8, offset + LENGTH_BYTES)) throw notAnAddress(family, value);
    memory.view.setUint32(offset, family.bits, true);
    return;
  }
  encodePrefix(family, value, memory, offset);
}

function encodePrefix(family: Family, value: unknown, memory: CodecMemory, offset: number): void {
  const { name, bits, example } = family;
  if (typeof value !== 'string') throw new CodecError(name, value, `a prefix as text, such as '${example}'`);
  const slash = value.indexOf('/');
  if (slash < 0) {
    throw new CodecError(name, value, `a prefix with its length, such as '${example}' ('/${bits}' for one address)`);
  }
  const length = prefixLength(value.slice(slash + 1), bits);
  if (length === undefined) throw new CodecError(name, value, `a length from 0 to ${bits} after the slash, in decimal`);
  const address = value.slice(0, slash);
  const at = offset + LENGTH_BYTES;
  if (!family.parse(address, memory.u8, at)) throw notAnAddress(family, value);
  if (hasHostBits(memory.u8, at, bits, length)) {
    maskHostBits(memory.u8, at, bits, length);
    const clean = `${family.format(memory.u8, at)}/${length}`;
    throw new CodecError(name, value, `no bits set beyond the first ${length}: did you mean '${clean}'?`);
  }
  memory.view.setUint32(offset, length, true);
}

/** Programs may store bits beyond the prefix, which no look-up sees: they are left out of the text. */
function decodePrefix(family: Family, memory: CodecMemory, offset: number): string {
  const at = offset + LENGTH_BYTES;
  const length = Math.min(memory.view.getUint32(offset, true), family.bits);
  const bytes = memory.u8.slice(at, at + family.bits / 8);
  maskHostBits(bytes, 0, family.bits, length);
  return `${family.format(bytes, 0)}/${length}`;
}

function prefixLength(text: string, bits: number): number | undefined {
  if (!/^(0|[1-9]\d{0,2})$/.test(text)) return undefined;
  const length = Number(text);
  return length <= bits ? length : undefined;
}

function hasHostBits(bytes: Uint8Array, at: number, bits: number, length: number): boolean {
  for (let index = length >>> 3; index < bits / 8; index++) {
    if ((bytes[at + index] ?? 0) & hostMask(index, length)) return true;
  }
  return false;
}

function maskHostBits(bytes: Uint8Array, at: number, bits: number, length: number): void {
  for (let index = length >>> 3; index < bits / 8; index++) {
    bytes[at + index] = (bytes[at + index] ?? 0) & ~hostMask(index, length);
  }
}

/** Bits of byte `index` that lie beyond the first `length` bits of the address. */
function hostMask(index: number, length: number): number {
  const kept = Math.min(8, Math.max(0, length - 8 * index));
  return 0xff >>> kept;
}

function notAnAddress(family: Family, value: string): CodecError {
  const kind = family.bits === 32 ? 'an IPv4 address of four decimal numbers from 0 to 255' : 'an IPv6 address';
  return new CodecError(family.name, value, `${kind}, such as '${family.example}'`);
}
