/** Helpers that work on objects of a kernel: programs load as there, and their arguments are judged as there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verify } from '#dist/shared/program/verifier/index.js';
import { helperProbes } from './fuzz/tables.js';

function judge(type: number, helper: number): string {
  const insns = helperProbes('', type, 'none')[helper]?.program.insns as Uint8Array;
  const result = verify({ name: 'helper', insns, type, gpl: true, mapsByFd: new Map() });
  return result.ok ? 'accepted' : `${result.code} ${result.message}`;
}

const SOCKETS = 'sock_common, sock, tcp_sock, xdp_sock';
const CASES: readonly (readonly [type: number, helper: number, verdict: string])[] = [
  [3, 95, `EACCES R1 type=ctx expected=${SOCKETS}`],
  [3, 137, `EACCES R1 type=ctx expected=${SOCKETS}, ptr_, trusted_ptr_`],
  [3, 122, 'accepted'],
  [3, 158, 'accepted'],
  [6, 93, 'EACCES R1 type=ctx expected=map_value, ptr_'],
  [17, 148, 'EINVAL helper call might sleep in a non-sleepable prog'],
  [17, 153, 'EACCES R1 type=ctx expected=percpu_ptr_, percpu_rcu_ptr_, percpu_trusted_ptr_'],
  [17, 175, 'EACCES R1 type=ctx expected=ptr_, trusted_ptr_, rcu_ptr_'],
  [5, 173, 'ENOTSUPP func bpf_get_func_ip#173 not supported for program type 5'],
];

for (const [type, helper, verdict] of CASES) {
  test(`program type ${type}, helper ${helper}`, () => assert.equal(judge(type, helper), verdict));
}
