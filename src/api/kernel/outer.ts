/** Slots of outer maps: finding, publishing and emptying, with the references that slots hold (SPEC §3). */
import type { CoreExports } from '../../shared/core-exports.js';
import { Errno } from '../../shared/errno.js';
import { MapType, UpdateFlags } from '../../shared/uapi.js';
import { BpfError } from '../errors.js';
import { mismatch, type Rules } from './inner-match.js';
import type { MapObject } from './objects.js';
import { keyBytes, keyText, readIndex } from './keys.js';

/** What these functions need of the kernel side. */
export interface OuterHost {
  readonly rules: Rules;
  readonly core: CoreExports;
  call(syscall: string, run: () => number): number;
  /** `use` gets the address of a copy of `key` in the arena. */
  withKey<T>(map: MapObject, key: Uint8Array, syscall: string, use: (address: number) => T): T;
  holdMap(map: MapObject): void;
  putMap(map: MapObject): void;
  mapAt(address: number): MapObject | undefined;
}

/** The inner map in the slot of `key`, or null. */
export function outerGet(host: OuterHost, outer: MapObject, key: Uint8Array, syscall: string): MapObject | null {
  if (outer.type === MapType.ARRAY_OF_MAPS && readIndex(keyBytes(outer, key, syscall)) >= outer.maxEntries) return null;
  return host.withKey(outer, key, syscall, (address) => {
    const found = host.call(syscall, () => host.core.outerFind(outer.address, address));
    if (found < 0 && found !== -Errno.ENOENT) throw BpfError.of(-found, syscall, `key ${keyText(outer, key)}`);
    return found > 0 ? innerAt(host, outer, found) : null;
  });
}

/**
 * Put `inner` into the slot of `key` (null empties it) and move the references. Returns what was there; unless
 * the caller holds a reference of its own, that map may be destroyed by then.
 */
export function outerSet(
  host: OuterHost,
  outer: MapObject,
  key: Uint8Array,
  inner: MapObject | null,
  flags: number,
  syscall: string,
): MapObject | null {
  if (outer.type === MapType.ARRAY_OF_MAPS) checkSlot(outer, key, inner ? flags : UpdateFlags.ANY, syscall);
  if (inner) {
    checkMatch(host, outer, inner, syscall);
    if (flags > UpdateFlags.EXIST) throw badFlags(flags, syscall);
    host.holdMap(inner);
  }
  const old = publish(host, outer, key, inner, flags, syscall);
  if (old < 0) {
    if (inner) host.putMap(inner);
    throw refusal(outer, key, -old, syscall);
  }
  const previous = old === 0 ? null : innerAt(host, outer, old);
  if (inner) count(outer, inner, 1);
  if (previous) {
    count(outer, previous, -1);
    host.putMap(previous);
  }
  return previous;
}

/** The checks that ARRAY_OF_MAPS makes before it looks at the inner map: flags, then the index. */
export function checkSlot(outer: MapObject, key: Uint8Array, flags: number, syscall: string): void {
  if (flags !== UpdateFlags.ANY) {
    throw new BpfError('EINVAL', syscall, `flags: ${flags}, expected 0 (an ARRAY_OF_MAPS takes no NOEXIST or EXIST)`);
  }
  const index = readIndex(keyBytes(outer, key, syscall));
  if (index >= outer.maxEntries) {
    throw new BpfError('E2BIG', syscall, `key: index ${index}, expected less than max_entries ${outer.maxEntries}`);
  }
}

/** EINVAL unless `inner` matches the template that was given when `outer` was created. */
function checkMatch(host: { rules: Rules }, outer: MapObject, inner: MapObject, syscall: string): void {
  if (outer.template === undefined) throw new TypeError(`map ${outer.id} is not an outer map`);
  const difference = mismatch(outer.template, inner, host.rules);
  if (difference === null) return;
  throw new BpfError('EINVAL', syscall, `value: map ${label(inner)} does not match the template: ${difference}`);
}

/** Address of the map that was in the slot, 0 = none, or -errno. */
function publish(
  host: OuterHost,
  outer: MapObject,
  key: Uint8Array,
  inner: MapObject | null,
  flags: number,
  syscall: string,
): number {
  const { core } = host;
  const address = inner ? inner.address : 0;
  if (outer.type === MapType.ARRAY_OF_MAPS) {
    const index = readIndex(keyBytes(outer, key, syscall));
    const old = host.call(syscall, () => core.arrayOfMapsExchange(outer.address, index, address));
    return old === 0 && inner === null ? -Errno.ENOENT : old;
  }
  return host.withKey(outer, key, syscall, (keyAddress) =>
    host.call(syscall, () =>
      inner
        ? core.hashOfMapsUpdate(outer.address, keyAddress, address, flags)
        : core.hashOfMapsDelete(outer.address, keyAddress),
    ),
  );
}

function count(outer: MapObject, inner: MapObject, change: number): void {
  const counts = outer.inner;
  if (counts === undefined) throw new TypeError(`map ${outer.id} is not an outer map`);
  const slots = (counts.get(inner) ?? 0) + change;
  if (slots < 0) throw new Error(`broken invariant: outer map ${outer.id} holds map ${inner.id} in ${slots} slots`);
  if (slots === 0) counts.delete(inner);
  else counts.set(inner, slots);
}

/** A slot holds a reference, so that the map behind its address is a live one. */
function innerAt(host: OuterHost, outer: MapObject, address: number): MapObject {
  const map = host.mapAt(address);
  if (map === undefined)
    throw new Error(`broken invariant: map ${outer.id} has a slot with no map, 0x${address.toString(16)}`);
  return map;
}

function badFlags(flags: number, syscall: string): BpfError {
  return new BpfError('EINVAL', syscall, `flags: ${flags}, expected ANY (0), NOEXIST (1) or EXIST (2)`);
}

function refusal(outer: MapObject, key: Uint8Array, errno: number, syscall: string): BpfError {
  const reasons: Record<number, string> = {
    [Errno.EEXIST]: 'is present, and flags is NOEXIST (1)',
    [Errno.ENOENT]: 'is not present',
    [Errno.E2BIG]: `is new, and the map is full (max_entries ${outer.maxEntries})`,
    [Errno.ETIMEDOUT]: 'is in a bucket that another thread has locked for too long; nothing was changed, try again',
    [Errno.ENOMEM]: 'is new, and there is no arena memory for it',
  };
  return BpfError.of(errno, syscall, `key: ${keyText(outer, key)} ${reasons[errno] ?? 'was refused by the core'}`);
}

function label(map: MapObject): string {
  return map.name ? `"${map.name}" (id ${map.id})` : `with id ${map.id}`;
}
