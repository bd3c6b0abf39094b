/** `node build/bench/friendly/maps.js [--quick]`: map objects on the main thread, beside JavaScript's own. */
import { Runtime, u32, u64 } from 'innermap';
import { describeMachine, machineLines } from '../harness/machine.js';
import { FULL, QUICK } from '../harness/measure.js';
import { type OperationRow, operationLines } from './operations.js';

const options = process.argv.includes('--quick') ? QUICK : FULL;
const print = (line: string) => process.stdout.write(`${line}\n`);

const KEYS = 1024;
const LARGE = 65_536;

for (const line of machineLines(describeMachine())) print(line);
const runtime = await Runtime.create({ workers: 0 });
for (const row of [gets(), numberGets(), sets(), creation(), building(), publishing()]) {
  for (const line of operationLines(row, options)) print(line);
}
await runtime.close();

function filled() {
  const map = runtime.createMap({ type: 'hash', key: u64, value: u64, maxEntries: KEYS });
  const peer = new Map<bigint, bigint>();
  const keys = Array.from({ length: KEYS }, (_, index) => BigInt(index) * 0x9e37_79b9n);
  for (const key of keys) {
    map.set(key, key + 1n);
    peer.set(key, key + 1n);
  }
  return { map, peer, keys };
}

function gets(): OperationRow {
  const { map, peer, keys } = filled();
  return {
    title: 'hash get, u64 keys and values (bigints), 1024 entries',
    target: 200,
    operations: [
      { name: 'innermap', run: (repeat) => each(repeat, (index) => map.get(keys[index] as bigint)) },
      { name: 'Map', run: (repeat) => each(repeat, (index) => peer.get(keys[index] as bigint)) },
    ],
  };
}

function numberGets(): OperationRow {
  const map = runtime.createMap({ type: 'hash', key: u32, value: u32, maxEntries: KEYS });
  const peer = new Map<number, number>();
  for (let key = 0; key < KEYS; key++) {
    map.set(key, key + 1);
    peer.set(key, key + 1);
  }
  return {
    title: 'hash get, u32 keys and values, 1024 entries',
    target: 200,
    operations: [
      { name: 'innermap', run: (repeat) => each(repeat, (index) => map.get(index)) },
      { name: 'Map', run: (repeat) => each(repeat, (index) => peer.get(index)) },
    ],
  };
}

function sets(): OperationRow {
  const { map, peer, keys } = filled();
  return {
    title: 'hash set of a key that is there, u64 keys and values, 1024 entries',
    target: 300,
    operations: [
      { name: 'innermap', run: (repeat) => each(repeat, (index) => map.set(keys[index] as bigint, 7n)) },
      { name: 'Map', run: (repeat) => each(repeat, (index) => peer.set(keys[index] as bigint, 7n)) },
    ],
  };
}

function creation(): OperationRow {
  return {
    title: 'create and close an array of 1000 u64',
    target: 10_000,
    operations: [
      {
        name: 'innermap',
        run: (repeat) => {
          for (let round = 0; round < repeat; round++) {
            runtime.createMap({ type: 'array', value: u64, maxEntries: 1000 }).close();
          }
        },
      },
      {
        name: 'BigUint64Array',
        run: (repeat) => {
          for (let round = 0; round < repeat; round++) new BigUint64Array(1000).fill(0n, 0, 1);
        },
      },
    ],
  };
}

function building(): OperationRow {
  const spec = { type: 'hash', key: u32, value: u64, maxEntries: LARGE } as const;
  const outer = runtime.createMap({ type: 'hash_of_maps', key: u32, maxEntries: 4, inner: spec });
  const keys = Uint32Array.from({ length: LARGE }, (_, index) => Math.imul(index, 0x9e37_79b1) >>> 0);
  const values = BigUint64Array.from(keys, (key) => BigInt(key));
  return {
    title: 'create a hash of 65,536 entries, fill it from typed arrays, publish it',
    target: 10e6,
    operations: [
      {
        name: 'innermap',
        run: (repeat) => {
          for (let round = 0; round < repeat; round++) {
            const map = runtime.createMap(spec);
            map.fill(keys, values);
            outer.set(1, map);
            map.close();
          }
        },
      },
      {
        name: 'new Map of the same numbers',
        run: (repeat) => {
          for (let round = 0; round < repeat; round++) {
            const map = new Map<number, bigint>();
            for (let index = 0; index < LARGE; index++) map.set(keys[index] as number, values[index] as bigint);
          }
        },
      },
    ],
  };
}

function publishing(): OperationRow {
  const spec = { type: 'array', value: u32, maxEntries: 16 } as const;
  const outer = runtime.createMap({ type: 'array_of_maps', maxEntries: 4, inner: spec });
  const [one, other] = [runtime.createMap(spec), runtime.createMap(spec)];
  return {
    title: 'publish an inner map (set on an array of maps)',
    target: 5000,
    operations: [{ name: 'innermap', run: (repeat) => each(repeat, (index) => outer.set(1, index & 1 ? one : other)) }],
  };
}

function each(repeat: number, operation: (index: number) => unknown): void {
  for (let round = 0; round < repeat; round++) operation(round & (KEYS - 1));
}
