/**
 * The live kernel as a peer: the same bytecode and the same commands, in the same process, for benchmarks,
 * differential tests and the load balancer's comparison.
 */
import { KernelError } from './error.js';
import { openLibc } from './libc.js';
import { KernelPeer } from './peer.js';

export type { PeerAttributes, PeerCommand } from './abi.js';
export { KernelError } from './error.js';
export { KernelPeer, type PeerMap, type PeerProgram, type PeerTestResult, type PeerTestRun } from './peer.js';

const ARRAY = 2;
const SCHED_CLS = 3;
/** `r0 = 1; exit` */
const SMALLEST = Uint8Array.from([0xb7, 0, 0, 0, 1, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0]);

/** The kernel, tried with a map and a program, or the reason why it cannot be used here. */
export function openKernel(): KernelPeer | { readonly unavailable: string } {
  const libc = openLibc();
  if ('unavailable' in libc) return libc;
  const peer = new KernelPeer(libc);
  try {
    peer.close(peer.mapCreate({ type: ARRAY, keySize: 4, valueSize: 8, maxEntries: 1 }));
    peer.close(peer.progLoad({ type: SCHED_CLS, insns: SMALLEST }).fd);
    return peer;
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    return { unavailable: reason(error) };
  }
}

function reason(error: KernelError): string {
  if (error.code === 'EPERM' || error.code === 'EACCES') return `bpf(2) needs root (${error.syscall}: ${error.code})`;
  if (error.code === 'ENOSYS') return 'this kernel has no bpf(2)';
  return error.message;
}
