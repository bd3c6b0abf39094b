/**
 * Addresses as text, strictly: four decimal numbers without leading zeros (RFC 6943, §3.1.1, on why the other
 * forms are dangerous), and the IPv6 forms of RFC 4291, §2.2; IPv6 is written as RFC 5952 recommends.
 */

/** Write the 4 bytes of an IPv4 address; false, and anything written, when `text` is none. */
export function parseIpv4(text: string, bytes: Uint8Array, offset: number): boolean {
  let at = 0;
  for (let part = 0; part < 4; part++) {
    if (part > 0 && text.charCodeAt(at++) !== 0x2e) return false;
    const start = at;
    let value = 0;
    for (; at < text.length && at < start + 3; at++) {
      const digit = text.charCodeAt(at) - 0x30;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    const leadingZero = at > start + 1 && text.charCodeAt(start) === 0x30;
    if (at === start || leadingZero || value > 255) return false;
    bytes[offset + part] = value;
  }
  return at === text.length;
}

export function formatIpv4(bytes: Uint8Array, offset: number): string {
  return `${bytes[offset]}.${bytes[offset + 1]}.${bytes[offset + 2]}.${bytes[offset + 3]}`;
}

const GROUPS = 8;

/** Write the 16 bytes of an IPv6 address; false, and anything written, when `text` is none. */
export function parseIpv6(text: string, bytes: Uint8Array, offset: number): boolean {
  const halves = text.split('::');
  if (halves.length > 2) return false;
  const head = parseGroups(halves[0] as string, halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1] as string, true) : [];
  if (head === null || tail === null) return false;
  const missing = GROUPS - head.length - tail.length;
  // `::` stands for one group of zeros or more.
  if (halves.length === 2 ? missing < 1 : missing !== 0) return false;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail];
  groups.forEach((group, index) => {
    bytes[offset + 2 * index] = group >>> 8;
    bytes[offset + 2 * index + 1] = group & 0xff;
  });
  return true;
}

/** Groups of 16 bits; the last two may be written as an IPv4 address where the address ends. */
function parseGroups(text: string, last: boolean): number[] | null {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(part)) {
      groups.push(Number.parseInt(part, 16));
      continue;
    }
    const quad = new Uint8Array(4);
    if (!last || index !== parts.length - 1 || !parseIpv4(part, quad, 0)) return null;
    groups.push(((quad[0] ?? 0) << 8) | (quad[1] ?? 0), ((quad[2] ?? 0) << 8) | (quad[3] ?? 0));
  }
  return groups;
}

export function formatIpv6(bytes: Uint8Array, offset: number): string {
  const groups = Array.from({ length: GROUPS }, (_, index) => {
    const at = offset + 2 * index;
    return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  });
  if (isMapped(groups)) return `::ffff:${formatIpv4(bytes, offset + 12)}`;
  const { start, length } = longestZeros(groups);
  const hex = (part: number[]) => part.map((group) => group.toString(16)).join(':');
  // RFC 5952, §4.2.2: one group of zeros is not shortened.
  if (length < 2) return hex(groups);
  return `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`;
}

/** ::ffff:0:0/96, whose addresses are written with their IPv4 part (RFC 5952, §5). */
function isMapped(groups: readonly number[]): boolean {
  return groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0);
}

/** The longest run of zero groups, the first among equals. */
function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < GROUPS; start++) {
    let end = start;
    while (end < GROUPS && groups[end] === 0) end++;
    if (end - start > best.length) best = { start, length: end - start };
  }
  return best;
}
