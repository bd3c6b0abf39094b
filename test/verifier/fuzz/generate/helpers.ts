/** Helpers that take memory: by address alone, with a fixed size, with a bounded size. */
import { bound } from './bound.js';
import { LOAD, RAW_TRACEPOINT, SOCKET_FILTER, STORE_IMM } from './fields.js';
import { key, keySize, nullCheck, valueSize } from './lookups.js';
import type { Pen } from './pen.js';

export function helper(pen: Pen): void {
  pen.random.pick(HELPERS)(pen);
}

function updateElement(pen: Pen): void {
  const { code, random: r } = pen;
  const map = r.pick(['array', 'hash', 'small', 'lru', 'readonly', 'writeonly']);
  key(pen, keySize(map), -8);
  const room = valueSize(map);
  for (let at = 8; at <= room; at += 8) if (!r.chance(3)) code.emit(STORE_IMM[8], 10, 0, -8 - at, 0);
  pen.loadMap(1, map);
  pen.stackAddress(2, -8);
  pen.stackAddress(3, pen.near(-8 - room, 5));
  code.emit(0xb7, 4);
  code.emit(0x85, 0, 0, 0, 2);
}

/** Reserve a record, write near its end, submit or discard it. */
function ringRecord(pen: Pen): void {
  const { code, random: r } = pen;
  const size = r.pick([8, 16, 32]);
  pen.loadMap(1, 'ring');
  code.emit(0xb7, 2, 0, 0, size);
  code.emit(0xb7, 3);
  code.emit(0x85, 0, 0, 0, 131);
  nullCheck(pen, 0, 95);
  const width = pen.size();
  code.emit(STORE_IMM[width], 0, 0, pen.near(size - width, 8), 1);
  if (r.chance(6)) code.emit(0x07, 0, 0, 0, 8);
  code.emit(0xbf, 1, 0);
  code.emit(0xb7, 2);
  if (!r.chance(4)) code.emit(0x85, 0, 0, 0, r.pick([132, 133]));
  if (r.chance(3)) code.emit(LOAD[4], 3, 0, 0);
}

/** csum_diff with a size that is only bounded, where the program's type has it; else a helper without arguments. */
function variableSize(pen: Pen): void {
  const { code, random: r } = pen;
  const size = pen.scalar();
  bound(pen, size, r.pick([8, 16, 32, 64]));
  code.emit(0xb7, 1);
  code.emit(0xb7, 2);
  pen.stackAddress(3, -64);
  code.emit(0xbf, 4, size);
  code.emit(0xb7, 5);
  code.emit(0x85, 0, 0, 0, pen.type === SOCKET_FILTER ? 7 : pen.type === RAW_TRACEPOINT ? 5 : 28);
}

function ringOutput(pen: Pen): void {
  const { code, random: r } = pen;
  const size = r.pick([1, 4, 8, 16]);
  pen.loadMap(1, 'ring');
  pen.stackAddress(2, -16);
  code.emit(0xb7, 3, 0, 0, pen.near(size, 8));
  code.emit(0xb7, 4);
  code.emit(0x85, 0, 0, 0, 130);
}

/** Push, pop or peek. */
function queue(pen: Pen): void {
  const { code, random: r } = pen;
  code.emit(STORE_IMM[8], 10, 0, -8, 0);
  pen.loadMap(1, 'queue');
  pen.stackAddress(2, pen.near(-8, 5));
  code.emit(0xb7, 3);
  code.emit(0x85, 0, 0, 0, r.pick([87, 88, 89]));
}

const HELPERS: readonly ((pen: Pen) => void)[] = [updateElement, ringRecord, variableSize, ringOutput, queue];
