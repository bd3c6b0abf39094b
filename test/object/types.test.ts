/**
 * Objects that are typed by what `innermap types` prints. The modules in `declared/` are its output, written anew by
 * `node build/test/object/declare.js`.
 */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import {
  type ArrayMap,
  type BloomFilter,
  type BpfMap,
  type HashMap,
  type LoadedObject,
  type LpmTrieMap,
  type LruHashMap,
  type ObjectVariable,
  type OuterMap,
  type PerCpuArrayMap,
  type PerCpuHashMap,
  type PerfEventArray,
  type Program,
  type QueueMap,
  type RingBuffer,
  Runtime,
  type UserRingBuffer,
} from 'innermap';
import { declaredText, DECLARED, printedText } from './declare.js';
import type * as Globals from './declared/globals.js';
import type * as MapInMap from './declared/map-in-map.js';
import type * as MapTypes from './declared/map-types.js';
import type * as Subprograms from './declared/subprograms.js';
import { fixture } from './fixtures.js';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const exact = <_Is extends true>(): void => {};

const runtime = await Runtime.create({ workers: 0, possibleCpus: 2 });
after(() => runtime.close());

for (const name of DECLARED) {
  test(`declared/${name}.ts is what innermap types prints`, () => assert.equal(declaredText(name), printedText(name)));
}

/** Never called: only its types are of interest. */
export function shapes(
  { maps, programs, variables }: LoadedObject<MapTypes.Types>,
  outer: LoadedObject<MapInMap.Types>['maps'],
  untyped: LoadedObject,
) {
  exact<Equal<typeof maps.flows, HashMap<MapTypes.flow, MapTypes.counters>>>();
  exact<Equal<MapTypes.counters, { packets: bigint; bytes: bigint }>>();
  exact<Equal<typeof maps.totals, ArrayMap<bigint>>>();
  exact<Equal<typeof maps.percpu_totals, PerCpuArrayMap<MapTypes.counters>>>();
  exact<Equal<typeof maps.waiting, QueueMap<number>>>();
  exact<Equal<typeof maps.undo, QueueMap<number>>>();
  exact<Equal<typeof maps.seen, BloomFilter<number>>>();
  exact<Equal<typeof maps.recent, LruHashMap<number, number>>>();
  exact<Equal<typeof maps.events, RingBuffer<Uint8Array>>>();
  exact<Equal<typeof maps.routes, LpmTrieMap<{ length: number; address: Uint8Array }, number>>>();
  exact<Equal<typeof maps.percpu_flows, PerCpuHashMap<number, bigint>>>();
  exact<Equal<typeof maps.recent_percpu, PerCpuHashMap<number, number>>>();
  exact<Equal<typeof maps.commands, UserRingBuffer<Uint8Array>>>();
  exact<Equal<typeof maps.samples, PerfEventArray<Uint8Array>>>();
  exact<Equal<typeof maps.raw, HashMap<Uint8Array, Uint8Array>>>();
  exact<Equal<typeof programs.route, Program>>();
  exact<Equal<keyof typeof variables, never>>();
  // @ts-expect-error: the object has no such map
  maps.flow;
  // @ts-expect-error: packets is a bigint
  maps.flows.set({ source: 1, port: 2, protocol: 3, pad: 0 }, { packets: 1, bytes: 2n });

  exact<Equal<typeof outer.by_index, OuterMap<number, ArrayMap<bigint>>>>();
  exact<Equal<typeof outer.by_tenant, OuterMap<bigint, HashMap<number, number>>>>();
  exact<Equal<typeof outer.rings, OuterMap<number, RingBuffer<Uint8Array>>>>();

  // Sections that begin with `?` are loaded only when asked for.
  exact<Equal<LoadedObject<Subprograms.Types>['programs']['optional'], Program | undefined>>();
  exact<Equal<LoadedObject<Subprograms.Types>['programs']['first'], Program>>();

  // Without a type parameter all is as before.
  exact<Equal<(typeof untyped.maps)[string], BpfMap>>();
  exact<Equal<(typeof untyped.variables)[string], ObjectVariable<unknown>>>();
}

test('maps, variables and programs of a typed object are what the types say', async () => {
  using types = await runtime.loadObject<MapTypes.Types>(fixture('map-types.clang19.v3'));
  const flow: MapTypes.flow = { source: 1, port: 80, protocol: 6, pad: 0 };
  types.maps.flows.set(flow, { packets: 7n, bytes: 448n });
  assert.equal(types.maps.flows.get(flow)?.packets, 7n);
  assert.equal(types.programs.count.type, 'xdp');
  using globals = await runtime.loadObject<Globals.Types>(fixture('globals.clang19.v3'));
  const { hits, threshold, settings } = globals.variables;
  hits.value = 5n;
  assert.equal(hits.value + 1n, 6n);
  assert.equal(globals.maps['.data'].get(0)?.hits, 5n);
  assert.equal(typeof settings.value.limit, 'number');
  assert.throws(
    () => {
      // @ts-expect-error: a constant
      threshold.value = 1;
    },
    { code: 'EPERM' },
  );
  using outer = await runtime.loadObject<MapInMap.Types>(fixture('map-in-map.clang19.v3'));
  assert.equal(outer.maps.by_index.get(0)?.get(0), 0n);
});
