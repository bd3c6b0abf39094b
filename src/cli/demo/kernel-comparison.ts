/** The same instructions over the same packets and tables in the live kernel, by PROG_TEST_RUN. */
import { encode, type ObjectSpec } from '../../index.js';
import { openKernel } from '../kernel/index.js';
import { loadIntoKernel } from '../kernel/object.js';
import type { KernelPeer } from '../kernel/peer.js';
import { BACKEND_STATE, backendValue, denyList, writeTable } from './contents.js';
import { PROGRAM } from './load.js';
import { maglevTable } from './maglev.js';
import { backend } from './maps.js';
import { randomNumbers, type World } from './world.js';

export type KernelTimes =
  | { readonly usable: false; readonly reason: string }
  | {
      readonly usable: true;
      /** Mean of the kernel's own times, over packets from all over the capture. */
      readonly nanosecondsPerPacket: number;
      /** How many packets were taken. */
      readonly packets: number;
      /** Runs of each packet. */
      readonly repeat: number;
    };

const ARRAY = 2;
const HASH = 1;
/** `struct pick` and the key of an array. */
const PICK_BYTES = 8;
/**
 * Runs of one packet in a row. A test run of more than one makes the kernel rewrite its XDP dispatcher, some ten
 * milliseconds each time, so that few packets must do; repeated, they run in warm caches, which favours the kernel.
 */
export const REPEAT = 2000;
const SAMPLES = 48;

/** Fill the kernel's maps as ours were at the start, and time it. Says why when the kernel cannot be used. */
export function timeInKernel(spec: ObjectSpec, world: World, tableSize: number): KernelTimes {
  const opened = openKernel();
  if (opened.unavailable !== undefined) return { usable: false, reason: opened.unavailable };
  const peer = opened as KernelPeer;
  try {
    const { maps, program } = loadIntoKernel(peer, spec, PROGRAM);
    fill(peer, maps, world, tableSize);
    const packets = samplesOf(world.packets);
    const time = (dataIn: Uint8Array) => peer.testRun({ fd: program, dataIn, repeat: REPEAT }).durationNs;
    const nanoseconds = packets.reduce((sum, packet) => sum + time(packet), 0);
    return {
      usable: true,
      nanosecondsPerPacket: nanoseconds / packets.length,
      packets: packets.length,
      repeat: REPEAT,
    };
  } catch (error) {
    return { usable: false, reason: (error as Error).message };
  } finally {
    peer[Symbol.dispose]();
  }
}

/** Packets from all over the capture. */
export function samplesOf(packets: readonly Uint8Array[]): Uint8Array[] {
  const stride = Math.max(1, Math.floor(packets.length / SAMPLES));
  return packets.filter((_, index) => index % stride === 0).slice(0, SAMPLES);
}

function fill(peer: KernelPeer, maps: Readonly<Record<string, number>>, world: World, tableSize: number): void {
  const fdOf = (name: string): number => {
    const fd = maps[name];
    if (fd === undefined) throw new RangeError(`the program uses no map ${name}`);
    return fd;
  };
  for (let number = 0; number < world.backends; number++) {
    peer.update(fdOf('backends'), u32(number), encode(backend, backendValue(number, BACKEND_STATE.serving)));
  }
  const keys = new Uint8Array(Uint32Array.from({ length: tableSize }, (_, index) => index).buffer);
  const values = new Uint32Array(2 * tableSize);
  world.services.forEach(({ key, backends }, index) => {
    writeTable(values, maglevTable(backends, tableSize), index + 1);
    const table = peer.mapCreate({ type: ARRAY, keySize: 4, valueSize: PICK_BYTES, maxEntries: tableSize });
    peer.updateMany(table, keys, new Uint8Array(values.buffer), tableSize);
    publish(peer, fdOf('services'), key, table);
  });
  const random = randomNumbers(7);
  for (const tenant of world.tenants) {
    const list = peer.mapCreate({ type: HASH, keySize: 16, valueSize: 8, maxEntries: 256 });
    for (const [address, { generation, reason }] of denyList(tenant, 1, random)) {
      peer.update(list, address, new Uint8Array(Uint32Array.of(generation, reason).buffer));
    }
    publish(peer, fdOf('tenants'), u32(tenant.id), list);
  }
}

/** The outer map keeps the inner one. */
function publish(peer: KernelPeer, outer: number, key: Uint8Array, inner: number): void {
  peer.update(outer, key, u32(inner));
  peer.close(inner);
}

function u32(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer);
}
