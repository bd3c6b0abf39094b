/** Kill points of the types without keys, and of the arrays that hold programs and events. */
import assert from 'node:assert/strict';
import type { Arena } from '#dist/shared/arena.js';
import * as core from '../support.js';
import { coreOf, newWorld, type Operation, put, type State, type World } from './world.js';

const PROG_ARRAY = 3;
const PERF_EVENT_ARRAY = 4;
const QUEUE = 22;
const STACK = 23;
const RINGBUF = 27;
const BLOOM_FILTER = 30;
const USER_RINGBUF = 31;
const PAGE = 4096;

// ---- QUEUE, STACK ----

const push = (arena: Arena, map: number, value: number, flags = 0): number =>
  arena.core.queuePush(map, put(arena, 1, [value]), flags);
const pop = (arena: Arena, map: number): number => arena.core.queuePop(map, put(arena, 2, []));

/** Its values, oldest first, from memory: a copy is not to change it. */
function queued({ arena, map }: World): State {
  const places = 4 + 1;
  const first = arena.u32[(map + 216) / 4] as number;
  const count = arena.u32[(map + 220) / 4] as number;
  const values = Array.from({ length: count }, (_, at) => arena.u32[(map + 256 + ((first + at) % places) * 8) / 4]);
  return { values: values.join(' ') };
}

function queue(type: number, name: string, filled: number, run: Operation['run']): Operation {
  return {
    name: `${type === QUEUE ? 'queue' : 'stack'}: ${name}`,
    prepare: (arena) =>
      newWorld(arena, { type, keySize: 0, maxEntries: 4 }, (map) => {
        for (let value = 0; value < filled; value++) push(arena, map, 100 + value, core.EXIST);
      }),
    run,
    look: queued,
    write: (arena, { map }) => push(arena, map, 77, core.EXIST),
  };
}

const QUEUES: Operation[] = [QUEUE, STACK].flatMap((type) => [
  queue(type, 'push', 2, (arena, { map }) => void push(arena, map, 7)),
  queue(type, 'push that drops the oldest', 6, (arena, { map }) => void push(arena, map, 7, core.EXIST)),
  queue(type, 'pop', 6, (arena, { map }) => void pop(arena, map)),
  queue(type, 'pop of the last', 1, (arena, { map }) => void pop(arena, map)),
]);

// ---- BLOOM_FILTER ----

const BLOOM: Operation[] = [
  {
    name: 'Bloom filter: push',
    prepare: (arena) =>
      newWorld(arena, { type: BLOOM_FILTER, keySize: 0, maxEntries: 100 }, (map) => {
        for (let value = 0; value < 5; value++) arena.core.bloomAdd(map, put(arena, 1, [value]), 0);
      }),
    run: (arena, { map }) => void arena.core.bloomAdd(map, put(arena, 1, [100]), 0),
    look: ({ arena, map }) =>
      Object.fromEntries(
        [0, 1, 2, 3, 4, 100].map((value) => [value, String(arena.core.bloomTest(map, put(arena, 1, [value])))]),
      ),
    write: (arena, { map }) => arena.core.bloomAdd(map, put(arena, 1, [100]), 0),
  },
];

// ---- RINGBUF ----

const BUSY = 0x80000000;
const DISCARD = 0x40000000;
const LENGTH = 1500;

/** Records from the consumer's position to the producer's: none may be busy once its thread is recovered. */
function records({ arena, map }: World): State {
  const base = arena.u32[(map + 216) / 4] as number;
  const consumer = arena.u32[base / 4] as number;
  const producer = arena.u32[(base + PAGE) / 4] as number;
  const found: string[] = [];
  for (let at = consumer; at < producer; ) {
    const record = base + 2 * PAGE + (at % PAGE);
    const header = arena.u32[record / 4] as number;
    assert.equal(header & BUSY, 0, 'a record is left busy');
    const length = header & ~(BUSY | DISCARD);
    const last = record + 8 + length - 4;
    if ((header & DISCARD) === 0) found.push(`${arena.u32[(record + 8) / 4]}…${arena.u32[last / 4]}`);
    at += (length + 8 + 7) & ~7;
  }
  return { records: found.join(' ') };
}

function payload(arena: Arena, value: number): number {
  const at = put(arena, 1, []);
  arena.u32.fill(value, at / 4, (at + LENGTH) / 4);
  return at;
}

const output = (arena: Arena, map: number, value: number): number =>
  arena.core.ringbufOutput(map, payload(arena, value), LENGTH, 0);

/** Two records are in the ring; with `wrapped` the next one crosses its end. */
function ringWorld(wrapped: boolean) {
  return (arena: Arena): World =>
    newWorld(arena, { type: RINGBUF, keySize: 0, valueSize: 0, maxEntries: PAGE }, (map) => {
      output(arena, map, 100);
      output(arena, map, 101);
      if (!wrapped) return;
      arena.core.ringbufConsume(map);
      arena.core.ringbufConsume(map);
    });
}

function consumeAndOutput(arena: Arena, map: number): number {
  arena.core.ringbufConsume(map);
  arena.core.ringbufConsume(map);
  return output(arena, map, 77);
}

