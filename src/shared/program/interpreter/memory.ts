/** Loads, stores and atomic operations, each checked against the regions first. */
import { Atomic } from '../insn/opcodes.js';
import { MemoryAccessError, type Place } from './errors.js';
import type { Region, Regions } from './regions.js';

export const LOAD_ACQUIRE = 0x100;
export const STORE_RELEASE = 0x110;

const ADDRESS_LIMIT = 0x1_0000_0000n;

export type AccessSize = 1 | 2 | 4 | 8;

/** Views of the arena, and the memory model of one run. */
export class CheckedMemory {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly regions: Regions;
  readonly #place: () => Place;
  readonly #words: Int32Array;
  readonly #longs: BigInt64Array;

  constructor(buffer: ArrayBufferLike, regions: Regions, place: () => Place) {
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
    this.#words = new Int32Array(buffer);
    this.#longs = new BigInt64Array(buffer);
    this.regions = regions;
    this.#place = place;
  }

  /** One more run of an instruction, whose counter is no memory of the program's. */
  count(address: number): void {
    Atomics.add(this.#words, address >>> 2, 1);
  }

  /** The address as an index into the arena. Throws MemoryAccessError. */
  check(address: bigint, size: number, write: boolean): number {
    const start = Number(address);
    const region = address < ADDRESS_LIMIT ? this.regions.find(start, size) : undefined;
    if (region !== undefined && (write ? region.writable : region.readable)) return start;
    throw this.#fault(address, size, write, region);
  }

  load(address: bigint, size: AccessSize): bigint {
    const at = this.check(address, size, false);
    if (size === 8) return this.view.getBigUint64(at, true);
    if (size === 4) return BigInt(this.view.getUint32(at, true));
    return BigInt(size === 2 ? this.view.getUint16(at, true) : this.view.getUint8(at));
  }

  store(address: bigint, size: AccessSize, value: bigint): void {
    const at = this.check(address, size, true);
    if (size === 8) this.view.setBigUint64(at, value, true);
    else if (size === 4) this.view.setUint32(at, Number(value & 0xffff_ffffn), true);
    else if (size === 2) this.view.setUint16(at, Number(value & 0xffffn), true);
    else this.view.setUint8(at, Number(value & 0xffn));
  }

  /**
   * An atomic read-modify-write of 4 or 8 bytes (RFC 9669, section 5.3). Gives the old value; undefined when there
   * is no such operation. `compare` is r0, for CMPXCHG.
   */
  atomic(operation: number, address: bigint, size: 4 | 8, source: bigint, compare: bigint): bigint | undefined {
    const at = this.check(address, size, true);
    this.check(address, size, false);
    if (at % size !== 0) throw this.#fault(address, size, true, this.regions.find(at, size), 'is not aligned');
    if (size === 8) {
      const old = atomic64(this.#longs, at / 8, operation, BigInt.asIntN(64, source), BigInt.asIntN(64, compare));
      return old === undefined ? undefined : BigInt.asUintN(64, old);
    }
    const narrow = (value: bigint) => Number(BigInt.asIntN(32, value));
    const old = atomic32(this.#words, at / 4, operation, narrow(source), narrow(compare));
    return old === undefined ? undefined : BigInt(old >>> 0);
  }

  #fault(
    address: bigint,
    size: number,
    write: boolean,
    region: Region | undefined,
    reason?: string,
  ): MemoryAccessError {
    const nearest = this.regions.nearest(Number(BigInt.asUintN(52, address)));
    const denied = region === undefined ? undefined : `is not permitted in ${region.label}`;
    const why = reason ?? denied;
    return new MemoryAccessError(this.#place(), {
      address,
      size,
      write,
      nearest,
      ...(why === undefined ? {} : { why }),
    });
  }
}

function atomic32(
  words: Int32Array,
  index: number,
  operation: number,
  source: number,
  compare: number,
): number | undefined {
  switch (operation & ~Atomic.FETCH) {
    case Atomic.ADD:
      return Atomics.add(words, index, source);
    case Atomic.OR:
      return Atomics.or(words, index, source);
    case Atomic.AND:
      return Atomics.and(words, index, source);
    case Atomic.XOR:
      return Atomics.xor(words, index, source);
  }
  if (operation === Atomic.XCHG) return Atomics.exchange(words, index, source);
  if (operation === Atomic.CMPXCHG) return Atomics.compareExchange(words, index, compare, source);
  return undefined;
}

function atomic64(
  longs: BigInt64Array,
  index: number,
  operation: number,
  source: bigint,
  compare: bigint,
): bigint | undefined {
  switch (operation & ~Atomic.FETCH) {
    case Atomic.ADD:
      return Atomics.add(longs, index, source);
    case Atomic.OR:
      return Atomics.or(longs, index, source);
    case Atomic.AND:
      return Atomics.and(longs, index, source);
    case Atomic.XOR:
      return Atomics.xor(longs, index, source);
  }
  if (operation === Atomic.XCHG) return Atomics.exchange(longs, index, source);
  if (operation === Atomic.CMPXCHG) return Atomics.compareExchange(longs, index, compare, source);
  return undefined;
}
