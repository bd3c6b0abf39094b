/** How the elements of a map are typed, and the calls of the core on them. */
import type { Codec, PrefixCodec } from '../../shared/codecs.js';
import { perCpu } from '../../shared/codecs/per-cpu.js';
import { refused, writeFailed } from './errors.js';
import { aligned } from './handle.js';
import type { ReaderThread } from './thread.js';

const ENOENT = 2;
const EEXIST = 17;

export const BPF_ANY = 0;
export const BPF_NOEXIST = 1;
export const BPF_EXIST = 2;
export const BPF_F_LOCK = 4;

/** Where in the scratch buffer keys and values are encoded, and by what. */
export interface ElementAccess {
  readonly name: string;
  readonly key: Codec<unknown>;
  /** What is looked up: with a prefix codec, addresses too. */
  readonly lookup: Codec<unknown>;
  readonly value: Codec<unknown>;
  /** Values are copied out in one call instead of read where they lie: those of all CPUs. */
  readonly copies: boolean;
  readonly valueSize: number;
  readonly keyOffset: number;
  readonly valueOffset: number;
}

export interface AccessCodecs {
  /** Undefined where there are no keys. */
  readonly key: Codec<unknown> | undefined;
  readonly value: Codec<unknown> | undefined;
}

/** The layout of a map's elements behind `start` bytes of the scratch buffer that are taken already. */
export function elementAccess(
  name: string,
  codecs: { readonly key: Codec<unknown>; readonly value: Codec<unknown> },
  cpus: number | undefined,
  start = 0,
): ElementAccess {
  const { key } = codecs;
  const value = cpus === undefined ? codecs.value : (perCpu(codecs.value, cpus) as Codec<unknown>);
  const lookup = (key as Partial<PrefixCodec<unknown>>).lookup ?? key;
  const valueOffset = aligned(start + key.size);
  return { name, key, lookup, value, copies: cpus !== undefined, valueSize: value.size, keyOffset: start, valueOffset };
}

/** Address of the value of `key`, or 0; the caller is in a section. */
export function findValue(thread: ReaderThread, access: ElementAccess, map: number, key: unknown): number {
  const { core } = thread;
  const keyAddress = thread.encode(access.lookup, key, access.keyOffset);
  if (!access.copies) return core.elementFind(map, keyAddress);
  const out = thread.scratchAddress + access.valueOffset;
  return core.elementLookup(map, keyAddress, out) === 0 ? out : 0;
}

/**
 * A copy of the value of `key`, or undefined. One call of the core, which is a section of its own or part of the
 * running one, and copies the value: nothing is left to be undone here, whatever the codecs do. If it does not return,
 * since the stack is full, the section is ended, the user's too: it had no lock, and to end a section takes no more of
 * the stack than the call took when it began one (`recoverThread` would).
 */
export function copyValue(thread: ReaderThread, access: ElementAccess, map: number, key: unknown): unknown {
  const { core, scratch, scratchAddress } = thread;
  const { keyOffset, valueOffset } = access;
  access.lookup.encode(key, scratch, keyOffset);
  let result: number;
  try {
    result = core.elementLookup(map, scratchAddress + keyOffset, scratchAddress + valueOffset);
  } catch (error) {
    thread.core.abandonSection();
    thread.serial++;
    throw error;
  }
  return result === 0 ? access.value.decode(scratch, valueOffset) : undefined;
}

/** The same in the inner map of `outer` at the key that is encoded at offset 0. */
export function copyNestedValue(thread: ReaderThread, access: ElementAccess, outer: number, key: unknown): unknown {
  const { core, scratch, scratchAddress } = thread;
  const { keyOffset, valueOffset } = access;
  access.lookup.encode(key, scratch, keyOffset);
  let result: number;
  try {
    result = core.nestedLookup(outer, scratchAddress, scratchAddress + keyOffset, scratchAddress + valueOffset);
  } catch (error) {
    thread.core.abandonSection();
    thread.serial++;
    throw error;
  }
  return result === 0 ? access.value.decode(scratch, valueOffset) : undefined;
}

/** A copy of the value of `key`, read under its spin lock; undefined when there is none. The caller is in a section. */
export function lockedValue(thread: ReaderThread, access: ElementAccess, map: number, key: unknown): unknown {
  checkLock(access, 'get');
  const keyAddress = thread.encode(access.lookup, key, access.keyOffset);
  const out = thread.scratchAddress + access.valueOffset;
  const result = thread.write(() => thread.core.elementLookupLocked(map, keyAddress, out));
  if (result === -ENOENT) return undefined;
  if (result < 0) throw writeFailed(result, 'get', access.name);
  return access.value.decode(thread.scratch, access.valueOffset);
}

function checkLock(access: ElementAccess, what: string): void {
  if (access.value.spinLock !== undefined) return;
  throw refused('EINVAL', what, `map ${access.name}: lock: true, but the value has no spinLock field`);
}

/** The value's bytes where they lie; the caller is in a section of the user's. */
export function viewValue(thread: ReaderThread, access: ElementAccess, address: number): Uint8Array {
  return thread.memory.u8.subarray(address, address + access.valueSize);
}

/**
 * `elementUpdate` from JavaScript values; the caller is in a section. False when `flags` asked for what is not so:
 * NOEXIST and the key is there, EXIST and it is not.
 */
export function writeValue(
  thread: ReaderThread,
  access: ElementAccess,
  map: number,
  key: unknown,
  value: unknown,
  flags = BPF_ANY,
): boolean {
  if (flags & BPF_F_LOCK) checkLock(access, 'set');
  const keyAddress = thread.encode(access.key, key, access.keyOffset);
  const valueAddress = thread.encode(access.value, value, access.valueOffset);
  const result = thread.write(() => thread.core.elementUpdate(map, keyAddress, valueAddress, flags));
  if (result === 0) return true;
  if (result === -EEXIST && flags & BPF_NOEXIST) return false;
  if (result === -ENOENT && flags & BPF_EXIST) return false;
  throw writeFailed(result, 'set', access.name);
}

/** `elementDelete`: whether the key was there; the caller is in a section. */
export function deleteKey(thread: ReaderThread, access: ElementAccess, map: number, key: unknown): boolean {
  const keyAddress = thread.encode(access.key, key, access.keyOffset);
  const result = thread.write(() => thread.core.elementDelete(map, keyAddress));
  if (result === -ENOENT) return false;
  if (result < 0) throw writeFailed(result, 'delete', access.name);
  return true;
}

/** `elementTake`: the value that the element had, which is removed; the caller is in a section. */
export function takeValue(thread: ReaderThread, access: ElementAccess, map: number, key: unknown): unknown {
  const keyAddress = thread.encode(access.key, key, access.keyOffset);
  const out = thread.scratchAddress + access.valueOffset;
  const result = thread.write(() => thread.core.elementTake(map, keyAddress, out));
  if (result === -ENOENT) return undefined;
  if (result < 0) throw writeFailed(result, 'take', access.name);
  return access.value.decode(thread.scratch, access.valueOffset);
}
