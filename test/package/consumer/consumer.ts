/** What a user writes, compiled without the DOM's types. */
import { BpfError, Runtime, type RuntimeOptions, struct, u32, u64 } from 'innermap';
import { attach, type ReaderHandle } from 'innermap/reader';

const options: RuntimeOptions = { workers: 0, memory: 64 * 1024 * 1024 };
const runtime = await Runtime.create(options);
const flow = struct({ address: u32, packets: u64 });
const table = { type: 'hash', key: u32, value: flow, maxEntries: 4 } as const;
const outer = runtime.createMap({ type: 'hash_of_maps', key: u32, maxEntries: 4, inner: table });
outer.set(1, runtime.createMap(table).set(7, { address: 1, packets: 2n }));

const packets: bigint | undefined = outer.get(1)?.get(7)?.packets;
// @ts-expect-error: a key is a number
export const wrong = () => outer.get('1');

export const found = packets;
export const failure = (error: unknown): string | null => (error instanceof BpfError ? error.code : null);
export const open = (handle: ReaderHandle) => attach(handle);
await runtime.close();
