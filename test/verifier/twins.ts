/** Pairs of programs by feature: one that is safe, and its twin one step from it that is refused. */

export interface Twin {
  readonly name: string;
  /** SOCKET_FILTER 1, SCHED_CLS 3, XDP 6, RAW_TRACEPOINT 17. */
  readonly type: number;
  readonly accepted: string;
  readonly refused: string;
  readonly code: string;
  readonly message: string;
}

const LOOKUP = `
  *(u64 *)(r10 - 8) = 0
  r2 = r10
  r2 += -8
  r1 = map[hash] ll
  call map_lookup_elem
`;
const LOOKED_UP = `${LOOKUP}
  if r0 != 0 goto +2
  r0 = 0
  exit
`;
const END = `
  r0 = 0
  exit
`;
const PACKET = `
  r2 = *(u32 *)(r1 + 0)
  r3 = *(u32 *)(r1 + 4)
  r4 = r2
  r4 += 14
  if r4 > r3 goto +1
`;
const RECORD = `
  r1 = map[ring] ll
  r2 = 16
  r3 = 0
  call ringbuf_reserve
  if r0 == 0 goto +4
`;

export const TWINS: readonly Twin[] = [
  {
    name: 'a range without a member of the known bits leaves one number',
    type: 1,
    accepted: `call get_prandom_u32\nr8 = r0\nr8 &= 0x3f00\nif r8 s<= 12 goto +4\nif r8 > 27 goto +3\nr0 = r10\nr0 += r8\n*(u8 *)(r0 - 1) = 0${END}`,
    refused: `call get_prandom_u32\nr8 = r0\nr8 &= 0x3ff8\nif r8 s<= 12 goto +4\nif r8 > 27 goto +3\nr0 = r10\nr0 += r8\n*(u8 *)(r0 - 1) = 0${END}`,
    code: 'EACCES',
    message: 'invalid variable-offset write to stack R0 var_off=(0x0; 0x18) off=-1 size=1',
  },
  {
    name: 'the distance of what is no longer linked is not bounded',
    type: 1,
    accepted: `call get_prandom_u32\nr2 = r0\nr2 += 0x7fffffff\nr2 &= 7\nr3 = r10\nr3 += -8\nr3 += r2${END}`,
    refused: `call get_prandom_u32\nr2 = r0\nr2 += 0x7fffffff\nif r2 > 7 goto +3\nr3 = r10\nr3 += -8\nr3 += r2${END}`,
    code: 'EINVAL',
    message: 'fp pointer offset 2147483647 is not allowed',
  },
  {
    name: 'a call of kernel function 0 where no path leads',
    type: 1,
    accepted: 'r0 = 0\nif r0 == 0 goto +1\ncall kfunc[0]\nexit',
    refused: `r0 = *(u32 *)(r1 + 0)\nif r0 == 0 goto +1\ncall kfunc[0]${END}`,
    code: 'EINVAL',
    message: 'invalid kernel function call not eliminated in verifier pass',
  },
  {
    name: 'a bit that is known to be 0 decides an equality',
    type: 1,
    accepted: `r2 = *(u32 *)(r1 + 0)\nr2 <<= 8\nif r2 == 0x138 goto +2${END}r0 = *(u8 *)(r2 + 0)${END}`,
    refused: `r2 = *(u32 *)(r1 + 0)\nr2 <<= 8\nif r2 == 0x100 goto +2${END}r0 = *(u8 *)(r2 + 0)${END}`,
    code: 'EACCES',
    message: "R2 invalid mem access 'scalar'",
  },
  {
    name: 'the distance of a linked scalar that is added to a pointer is bounded',
    type: 1,
    accepted: `call get_prandom_u32\nr2 = r0\nr2 += 0x1fffffff\nif r2 > 7 goto +3\nr3 = r10\nr3 += -8\nr3 += r2${END}`,
    refused: `call get_prandom_u32\nr2 = r0\nr2 += 0x20000000\nif r2 > 7 goto +3\nr3 = r10\nr3 += -8\nr3 += r2${END}`,
    code: 'EINVAL',
    message: 'fp pointer offset 536870912 is not allowed',
  },
  {
    name: 'a register is set before it is read',
    type: 1,
    accepted: 'r0 = 0\nexit',
    refused: 'exit',
    code: 'EACCES',
    message: 'R0 !read_ok',
  },
  {
    name: 'the frame pointer is read only',
    type: 1,
    accepted: `r9 = r10\nr9 += 1${END}`,
    refused: `r10 += 1${END}`,
    code: 'EACCES',
    message: 'frame pointer is read only',
  },
  {
    name: 'calls clear r1 to r5',
    type: 1,
    accepted: `r6 = 1\ncall get_prandom_u32\nr0 = r6\nexit`,
    refused: 'r5 = 1\ncall get_prandom_u32\nr0 = r5\nexit',
    code: 'EACCES',
    message: 'R5 !read_ok',
  },
  {
    name: 'a looked-up value is compared with NULL',
    type: 1,
    accepted: `${LOOKED_UP}r1 = *(u64 *)(r0 + 0)${END}`,
    refused: `${LOOKUP}r1 = *(u64 *)(r0 + 0)${END}`,
    code: 'EACCES',
    message: "R0 invalid mem access 'map_value_or_null'",
  },
  {
    name: 'value bounds at a constant offset',
    type: 1,
    accepted: `${LOOKED_UP}r1 = *(u64 *)(r0 + 16)${END}`,
    refused: `${LOOKED_UP}r1 = *(u64 *)(r0 + 17)${END}`,
    code: 'EACCES',
    message: 'R0 min value is outside of the allowed memory range',
  },
  {
    name: 'value bounds at a variable offset',
    type: 1,
    accepted: `r6 = *(u32 *)(r1 + 0)\n${LOOKED_UP}r6 &= 15\nr0 += r6\nr1 = *(u64 *)(r0 + 1)${END}`,
    refused: `r6 = *(u32 *)(r1 + 0)\n${LOOKED_UP}r6 &= 15\nr0 += r6\nr1 = *(u64 *)(r0 + 2)${END}`,
    code: 'EACCES',
    message: 'R0 max value is outside of the allowed memory range',
  },
  {
    name: 'a signed comparison needs a lower bound too',
    type: 1,
    accepted: `r6 = *(u32 *)(r1 + 0)\nr6 <<= 32\nr6 s>>= 32\n${LOOKED_UP}if r6 s> 8 goto +3\nif r6 s< 0 goto +2\nr0 += r6\nr1 = *(u8 *)(r0 + 0)${END}`,
    refused: `call get_prandom_u32\nr6 = r0\n${LOOKED_UP}if r6 s> 8 goto +2\nr0 += r6\nr1 = *(u8 *)(r0 + 0)${END}`,
    code: 'EINVAL',
    message: 'math between map_value pointer and register with unbounded min value is not allowed',
  },
  {
    name: 'stack bounds',
    type: 1,
    accepted: `*(u64 *)(r10 - 512) = 1${END}`,
    refused: `*(u64 *)(r10 - 520) = 1${END}`,
    code: 'EACCES',
    message: 'invalid write to stack R10 off=-520 size=8',
  },
  {
    name: 'stack alignment',
    type: 1,
    accepted: `*(u32 *)(r10 - 4) = 1${END}`,
    refused: `*(u32 *)(r10 - 6) = 1${END}`,
    code: 'EACCES',
    message: 'misaligned stack access off 0+0+-6 size 4',
  },
  {
    name: 'a spilled pointer comes back whole',
    type: 1,
    accepted: `*(u64 *)(r10 - 8) = r1\nr2 = *(u64 *)(r10 - 8)\nr0 = *(u32 *)(r2 + 0)\nexit`,
    refused: `*(u64 *)(r10 - 8) = r1\nr2 = *(u32 *)(r10 - 8)${END}`,
    code: 'EACCES',
    message: 'invalid size of register fill',
  },
  {
    name: 'a partly spilled scalar keeps its range',
    type: 1,
    accepted: `call get_prandom_u32\nr6 = r0\nr6 &= 15\n*(u32 *)(r10 - 16) = r6\n${LOOKED_UP}r6 = *(u32 *)(r10 - 16)\nr0 += r6\nr1 = *(u8 *)(r0 + 8)${END}`,
    refused: `call get_prandom_u32\nr6 = r0\nr6 &= 15\n*(u32 *)(r10 - 16) = r6\n${LOOKED_UP}r6 = *(u32 *)(r10 - 16)\nr0 += r6\nr1 = *(u8 *)(r0 + 9)${END}`,
    code: 'EACCES',
    message: 'R0 max value is outside of the allowed memory range',
  },
  {
    name: 'packet range',
    type: 6,
    accepted: `${PACKET}r5 = *(u8 *)(r2 + 13)${END}`,
    refused: `${PACKET}r5 = *(u8 *)(r2 + 14)${END}`,
    code: 'EACCES',
    message: 'R2 offset is outside of the packet',
  },
  {
    name: 'packet range counts only where it was compared',
    type: 6,
    accepted: `${PACKET}r5 = *(u16 *)(r2 + 12)${END}`,
    refused: `r2 = *(u32 *)(r1 + 0)\nr5 = *(u16 *)(r2 + 0)${END}`,
    code: 'EACCES',
    message: 'R2 offset is outside of the packet',
  },
  {
    name: 'context fields',
    type: 6,
    accepted: 'r0 = *(u32 *)(r1 + 16)\nexit',
    refused: 'r0 = *(u32 *)(r1 + 24)\nexit',
    code: 'EACCES',
    message: 'invalid bpf_context access off=24 size=4',
  },
  {
    name: 'context stores',
    type: 3,
    accepted: `*(u32 *)(r1 + 48) = 1${END}`,
    refused: `*(u32 *)(r1 + 0) = 1${END}`,
    code: 'EACCES',
    message: 'invalid bpf_context access off=0 size=4',
  },
  {
    name: 'the context pointer is given as it came',
    type: 3,
    accepted: 'r0 = *(u32 *)(r1 + 8)\nexit',
    refused: 'r1 += 8\nr0 = *(u32 *)(r1 + 0)\nexit',
    code: 'EACCES',
    message: 'dereference of modified ctx ptr R1 off=8 disallowed',
  },
  {
    name: 'a known divisor is not 0',
    type: 1,
    accepted: 'r0 = 6\nr0 /= 2\nexit',
    refused: 'r0 = 6\nr0 /= 0\nexit',
    code: 'EINVAL',
    message: 'div by zero',
  },
  {
    name: 'shift counts',
    type: 1,
    accepted: 'r0 = 6\nw0 <<= 31\nexit',
    refused: 'r0 = 6\nw0 <<= 32\nexit',
    code: 'EINVAL',
    message: 'invalid shift 32',
  },
  {
    name: 'loops end',
    type: 1,
    accepted: 'r0 = 0\nr0 += 1\nif r0 < 10 goto -2\nexit',
    refused: 'r0 = 0\nr0 += 0\nif r0 < 10 goto -2\nexit',
    code: 'EINVAL',
    message: 'infinite loop detected at insn 1',
  },
  {
    name: 'everything is reached',
    type: 1,
    accepted: 'r0 = 0\nexit',
    refused: 'r0 = 0\nexit\nr0 = 1\nexit',
    code: 'EINVAL',
    message: 'unreachable insn 2',
  },
  {
    name: 'jumps stay in the program',
    type: 1,
    accepted: 'goto +0\nr0 = 0\nexit',
    refused: 'goto +9\nr0 = 0\nexit',
    code: 'EINVAL',
    message: 'jump out of range from insn 0 to 10',
  },
  {
    name: 'records are given back',
    type: 1,
    accepted: `${RECORD}r1 = r0\nr2 = 0\ncall ringbuf_discard\nr0 = 0\nr0 = 0\nexit`,
    refused: `${RECORD}r1 = r0\nr2 = 0\nr3 = 0\nr0 = 0\nr0 = 0\nexit`,
    code: 'EINVAL',
    message: 'BPF_EXIT instruction in main prog would lead to reference leak',
  },
  {
    name: 'records have the size that was reserved',
    type: 1,
    accepted: `${RECORD}*(u64 *)(r0 + 8) = 1\nr1 = r0\nr2 = 0\ncall ringbuf_submit${END}`,
    refused: `${RECORD}*(u64 *)(r0 + 9) = 1\nr1 = r0\nr2 = 0\ncall ringbuf_submit${END}`,
    code: 'EACCES',
    message: 'R0 min value is outside of the allowed memory range',
  },
  {
    name: 'an inner map is compared with NULL',
    type: 1,
    accepted: `*(u64 *)(r10 - 8) = 0\nr2 = r10\nr2 += -8\nr1 = map[outer] ll\ncall map_lookup_elem\nif r0 == 0 goto +4\nr1 = r0\nr2 = r10\nr2 += -8\ncall map_lookup_elem${END}`,
    refused: `*(u64 *)(r10 - 8) = 0\nr2 = r10\nr2 += -8\nr1 = map[outer] ll\ncall map_lookup_elem\nr1 = r0\nr2 = r10\nr2 += -8\ncall map_lookup_elem${END}`,
    code: 'EACCES',
    message: 'R1 type=map_value_or_null expected=map_ptr',
  },
  {
    name: 'outer maps are only looked up',
    type: 1,
    accepted: `*(u64 *)(r10 - 8) = 0\nr2 = r10\nr2 += -8\nr1 = map[outer] ll\ncall map_lookup_elem${END}`,
    refused: `*(u64 *)(r10 - 8) = 0\nr2 = r10\nr2 += -8\nr1 = map[outer] ll\ncall map_delete_elem${END}`,
    code: 'EINVAL',
    message: 'cannot pass map_type 12 into func bpf_map_delete_elem#3',
  },
  {
    name: 'a constant key needs no comparison',
    type: 1,
    accepted: `*(u32 *)(r10 - 8) = 3\nr2 = r10\nr2 += -8\nr1 = map[array] ll\ncall map_lookup_elem\nr1 = *(u8 *)(r0 + 0)${END}`,
    refused: `*(u32 *)(r10 - 8) = 4\nr2 = r10\nr2 += -8\nr1 = map[array] ll\ncall map_lookup_elem\nr1 = *(u8 *)(r0 + 0)${END}`,
    code: 'EACCES',
    message: "R0 invalid mem access 'map_value_or_null'",
  },
  {
    name: 'copies of a scalar are narrowed together',
    type: 1,
    accepted: `call get_prandom_u32\nr6 = r0\nr7 = r6\nr7 += 1\nif r6 > 7 goto +9\n${LOOKUP}if r0 == 0 goto +2\nr0 += r7\nr1 = *(u8 *)(r0 + 15)${END}`,
    refused: `call get_prandom_u32\nr6 = r0\nr7 = r6\nr7 *= 1\nif r6 > 7 goto +9\n${LOOKUP}if r0 == 0 goto +2\nr0 += r7\nr1 = *(u8 *)(r0 + 15)${END}`,
    code: 'EINVAL',
    message: 'math between map_value pointer and register with unbounded min value is not allowed',
  },
  {
    name: 'atomics do not reach the context',
    type: 3,
    accepted: `*(u64 *)(r10 - 8) = 1\nr2 = 1\nlock *(u64 *)(r10 - 8) += r2${END}`,
    refused: `r2 = 1\nlock *(u64 *)(r1 + 48) += r2${END}`,
    code: 'EACCES',
    message: 'BPF_ATOMIC stores into R1 ctx is not allowed',
  },
  {
    name: 'arithmetic on a map pointer',
    type: 1,
    accepted: `r1 = map[array] ll\nr1 += 0${END}`,
    refused: `r1 = map[array] ll\nr1 += 8${END}`,
    code: 'EACCES',
    message: 'R1 pointer arithmetic on map_ptr prohibited',
  },
  {
    name: 'read-only maps',
    type: 1,
    accepted: `*(u32 *)(r10 - 8) = 0\nr2 = r10\nr2 += -8\nr1 = map[readonly] ll\ncall map_lookup_elem\nr1 = *(u64 *)(r0 + 0)${END}`,
    refused: `*(u32 *)(r10 - 8) = 0\nr2 = r10\nr2 += -8\nr1 = map[readonly] ll\ncall map_lookup_elem\n*(u64 *)(r0 + 0) = 1${END}`,
    code: 'EACCES',
    message: 'write into map forbidden, value_size=16 off=0 size=8',
  },
];