function ring(name: string, wrapped: boolean, run: Operation['run']): Operation {
  return {
    name: `ring buffer: ${name}`,
    prepare: ringWorld(wrapped),
    run,
    look: records,
    write: (arena, { map }) => consumeAndOutput(arena, map),
  };
}

function reserve(arena: Arena, map: number): bigint {
  const record = coreOf(arena).helper_131(BigInt(map), 200n, 0n);
  arena.u32.fill(7, Number(record) / 4, Number(record) / 4 + 50);
  return record;
}

const RINGS: Operation[] = [
  ring('output', true, (arena, { map }) => void output(arena, map, 7)),
  ring('output across the end', true, (arena, { map }) => {
    output(arena, map, 7);
  }),
  ring('reserve and submit', false, (arena, { map }) => void coreOf(arena).helper_132(reserve(arena, map), 0n)),
  ring('reserve and discard', false, (arena, { map }) => {
    coreOf(arena).helper_133(reserve(arena, map), 0n);
    arena.core.ringbufConsume(map);
  }),
  ring('consume', false, (arena, { map }) => void arena.core.ringbufConsume(map)),
];

// ---- USER_RINGBUF ----

/** `(i64 × 5, i32) → i64`, which returns 0: go on. */
const CALLBACK = new WebAssembly.Module(
  Uint8Array.of(
    0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 11, 1, 0x60, 6, 0x7e, 0x7e, 0x7e, 0x7e, 0x7e, 0x7f, 1, 0x7e, 3, 2, 1, 0, 7, 5, 1,
    1, 0x66, 0, 0, 10, 6, 1, 4, 0, 0x42, 0, 0x0b,
  ), // biome-ignore format: a list of bytes
);
const CALLBACK_INDEX = 1;

function drain(arena: Arena, map: number): number {
  arena.table.set(CALLBACK_INDEX, new WebAssembly.Instance(CALLBACK).exports['f']);
  const stackTop = arena.core.slotRun(arena.slot) + 8192;
  return Number(coreOf(arena).helper_209(BigInt(map), BigInt(CALLBACK_INDEX), 0n, 0n, stackTop));
}

function samples({ arena, map }: World): State {
  const consumer = arena.core.ringbufQuery(map, 2);
  const producer = arena.core.ringbufQuery(map, 3);
  return { consumer: `${consumer}`, producer: `${producer}` };
}

const submit = (arena: Arena, map: number, value: number): number =>
  arena.core.userRingbufOutput(map, payload(arena, value), LENGTH);

function userRing(name: string, run: Operation['run']): Operation {
  return {
    name: `user ring buffer: ${name}`,
    prepare: (arena) =>
      newWorld(arena, { type: USER_RINGBUF, keySize: 0, valueSize: 0, maxEntries: PAGE }, (map) => {
        submit(arena, map, 100);
      }),
    run,
    look: samples,
    write(arena, { map }) {
      drain(arena, map);
      assert.ok(drain(arena, map) === 0, 'a drain is possible and finds nothing more');
      return submit(arena, map, 77);
    },
  };
}

const USER_RINGS: Operation[] = [
  userRing('submit', (arena, { map }) => void submit(arena, map, 7)),
  userRing('drain', (arena, { map }) => void drain(arena, map)),
];

// ---- PROG_ARRAY, PERF_EVENT_ARRAY ----

const setProgram = (arena: Arena, map: number, index: number, id: number): number =>
  coreOf(arena).progArraySet(map, index, id);

const TABLES: Operation[] = [
  {
    name: 'program array: exchange',
    prepare: (arena) =>
      newWorld(arena, { type: PROG_ARRAY, valueSize: 4, maxEntries: 4 }, (map) => {
        setProgram(arena, map, 1, 5);
      }),
    run: (arena, { map }) => void setProgram(arena, map, 1, 6),
    look: ({ arena, map }) => ({ program: `${coreOf(arena).progArrayGet(map, 1)}` }),
    write: (arena, { map }) => Math.min(0, setProgram(arena, map, 1, 9)),
  },
  {
    name: 'perf event array: output',
    prepare(arena) {
      const ringWorld = newWorld(arena, { type: RINGBUF, keySize: 0, valueSize: 0, maxEntries: PAGE });
      const world = newWorld(arena, { type: PERF_EVENT_ARRAY, valueSize: 4, maxEntries: 4 }, (map) => {
        arena.core.perfEventSet(map, 0, ringWorld.map);
      });
      return { ...world, others: [ringWorld.map] };
    },
    run: (arena, { map }) => void perfOutput(arena, map),
    look: ({ arena, others }) => records({ arena, map: others[0] as number, others: [] }),
    write: perfOutputOf,
  },
];

function perfOutputOf(arena: Arena, { map }: World): number {
  return perfOutput(arena, map);
}

function perfOutput(arena: Arena, map: number): number {
  return Number(coreOf(arena).helper_25(0n, BigInt(map), 0n, BigInt(put(arena, 1, [7])), 8n));
}

export const KEYLESS: readonly Operation[] = [...QUEUES, ...BLOOM, ...RINGS, ...USER_RINGS, ...TABLES];
