/** bpf_get_local_storage: a value of the cgroup that a program is attached to. */
import { grid } from '../case.js';
import { END } from '../parts.js';

const CGROUP_SKB = 8;

/** The storage's value in r0. */
const get = (map: string, flags = 'r2 = 0'): string => `r1 = map[${map}] ll\n${flags}\ncall get_local_storage\n`;
const BOTH = ['cgstorage', 'cgpercpu'] as const;

// biome-ignore format: one program a line
export const storage = BOTH.flatMap((map) =>
  grid(map, { type: CGROUP_SKB }, [
    { name: 'got and not used', code: `${get(map)}${END}` },
    { name: 'read without a check', code: `${get(map)}r1 = *(u32 *)(r0 + 0)\nr0 = r1\nr0 &= 1\nexit\n` },
    { name: 'written', code: `${get(map)}*(u64 *)(r0 + 56) = 1\n${END}` },
    { name: 'compared with 0, dead end', code: `${get(map)}if r0 != 0 goto +1\nr0 = *(u8 *)(r10 + 7)\n${END}` },
    { name: 'read beyond its end', code: `${get(map)}r1 = *(u32 *)(r0 + 64)\n${END}` },
    { name: 'read far beyond its end', code: `${get(map)}r1 = *(u32 *)(r0 + 256)\n${END}` },
    { name: 'read before its start', code: `${get(map)}r1 = *(u32 *)(r0 - 2)\n${END}` },
    { name: 'read half behind its end', code: `${get(map)}r1 = *(u64 *)(r0 + 60)\n${END}` },
    { name: 'at a bounded offset', code: `r6 = *(u32 *)(r1 + 0)\nr6 &= 56\n${get(map)}r0 += r6\nr1 = *(u64 *)(r0 + 0)\n${END}` },
    { name: 'at an offset too large', code: `r6 = *(u32 *)(r1 + 0)\nr6 &= 63\n${get(map)}r0 += r6\nr1 = *(u64 *)(r0 + 0)\n${END}` },
    { name: 'flags 1', code: `${get(map, 'r2 = 1')}${END}` },
    { name: 'flags unknown', code: `r7 = *(u32 *)(r1 + 0)\n${get(map, 'r2 = r7')}${END}` },
    { name: 'flags the context', code: `r7 = r1\n${get(map, 'r2 = r7')}${END}` },
    { name: 'flags not set', code: `r1 = map[${map}] ll\ncall get_prandom_u32\nr1 = map[${map}] ll\ncall get_local_storage\n${END}` },
    { name: 'twice', code: `${get(map)}r6 = r0\n${get(map)}*(u64 *)(r6 + 0) = 1\n*(u64 *)(r0 + 0) = 1\n${END}` },
    { name: 'in a tc program', type: 3, code: `${get(map)}${END}` },
    { name: 'in an xdp program', type: 6, code: `${get(map)}${END}` },
    { name: 'looked up as a map', code: `*(u64 *)(r10 - 16) = 0\n*(u64 *)(r10 - 8) = 0\nr2 = r10\nr2 += -16\nr1 = map[${map}] ll\ncall map_lookup_elem\n${END}` },
    { name: 'another kind of map', code: `${get('array')}${END}` },
    { name: 'an outer map', code: `${get('outer')}${END}` },
    { name: 'a number as map', code: `r1 = 0\nr2 = 0\ncall get_local_storage\n${END}` },
    { name: 'the context as map', code: `r2 = 0\ncall get_local_storage\n${END}` },
    { name: 'two storages of a type', code: `${get(map)}${get(`${map}2`)}${END}` },
    { name: 'one storage of each type', code: `${get('cgstorage')}${get('cgpercpu')}${END}` },
    { name: 'given to a helper', code: `${get(map)}r2 = r0\nr1 = map[hash] ll\ncall map_lookup_elem\n${END}` },
    { name: 'returned', code: `${get(map)}exit\n` },
  ]),
);
