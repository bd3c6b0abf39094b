/** Capabilities of this thread for the time of a call, as capset(2) sets them. */
import { createRequire } from 'node:module';
import type { CapabilitySet } from './case.js';

interface Koffi {
  load(path: string | null): { func(prototype: string): (...args: unknown[]) => unknown };
}

const CAPSET: Partial<Record<NodeJS.Architecture, number>> = { x64: 126, arm64: 91 };
const VERSION_3 = 0x20080522;
const CAP_NET_ADMIN = 12;
const CAP_PERFMON = 38;
const CAP_BPF = 39;
const HELD: Readonly<Record<CapabilitySet, readonly number[]>> = {
  all: [],
  'bpf+perfmon': [CAP_BPF, CAP_PERFMON],
  bpf: [CAP_BPF],
  none: [CAP_NET_ADMIN],
};

let permitted: bigint | undefined;

/** Run with these effective capabilities; the permitted ones stay, so that they come back. */
export function withCapabilities<T>(set: CapabilitySet, run: () => T): T {
  if (set === 'all') return run();
  permitted ??= readPermitted();
  setEffective(
    HELD[set].reduce((mask, bit) => mask | (1n << BigInt(bit)), 0n),
    permitted,
  );
  try {
    return run();
  } finally {
    setEffective(permitted, permitted);
  }
}

type Syscall = (number: number, header: Uint8Array, data: Uint8Array) => number;
let syscall: Syscall | undefined;

function call(number: number, data: Uint8Array): void {
  syscall ??= (createRequire(import.meta.url)('koffi') as Koffi)
    .load(null)
    .func('long syscall(long number, void *header, void *data)') as Syscall;
  const header = new Uint8Array(Uint32Array.of(VERSION_3, 0).buffer);
  if (Number(syscall(number, header, data)) !== 0) throw new Error('capset(2) or capget(2) failed');
}

function number(): number {
  const found = CAPSET[process.arch];
  if (found === undefined) throw new Error(`the number of capset(2) on ${process.arch} is not known here`);
  return found;
}

function readPermitted(): bigint {
  const words = new Uint32Array(6);
  call(number() - 1, new Uint8Array(words.buffer));
  return BigInt(words[1] as number) | (BigInt(words[4] as number) << 32n);
}

function setEffective(effective: bigint, all: bigint): void {
  const low = (mask: bigint): number => Number(mask & 0xffff_ffffn);
  const high = (mask: bigint): number => Number(mask >> 32n);
  const words = Uint32Array.of(low(effective), low(all), 0, high(effective), high(all), 0);
  call(number(), new Uint8Array(words.buffer));
}
