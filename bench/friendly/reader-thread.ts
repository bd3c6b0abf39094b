/** The reading thread of `readers.ts`: looks keys up in a table by one of four ways, for a while. */
import { type MessagePort, parentPort, receiveMessageOnPort } from 'node:worker_threads';
import { attach, type OuterReaderMap, type ReaderHandle } from 'innermap/reader';
import { LockedTable } from './locked-table.js';

export const TENANTS = 8;
export const ENTRIES = 4093;
const BATCH = 1000;

export type Way =
  | { readonly way: 'innermap'; readonly handle: ReaderHandle<{ tenants: OuterReaderMap<number, number, number> }> }
  | { readonly way: 'plain' }
  | { readonly way: 'reposted'; readonly port: MessagePort; readonly received: Int32Array }
  | { readonly way: 'locked'; readonly buffer: SharedArrayBuffer };

export interface RunRequest {
  readonly milliseconds: number;
}

export interface RunReply {
  readonly lookups: number;
  readonly nanoseconds: number;
  /** Look-ups that found nothing: there must be none. */
  readonly missed: number;
}

/** One look-up, and what is to be done now and then between batches. */
interface Reader {
  get(tenant: number, key: number): number | undefined;
  between(): void;
}

let reader: Reader | undefined;

parentPort?.on('message', (message: Way | RunRequest) => {
  if ('way' in message) reader = readerOf(message);
  else if (reader !== undefined) parentPort?.postMessage(run(reader, message.milliseconds));
});

function run(reader: Reader, milliseconds: number): RunReply {
  const begin = process.hrtime.bigint();
  const end = begin + BigInt(milliseconds) * 1_000_000n;
  let lookups = 0;
  let missed = 0;
  do {
    for (let index = 0; index < BATCH; index++) {
      const key = (lookups + index * 31) % ENTRIES;
      if (reader.get(index % TENANTS, key) === undefined) missed++;
    }
    lookups += BATCH;
    reader.between();
  } while (process.hrtime.bigint() < end);
  return { lookups, nanoseconds: Number(process.hrtime.bigint() - begin), missed };
}

function readerOf(way: Way): Reader {
  switch (way.way) {
    case 'innermap': {
      const tenants = attach(way.handle).map('tenants');
      return { get: (tenant, key) => tenants.get(tenant, key), between: () => undefined };
    }
    case 'plain':
      return mapReader(null);
    case 'reposted':
      return mapReader(way);
    case 'locked': {
      const table = new LockedTable(way.buffer);
      return { get: (tenant, key) => table.get(tenant * 65_536 + key), between: () => undefined };
    }
  }
}

/** A Map of Maps of this thread; new inner ones come by message. */
function mapReader(posted: Extract<Way, { way: 'reposted' }> | null): Reader {
  const tenants = new Map<number, Map<number, number>>();
  for (let tenant = 0; tenant < TENANTS; tenant++) {
    tenants.set(tenant, new Map(Array.from({ length: ENTRIES }, (_, key) => [key, key + 1])));
  }
  return {
    get: (tenant, key) => tenants.get(tenant)?.get(key),
    between() {
      const next = posted === null ? undefined : receiveMessageOnPort(posted.port);
      if (next === undefined || posted === null) return;
      const { tenant, map } = next.message as { tenant: number; map: Map<number, number> };
      tenants.set(tenant, map);
      Atomics.add(posted.received, 0, 1);
    },
  };
}
