/** Assembly text of about `instructions` instructions, like code that parses and counts: a tenth of them branch. */
export function branchy(instructions: number): string {
  const lines = ['r6 = r1', 'r7 = 1', '*(u64 *)(r10 - 16) = 0'];
  for (let block = 0; lines.length < instructions - BLOCK.length; block++) {
    for (const line of BLOCK)
      lines.push(line.replaceAll('@', String(block)).replaceAll('#', String((block * 7) % 1000)));
  }
  lines.push('r0 = 2', 'exit');
  return lines.join('\n');
}

/** Both ways meet with equal states, so that the verifier goes on once. */
const BLOCK = [
  'r7 += #',
  'r7 ^= @',
  '*(u64 *)(r10 - 8) = r7',
  'r8 = *(u64 *)(r10 - 8)',
  'r8 <<= 3',
  'r8 &= 0xff',
  'if r8 > # goto next@',
  '*(u32 *)(r10 - 20) = 1',
  'r2 = r10',
  'r2 += -20',
  'r1 = map[counters] ll',
  'call bpf_map_lookup_elem',
  'if r0 == 0 goto next@',
  'r1 = 1',
  'lock *(u64 *)(r0 + 0) += r1',
  'next@: r7 = *(u64 *)(r10 - 16)',
  'r8 = 0',
  'r0 = 0',
  'r1 = 0',
  'r2 = 0',
];
